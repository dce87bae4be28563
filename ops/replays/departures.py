"""What a replay publishes: a message as it was, on the bulk lane, with nothing of its death."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import orjson

from messages import topology
from messages.lanes import Lane
from messages.publisher import JSON
from messages.webhook import Webhook
from storage.replay_items import ArchivedWebhook, Letter

# What delivery and the archivist added, and what an earlier replay did.
_OF_A_DEATH: Final = {
    "attempt",
    "dead_letter",
    "died_at",
    "error",
    "error_class",
    "fingerprint",
    "lane",
    "replay",
    "stack",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Departure:
    """A message that leaves, and the queues in which it will wait."""

    position: int
    exchange: str
    routing_key: str
    message_id: str | None
    correlation_id: str | None
    content_type: str | None
    headers: Mapping[str, Any]
    body: bytes
    queues: tuple[str, ...]


def of_letter(letter: Letter, *, replay: str) -> Departure | None:
    """A dead letter on its way back to its own handler alone; None if that is none of ours."""
    work = topology.BY_NAME.get(letter.queue)
    if work is None:
        return None
    queue = work.queue(Lane.BULK)
    kept = {
        name: value
        for name, value in letter.headers.items()
        if name not in _OF_A_DEATH and not name.startswith("x-")
    }
    return Departure(
        position=letter.position,
        exchange="",
        routing_key=queue,
        message_id=str(letter.message_id) if letter.message_id else None,
        correlation_id=_call_in(letter.body) if work.exchange == topology.MESSAGES else None,
        content_type=letter.content_type,
        headers={
            **kept,
            "lane": Lane.BULK.value,
            "dead_letter": str(letter.dead_letter_id),
            "replay": replay,
        },
        body=letter.body,
        queues=(queue,),
    )


def of_webhook(archived: ArchivedWebhook, *, replay: str) -> Departure:
    """A webhook as if it came now: whoever hears it today gets it."""
    webhook = Webhook(
        message_id=archived.message_id,
        provider=archived.provider,
        endpoint=archived.endpoint,
        event=archived.event,
        received_at=archived.received_at,
        body=archived.body,
        tenant_id=archived.endpoint.partition("/")[2] or None,
        lane=Lane.BULK,
    )
    return Departure(
        position=archived.position,
        exchange=topology.WEBHOOKS,
        routing_key=webhook.routing_key,
        message_id=str(webhook.message_id),
        correlation_id=None,
        content_type=JSON,
        headers={**webhook.headers(), "lane": Lane.BULK.value, "replay": replay},
        body=webhook.body,
        queues=tuple(work.queue(Lane.BULK) for work in hearers(archived.provider, archived.event)),
    )


def hearers(provider: str, event: str) -> list[topology.Work]:
    """Whose work an event of a provider is."""
    key = f"{provider}.{event}"
    return [
        work for work in topology.ALL if work.exchange == topology.WEBHOOKS and key in work.hears
    ]


def _call_in(body: bytes) -> str | None:
    """Our own messages are correlated by their call."""
    try:
        said = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    call = said.get("call_id") if isinstance(said, dict) else None
    return call if isinstance(call, str) else None
