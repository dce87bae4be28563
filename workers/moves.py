"""Where a message goes that was not handled. Handlers raise; this alone decides.

    what may pass by itself    to the retry queue of its delay, and back; up to the handler's limit
    PostgreSQL is away         as above, after the shortest delay, as often as it takes
    a breaker is open          as above, once it may be closed again, as often as it takes
    its tenant is above share  to the bulk queue of the same handler
    paused by an operator      parked in PostgreSQL until resumed
    anything else              to `<queue>.dead` with the reason, for a person to read

The copy is confirmed before the original is acknowledged: dying in between doubles the message,
which the inbox absorbs. If the copy cannot be placed the message goes back to its queue, and the
broker's delivery limit ends what would go round for ever.
"""

import asyncio
import random
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

import structlog
from aio_pika import IncomingMessage
from faststream import StreamMessage
from faststream.exceptions import RejectMessage
from redis.exceptions import RedisError

from messages import topology
from messages.crash_points import DEAD_LETTER_PLACED, PARKED, RETRY_PLACED, crash_point
from messages.lanes import Lane, without_lane
from messages.publisher import BrokerUnavailable, Publisher
from messages.topology import Work
from ops import metrics
from storage import parked, postgres
from storage.parked import Parked
from storage.postgres import Pool
from workers.clients.errors import BreakerOpen, ProviderUnanswered, ProviderUnavailable
from workers.deaths import dead_letter_headers, top_frame
from workers.errors import AboveShare, NotYet, Paused

log = structlog.get_logger()

CALM: Final = 1.0  # seconds between two tries to move a message
PLACING: Final = 10.0  # seconds of such tries; then it is handed back, which uses up deliveries

PASSING: Final = (
    NotYet,
    ProviderUnavailable,
    ProviderUnanswered,
    BrokerUnavailable,
    RedisError,
    *postgres.PASSING,
)

Delivered = StreamMessage[IncomingMessage]


class Moves:
    """Moves the messages of one handler in one lane."""

    def __init__(
        self, work: Work, lane: Lane, *, attempts: int, publisher: Publisher, pool: Pool
    ) -> None:
        self._work = work
        self._queue = work.queue(lane)
        self._attempts = attempts
        self._publisher = publisher
        self._pool = pool

    async def move(self, msg: Delivered, error: Exception) -> None:
        """Bring a message to where its error belongs. Returning acknowledges it here."""
        until = time.monotonic() + PLACING
        while True:
            try:
                await self._moved(msg, error)
            except (BrokerUnavailable, *postgres.PASSING) as unavailable:
                if time.monotonic() > until:
                    log.warning("delivery.handed_back", error=type(unavailable).__name__)
                    # Not a nack: RabbitMQ 4.3 does not count those against the delivery limit.
                    raise RejectMessage(requeue=True) from error
                await asyncio.sleep(CALM)
            else:
                return

    async def _moved(self, msg: Delivered, error: Exception) -> None:
        attempt = int(msg.headers.get("attempt", 1))
        if isinstance(error, Paused):
            await self._park(msg, error, attempt)
        elif isinstance(error, AboveShare):
            await self._place("", self._work.queue(Lane.BULK), msg, {"lane": Lane.BULK.value})
            metrics.MOVED_TO_BULK.labels(self._work.name).inc()
        elif postgres.is_away(error):
            await self._retry(msg, error, wait=_one_of(0), attempt=attempt)
        elif isinstance(error, BreakerOpen):  # nobody was asked, so that was no attempt
            wait = retry_queue(attempt, error.retry_after)
            await self._retry(msg, error, wait=wait, attempt=attempt)
        elif passes(error) and attempt < self._attempts:
            wait = retry_queue(attempt, getattr(error, "retry_after", None))
            await self._retry(msg, error, wait=wait, attempt=attempt + 1)
        else:
            await self._bury(msg, error, attempt)

    async def _retry(self, msg: Delivered, error: Exception, *, wait: str, attempt: int) -> None:
        log.warning("delivery.retried", attempt=attempt, queue=wait, error=type(error).__name__)
        metrics.RETRIED.labels(self._work.name, type(error).__name__).inc()
        await self._place(wait, self._queue, msg, {"attempt": attempt})
        crash_point(RETRY_PLACED)

    async def _bury(self, msg: Delivered, error: Exception, attempt: int) -> None:
        # The message of an error may name people; it belongs into the archive, not into the log.
        log.error("delivery.died", attempt=attempt, error=type(error).__name__, at=top_frame(error))
        metrics.DEAD.labels(self._work.name, type(error).__name__).inc()
        why = dead_letter_headers(self._work.name, error, datetime.now(UTC))
        await self._place("", self._work.dead, msg, {"attempt": attempt, **why})
        crash_point(DEAD_LETTER_PLACED)

    async def _park(self, msg: Delivered, paused: Paused, attempt: int) -> None:
        """Without PostgreSQL it waits in the retry queue, and uses up no attempts there."""
        try:
            await self._kept(msg, paused)
        except postgres.PASSING as away:
            await self._retry(msg, away, wait=_one_of(0), attempt=attempt)
            return
        log.info("delivery.parked", pause_id=str(paused.pause_id))
        crash_point(PARKED)

    async def _kept(self, msg: Delivered, paused: Paused) -> None:
        async with postgres.transaction(self._pool, paused.tenant) as tx:
            await parked.park(
                tx,
                Parked(
                    queue=self._work.name,
                    message_id=UUID(msg.message_id),
                    pause_id=paused.pause_id,
                    correlation_id=msg.raw_message.correlation_id,
                    content_type=msg.content_type,
                    headers=_headers(msg),
                    body=msg.body,
                ),
            )

    async def _place(
        self, exchange: str, routing_key: str, msg: Delivered, facts: Mapping[str, Any]
    ) -> None:
        await self._publisher.publish(
            exchange,
            routing_key,
            msg.body,
            message_id=msg.message_id,
            correlation_id=msg.raw_message.correlation_id,
            content_type=msg.content_type,
            headers={**_headers(msg), **facts},
        )


def _headers(msg: Delivered) -> dict[str, Any]:
    """What travels on: our own headers, and the kind, which a move would else lose."""
    kept = {name: value for name, value in msg.headers.items() if not name.startswith("x-")}
    return {"kind": without_lane(msg.raw_message.routing_key or ""), **kept}


def passes(error: Exception) -> bool:
    """Whether it may pass by itself; what asyncpg says of wrong values is of a class that does."""
    return isinstance(error, PASSING) and not isinstance(error, ValueError)


def retry_queue(attempt: int, asked: timedelta | None) -> str:
    """Where a message waits after its n-th attempt: five seconds first, an hour at last.

    A provider that named a delay gets it: the first step that waits at least as long.
    """
    last = len(topology.LADDER) - 1
    if asked is None:
        return _one_of(min(attempt - 1, last))
    shortest = [topology.DELAYS[names[0]] for names in topology.LADDER]
    return _one_of(next((step for step, delay in enumerate(shortest) if delay >= asked), last))


def _one_of(step: int) -> str:
    """One of the delays of a step, so that what failed together does not come back together."""
    return random.choice(topology.LADDER[step])  # noqa: S311 -- no secret
