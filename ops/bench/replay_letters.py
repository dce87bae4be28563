"""Dead letters by the thousand, as the archivist keeps them: what the bench of replays sends."""

from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from itertools import islice
from typing import Any, Final

import asyncpg
import orjson

from messages import topology
from messages.calls import CallEnded, Direction
from messages.message import id_of
from messages.topology import Work
from messages.webhook import Webhook
from ops.bench.webhooks import Mix, new_call_id
from ops.tenants.file import TenantsFile
from storage.dead_letters import DeadLetter

FINGERPRINT: Final = "0123456789abcdef"
TOGETHER: Final = 1000  # rows of a COPY


class Kind(StrEnum):
    """What died."""

    COSTS = "costs"
    WEBHOOKS = "webhooks"


TOLD: Final = {
    Kind.COSTS: "calls.ended of the costs actor, 0.4 kB: a call is priced and its cost written",
    Kind.WEBHOOKS: "webhooks of calls, 2 to 24 kB: merged into the call, and all that follows",
}


async def bury(database: str, kind: Kind, count: int, file: TenantsFile) -> None:
    """Put so many into the database, and into the archive of webhooks if they are such."""
    connection = await asyncpg.connect(database)
    made = _costs(file) if kind is Kind.COSTS else _webhooks(file)
    try:
        while letters := list(islice(made, min(count, TOGETHER))):
            count -= len(letters)
            await _copy(connection, "dead_letters", [_row(each) for each in letters])
            if kind is Kind.WEBHOOKS:
                await _copy(connection, "webhook_events", [_archived(each) for each in letters])
    finally:
        await connection.close()


def _costs(file: TenantsFile) -> Iterator[DeadLetter]:
    called = [
        (tenant.id, number.number) for tenant in file.tenants for number in tenant.phone_numbers
    ]
    now = datetime.now(UTC)
    while True:
        for tenant, number in called:
            call_id = new_call_id()
            ended = CallEnded(
                message_id=id_of("calls.ended", call_id),
                call_id=call_id,
                tenant_id=tenant,
                direction=Direction.INBOUND,
                business_number=number,
                ended_at=now,
                lasted=timedelta(seconds=90),
                retell_cents=Decimal("16.5"),
            )
            yield _letter(
                topology.COSTS_ENDED,
                ended.posted().body,
                message_id=ended.message_id,
                tenant_id=tenant,
                kind=ended.kind,
                headers={"kind": ended.kind},
            )


def _webhooks(file: TenantsFile) -> Iterator[DeadLetter]:
    mix, seen = Mix(file, seed=7), set()
    while True:
        for event in mix.events(TOGETHER):
            message_id = id_of("retell", "retell", event.name, event.call_id)
            if message_id in seen:
                continue
            seen.add(message_id)
            webhook = Webhook(
                message_id=message_id,
                provider="retell",
                endpoint="retell",
                event=event.name,
                received_at=datetime.now(UTC),
                body=event.body,
            )
            yield _letter(
                topology.CALLS_RETELL,
                event.body,
                message_id=message_id,
                provider="retell",
                kind=webhook.routing_key,
                headers=webhook.headers(),
            )


def _letter(work: Work, body: bytes, **facts: Any) -> DeadLetter:
    said: dict[str, Any] = {
        "tenant_id": None,
        "provider": None,
        "dead_letter_id": id_of("bench", facts["message_id"]),
        "queue": work.name,
        "fingerprint": FINGERPRINT,
        "error_class": "KeyError",
        "error": "'call'",
        "stack": "Traceback (most recent call last): ...",
        "attempts": 1,
        "died_at": datetime.now(UTC),
        "content_type": "application/json",
        "body": body,
    }
    return DeadLetter(**said | facts)


def _row(letter: DeadLetter) -> dict[str, Any]:
    return {**asdict(letter), "headers": orjson.dumps(letter.headers).decode()}


def _archived(letter: DeadLetter) -> dict[str, Any]:
    said = letter.headers
    return {
        "message_id": letter.message_id,
        "provider": said["provider"],
        "endpoint": said["endpoint"],
        "event": said["event"],
        "received_at": datetime.fromisoformat(said["received_at"]),
        "attempts": letter.attempts,
        "outcome": "dead",
        "reason": letter.error_class,
        "body": letter.body,
    }


async def _copy(connection: Any, table: str, rows: list[dict[str, Any]]) -> None:
    await connection.copy_records_to_table(
        table, records=[tuple(row.values()) for row in rows], columns=list(rows[0])
    )
