"""How much waits, for how long, and for whom: every queue, outbox, spool, parked, dead letters.

RabbitMQ does not tell how old the head of a queue is, and looking at it counts as a delivery.
So a marker is sent through each handler's queue like any message, and sent back by whoever
takes it out; one that has not come back yet is as old as the head at least.

Dead letters, retries and what nobody hears have no handler: for them the depth is told alone.
Tables are measured although RabbitMQ is away, for then the spool is what matters.
"""

import asyncio
import time
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable
from typing import Final
from uuid import uuid4

import aio_pika
import structlog
from aio_pika.abc import AbstractChannel, AbstractIncomingMessage
from aiormq.exceptions import AMQPError

from messages import topology
from messages.publisher import HEARTBEAT, RECONNECT, BrokerUnavailable, Publisher
from ops import metrics
from storage import backlog
from storage.backlog import Backlog
from storage.postgres import PASSING, Duty, Pool, crossing

log = structlog.get_logger()

EVERY: Final = 5.0  # seconds
SELDOM: Final = 6  # times as long between two counts of dead letters
COUNTED: Final = 10_000  # of them; a million take seconds to count, and tell nobody more
ANOTHER: Final = (
    30.0  # seconds until one more is sent: an earlier may have got lost on its way back
)
MOST: Final = 20  # markers in one queue; nobody takes anything out of it then


async def measure_forever(
    pool: Pool, publisher: Publisher, url: str, *, every: float = EVERY
) -> None:
    """Keep the gauges true until cancelled."""
    async with asyncio.TaskGroup() as group:
        group.create_task(_measure_broker(publisher, url, every))
        group.create_task(_repeat(lambda: _measure_tables(pool), every))
        group.create_task(_repeat(lambda: _measure_dead_letters(pool), every * SELDOM))


async def _measure_broker(publisher: Publisher, url: str, every: float) -> None:
    connection = await aio_pika.connect_robust(
        url, heartbeat=HEARTBEAT, reconnect_interval=RECONNECT, fail_fast=False
    )
    async with connection:
        markers = Markers(publisher)
        replies = await (await connection.channel()).declare_queue(exclusive=True)
        await replies.consume(markers.came_back, no_ack=True)

        async def measure() -> None:
            markers.tell_ages()
            await _measure_queues(await connection.channel())
            await markers.send(replies.name)

        await _repeat(measure, every)


async def _repeat(measure: Callable[[], Awaitable[None]], every: float) -> None:
    """What is away now will be measured when it is back."""
    while True:
        try:
            await measure()
        except (AMQPError, BrokerUnavailable, RuntimeError, *PASSING) as error:
            log.warning("gauges.not_measured", error=type(error).__name__)
        await asyncio.sleep(every)


class Markers:
    """The markers in each handler's queue, oldest first: their ids, and when they were sent."""

    def __init__(self, publisher: Publisher) -> None:
        self._publisher = publisher
        self._sent: dict[str, deque[tuple[str, float]]] = defaultdict(deque)

    def tell_ages(self) -> None:
        """Tell the age of the oldest that is under way in each queue."""
        now = time.monotonic()
        for queue, sent in self._sent.items():
            if sent:
                metrics.QUEUE_AGE.labels(queue).set(now - sent[0][1])

    async def send(self, reply_to: str) -> None:
        """Send one more through each queue where that is worth it."""
        now = time.monotonic()
        for queue in topology.OF_HANDLERS:
            sent = self._sent[queue]
            if len(sent) < MOST and (not sent or now - sent[-1][1] >= ANOTHER):
                await self._send(queue, reply_to, now)

    async def _send(self, queue: str, reply_to: str, now: float) -> None:
        marker = str(uuid4())
        self._sent[queue].append((marker, now))
        try:
            await self._publisher.publish(
                "", queue, queue.encode(), message_id=marker, reply_to=reply_to
            )
        except BrokerUnavailable:
            if (marker, now) in self._sent[queue]:
                self._sent[queue].remove((marker, now))  # what is not there does not grow old
            raise

    async def came_back(self, reply: AbstractIncomingMessage) -> None:
        """A marker has passed its queue, and so has what was sent before it."""
        queue = reply.body.decode()
        sent = self._sent[queue]
        if any(marker == reply.message_id for marker, _ in sent):
            marker, sent_at = sent.popleft()
            while marker != reply.message_id:
                marker, sent_at = sent.popleft()
            metrics.QUEUE_AGE.labels(queue).set(time.monotonic() - sent_at)


async def _measure_queues(channel: AbstractChannel) -> None:
    async with channel:
        for name in topology.EVERY_QUEUE:
            found = (await channel.declare_queue(name, passive=True)).declaration_result
            metrics.QUEUE_DEPTH.labels(name).set(found.message_count or 0)
            if name not in topology.DELAYS:  # there messages wait for the time alone
                metrics.QUEUE_CONSUMERS.labels(name).set(found.consumer_count or 0)
    metrics.MEASURED.labels("queues").set_to_current_time()


async def _measure_tables(pool: Pool) -> None:
    async with crossing(pool, Duty.RELAY) as relay:
        waiting = {
            "outbox": await backlog.outbox(relay),
            "spool": await backlog.spool(relay),
            "parked": await backlog.parked(relay),
        }
    for name, found in waiting.items():
        _tell(name, found)
    metrics.MEASURED.labels("tables").set_to_current_time()


async def _measure_dead_letters(pool: Pool) -> None:
    async with crossing(pool, Duty.OPERATOR) as operator:
        metrics.DEAD_LETTERS.set(await backlog.dead_letters(operator, at_most=COUNTED))


def _tell(name: str, found: Backlog) -> None:
    metrics.QUEUE_DEPTH.labels(name).set(found.entries)
    metrics.QUEUE_AGE.labels(name).set(found.seconds)
