"""The archivist: brings dead letters, and webhooks that nobody hears, from their queues to tables.

While PostgreSQL is away they wait in the queue; nothing is acknowledged that is not archived.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

import aio_pika
import orjson
import structlog
from aio_pika.abc import AbstractIncomingMessage

from messages import topology
from messages.message import id_of
from messages.publisher import HEARTBEAT, RECONNECT
from messages.webhook import UNREADABLE, Webhook
from storage import dead_letters, webhook_events
from storage.dead_letters import DeadLetter
from storage.postgres import PASSING, Crossing, Duty, Pool, crossing

log = structlog.get_logger()

IN_HAND: Final = 20  # messages at once; each may have 10 MB
PAUSE: Final = 1.0  # seconds until PostgreSQL is tried again

Archive = Callable[[Crossing, AbstractIncomingMessage], Awaitable[None]]


async def archive_forever(pool: Pool, url: str) -> None:
    """Archive until cancelled. RabbitMQ may come and go."""
    connection = await aio_pika.connect_robust(
        url, heartbeat=HEARTBEAT, reconnect_interval=RECONNECT, fail_fast=False
    )
    async with connection:
        channel = await connection.channel()
        await channel.set_qos(prefetch_count=IN_HAND)
        await topology.declare(channel)
        for work in topology.ALL:
            queue = await channel.get_queue(work.dead)
            await queue.consume(_archiving(pool, _archive_dead_letter))
        unrouted = await channel.get_queue(topology.UNROUTED)
        await unrouted.consume(_archiving(pool, _archive_unrouted))
        await asyncio.Future()


def _archiving(
    pool: Pool, archive: Archive
) -> Callable[[AbstractIncomingMessage], Awaitable[None]]:
    async def consume(message: AbstractIncomingMessage) -> None:
        archived = bool(message.reply_to)  # a marker of `gauges.py` is nobody's message
        while not archived:
            archived = await _archived(pool, archive, message)
            await asyncio.sleep(0 if archived else PAUSE)
        await message.ack()

    return consume


async def _archived(pool: Pool, archive: Archive, message: AbstractIncomingMessage) -> bool:
    """Whether the message is in its table now.

    One whose headers are not ours (a person may publish anything) is kept as a dead letter.
    """
    try:
        async with crossing(pool, Duty.ARCHIVIST) as archivist:
            await archive(archivist, message)
    except PASSING as error:
        log.warning("archivist.waiting", error=type(error).__name__)
        return False
    except (KeyError, ValueError):
        return await _archived(pool, _archive_stranger, message)
    return True


async def _archive_stranger(archivist: Crossing, message: AbstractIncomingMessage) -> None:
    await dead_letters.archive(archivist, dead_letter_of(message))
    log.error("archivist.found_a_stranger", queue=message.routing_key)


async def _archive_dead_letter(archivist: Crossing, message: AbstractIncomingMessage) -> None:
    """A webhook that died is archived as such, too: it was accepted and must be accounted for."""
    letter = dead_letter_of(message)
    await dead_letters.archive(archivist, letter)
    if letter.provider:
        webhook = _webhook_of(message)
        await webhook_events.receive(
            archivist, webhook, tenant=webhook.tenant_id, died_of=letter.error_class
        )
    log.info("dead_letters.archived", queue=letter.queue, fingerprint=letter.fingerprint)


async def _archive_unrouted(archivist: Crossing, message: AbstractIncomingMessage) -> None:
    webhook = _webhook_of(message)
    reason = "unreadable" if webhook.event == UNREADABLE else "nobody_hears_it"
    await webhook_events.receive(
        archivist, webhook, tenant=webhook.tenant_id, ignored_because=reason
    )
    log.info("webhooks.ignored", provider=webhook.provider, reason=reason)


def _webhook_of(message: AbstractIncomingMessage) -> Webhook:
    return Webhook.of_delivery(
        message_id=message.message_id or "", headers=message.headers, body=message.body
    )


def dead_letter_of(message: AbstractIncomingMessage) -> DeadLetter:
    """What the headers tell of a death.

    A message that killed its workers was moved by RabbitMQ itself, which only says how often it
    was delivered; it has no error of ours.
    """
    headers = _plain(dict(message.headers))
    said = {name: value for name, value in headers.items() if isinstance(value, str)}
    message_id = _uuid_or_none(message.message_id)
    queue = (message.routing_key or "").removesuffix(".dead")
    moved_by_us = "error_class" in headers
    died_at = _moment_or_none(said.get("died_at")) or message.timestamp or datetime.now(UTC)
    attempt = headers.get("attempt")
    return DeadLetter(
        dead_letter_id=id_of("dead_letters", queue, message.message_id, died_at.isoformat()),
        message_id=message_id,
        tenant_id=said.get("tenant") or _tenant_in(message.body),
        queue=queue,
        provider=said.get("provider"),
        kind=said.get("kind", queue),
        fingerprint=said.get("fingerprint", f"{queue}|DeliveryLimit"),
        error_class=said.get("error_class", "DeliveryLimit"),
        error=said.get("error", "it was delivered again and again and never acknowledged"),
        stack=said.get("stack", ""),
        attempts=attempt if moved_by_us and isinstance(attempt, int) else topology.DELIVERY_LIMIT,
        died_at=died_at,
        headers=headers,
        content_type=message.content_type,
        body=message.body,
    )


def _tenant_in(body: bytes) -> str | None:
    """Our own messages name their tenant in the body; of a stranger's body nothing is believed."""
    try:
        said = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    tenant = said.get("tenant_id") if isinstance(said, dict) else None
    return tenant if isinstance(tenant, str) else None


def _plain(value: Any) -> Any:
    """AMQP's header types as JSON knows them."""
    if isinstance(value, dict):
        return {str(name): _plain(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, bytes):
        value = value.decode(errors="replace")
    # PostgreSQL has no text with a zero byte in it.
    return value.replace("\0", "\N{REPLACEMENT CHARACTER}") if isinstance(value, str) else value


def _moment_or_none(text: Any) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except (TypeError, ValueError):
        return None


def _uuid_or_none(text: str | None) -> UUID | None:
    try:
        return UUID(text or "")
    except ValueError:
        return None
