"""Brings a handler its messages: read, run within a time limit, acknowledged or moved.

    handled       acknowledged
    anything else moved (`moves.py` says where), and acknowledged then

No message stays in hand for a minute: HELD, LIMIT, what `moves.py` tries and the publisher's
time-out together are less.
"""

import asyncio
import random
import time
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final, Generic, TypeVar
from uuid import UUID

import structlog
from aio_pika import IncomingMessage
from faststream import StreamMessage

from messages.crash_points import HANDLED, crash_point
from messages.lanes import Lane
from messages.message import Message, TenantMessage
from messages.publisher import BrokerUnavailable, Publisher
from messages.topology import Work
from messages.webhook import Webhook
from ops import metrics
from storage import dead_letters
from storage.postgres import AWAY, is_away
from workers.admission import Admission
from workers.context import Context
from workers.moves import Moves
from workers.turns import Turns

log = structlog.get_logger()

ATTEMPTS: Final = 14  # the ladder of retries, and then an hour each: nine hours in all
LIMIT: Final = 32.0  # seconds for one run; the slowest provider is given 30
HELD: Final = 10.0  # seconds that a message is held while PostgreSQL is away
AGAIN: Final = (0.3, 1.0)  # seconds between two tries then, by chance

Heard = TypeVar("Heard", bound=Message | Webhook)


@dataclass(frozen=True, slots=True, kw_only=True)
class Handler(Generic[Heard]):
    """A function of an actor, the queue it works on, and what its messages are read as."""

    work: Work
    reads: type[Heard]
    run: Callable[[Context, Heard], Coroutine[Any, Any, None]]
    attempts: int = ATTEMPTS


class Delivery(Generic[Heard]):
    """Brings one handler the messages of one lane."""

    def __init__(
        self,
        handler: Handler[Heard],
        lane: Lane,
        context: Context,
        publisher: Publisher,
        *,
        turns: Turns,
        admission: Admission,
    ) -> None:
        self._handler: Handler[Heard] = handler
        self._lane = lane
        self._context = replace(
            context, lane=lane, admit=partial(admission.check, handler.work, lane)
        )
        self._publisher = publisher
        self._turns = turns
        self._moves = Moves(
            handler.work, lane, attempts=handler.attempts, publisher=publisher, pool=context.pool
        )
        name = handler.work.name
        self._seconds = metrics.HANDLER_SECONDS.labels(name)
        self._handled = metrics.HANDLED.labels(name)
        self._effect = metrics.EFFECT_SECONDS.labels(name)
        self._running: set[asyncio.Task[None]] = set()

    async def deliver(self, msg: StreamMessage[IncomingMessage]) -> None:
        """Run the handler on one message. Returning acknowledges it."""
        if msg.reply_to:
            await self._send_marker_back(msg)
            return
        structlog.contextvars.bind_contextvars(
            handler=self._handler.work.name,
            message_id=msg.message_id,
            call_id=msg.raw_message.correlation_id,
        )
        # Moving is work as well: what is moved out of the way of live messages comes before bulk.
        async with self._turns.taken(self._handler.work, self._lane):
            await self._handled_or_moved(msg)

    async def _handled_or_moved(self, msg: StreamMessage[IncomingMessage]) -> None:
        begun = time.perf_counter()
        try:
            heard = self._read(msg)
            await self._while_postgres_is_there(heard)
            await self._end_dead_letter(msg)
        except Exception as error:  # noqa: BLE001 -- the one place that decides about all of them
            await self._moves.move(msg, error)
        else:
            self._handled.inc()
            if isinstance(heard, Webhook):
                self._effect.observe((datetime.now(UTC) - heard.received_at).total_seconds())
            crash_point(HANDLED)
        finally:
            self._seconds.observe(time.perf_counter() - begun)

    def _read(self, msg: StreamMessage[IncomingMessage]) -> Any:
        """The message; raises what pydantic raises if it is none of ours, or why it must wait."""
        self._context.admit(None)
        heard = self._parsed(msg)
        tenant = heard.tenant_id if isinstance(heard, TenantMessage | Webhook) else None
        if tenant:
            structlog.contextvars.bind_contextvars(tenant_id=tenant)
            self._context.admit(tenant)
        return heard

    def _parsed(self, msg: StreamMessage[IncomingMessage]) -> Any:
        reads = self._handler.reads
        if issubclass(reads, Message):
            return reads.model_validate_json(msg.body)
        return Webhook.of_delivery(message_id=msg.message_id, headers=msg.headers, body=msg.body)

    async def _while_postgres_is_there(self, heard: Heard) -> None:
        """Run the handler. While PostgreSQL is away the message is held and tried again.

        So all goes on as soon as it is back, and what waits behind it has not used up retries.
        """
        until = time.monotonic() + HELD
        while True:
            try:
                await self._finished(self._limited(heard))
            except AWAY as error:
                if not is_away(error) or time.monotonic() > until:
                    raise
                log.warning("delivery.held", error=type(error).__name__)
                await asyncio.sleep(random.uniform(*AGAIN))  # noqa: S311 -- no secret
            else:
                return

    async def _limited(self, heard: Heard) -> None:
        async with asyncio.timeout(LIMIT):
            await self._handler.run(self._context, heard)

    async def _finished(self, run: Coroutine[Any, Any, None]) -> None:
        """Run a handler to its end, whatever happens to the link.

        When the link to RabbitMQ is lost, this delivery is cancelled and the message will come
        again. A handler that has just asked a provider must not be cut off for that: it goes on
        and records what it did, and the repeat finds it done.
        """
        task = asyncio.create_task(run)
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError as cancelled:
            if task.cancelled():  # by a library, from within: a failure like any other
                raise TimeoutError("the handler was cancelled from within") from cancelled
            raise

    async def _end_dead_letter(self, msg: StreamMessage[IncomingMessage]) -> None:
        """A replayed dead letter names itself, and is one no more."""
        if letter := msg.headers.get("dead_letter"):
            async with self._context.transaction(None) as tx:
                await dead_letters.end(tx, UUID(letter), how="succeeded")

    async def _send_marker_back(self, msg: StreamMessage[IncomingMessage]) -> None:
        """A marker has waited in the queue like everything else; `ops/gauges.py` times it."""
        with suppress(BrokerUnavailable):
            await self._publisher.publish(
                "", msg.reply_to, msg.body, message_id=msg.message_id, mandatory=False
            )
