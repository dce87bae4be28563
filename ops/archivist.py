"""The archivist: brings dead letters, and webhooks that nobody hears, from their queues to tables.

While PostgreSQL is away they wait in the queue; nothing is acknowledged that is not archived.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Final

import aio_pika
import asyncpg
import structlog
from aio_pika.abc import AbstractIncomingMessage

from messages import topology
from messages.crash_points import ARCHIVED, crash_point
from messages.publisher import HEARTBEAT, RECONNECT
from messages.webhook import UNREADABLE, Webhook
from ops.dead_letters.deaths import dead_letter_of
from storage import dead_letters, webhook_events
from storage.postgres import PASSING, Crossing, Duty, Pool, crossing

log = structlog.get_logger()

IN_HAND: Final = 20  # messages at once; each may have 10 MB
PAUSE: Final = 1.0  # seconds until PostgreSQL is tried again
HELD: Final = 40.0  # seconds of that; then the message goes back, far before RabbitMQ asks for it

Archive = Callable[[Crossing, AbstractIncomingMessage], Awaitable[None]]


async def archive_forever(pool: Pool, url: str) -> None:
    """Archive until cancelled. RabbitMQ may come and go."""
    connection = await aio_pika.connect_robust(
        url, heartbeat=HEARTBEAT, reconnect_interval=RECONNECT, fail_fast=False
    )
    async with connection:
        channel = await connection.channel()
        await channel.set_qos(prefetch_count=IN_HAND)
        await topology.declare(connection)
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
        until = time.monotonic() + HELD
        archived = bool(message.reply_to)  # a marker of `gauges.py` is nobody's message
        while not archived and time.monotonic() < until:
            archived = await _archived(pool, archive, message)
            await asyncio.sleep(0 if archived else PAUSE)
        if archived:
            crash_point(ARCHIVED)
            await message.ack()
        else:
            await message.nack(requeue=True)

    return consume


async def _archived(pool: Pool, archive: Archive, message: AbstractIncomingMessage) -> bool:
    """Whether the message is in its table now.

    One whose headers are not ours (a person may publish anything) is kept as a dead letter.
    """
    try:
        async with crossing(pool, Duty.ARCHIVIST) as archivist:
            await archive(archivist, message)
    except (KeyError, ValueError, asyncpg.DataError):
        if archive is _archive_stranger:
            raise
        return await _archived(pool, _archive_stranger, message)
    except PASSING as error:
        log.warning("archivist.waiting", error=type(error).__name__)
        return False
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
