"""The consuming side of RabbitMQ: one connection that never publishes, a channel for each handler.

A memory alarm stops connections that publish; acknowledgements must not go over such a one.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from itertools import product
from typing import Any, Final

import structlog
from aio_pika import IncomingMessage
from aiormq.exceptions import AMQPError
from faststream import AckPolicy, StreamMessage
from faststream.rabbit import Channel, QueueType, RabbitBroker, RabbitQueue
from yarl import URL

from messages import topology
from messages.lanes import Lane
from messages.publisher import HEARTBEAT, RECONNECT, Publisher
from messages.topology import Work
from workers.admission import Admission
from workers.context import Context
from workers.delivery import Delivery, Handler
from workers.turns import Turns

BULK: Final = 4  # messages of a bulk queue in hand, so that one is there when its turn comes
GRACE: Final = 40.0  # seconds for handlers in flight at the end; a calendar is given 30

log = structlog.get_logger()


def broker_of(
    url: str,
    handlers: Iterable[Handler[Any]],
    context: Context,
    publisher: Publisher,
    admission: Admission,
) -> RabbitBroker:
    """A broker with two subscribers for each handler, one for each lane.

    FastStream's own injection stays switched off: a handler gets its message and the context, and
    nothing has to be looked up for each message.
    """
    turns = Turns()
    broker = RabbitBroker(
        str(URL(url).update_query(heartbeat=HEARTBEAT)),
        logger=None,
        apply_types=False,
        graceful_timeout=GRACE,
        ack_policy=AckPolicy.REJECT_ON_ERROR,
        reconnect_interval=RECONNECT,
    )
    for handler, lane in product(handlers, Lane):
        delivery = Delivery(handler, lane, context, publisher, turns=turns, admission=admission)
        subscriber = broker.subscriber(
            _queue(handler.work, lane),
            channel=Channel(prefetch_count=_prefetch(handler.work, lane)),
            decoder=_untouched,
            no_reply=True,
        )
        subscriber(delivery.deliver)
    return broker


@asynccontextmanager
async def consuming(broker: RabbitBroker) -> AsyncIterator[None]:
    """Consume inside; at the end finish what is in hand and take nothing new."""
    while True:
        try:
            await broker.start()
            break
        except (AMQPError, OSError) as error:
            log.warning("consumers.waiting", error=type(error).__name__)
            await asyncio.sleep(RECONNECT)
    log.info("consumers.started", queues=len(broker.subscribers))
    try:
        yield
    finally:
        await _cancel_consumers(broker)
        await broker.stop()


async def _cancel_consumers(broker: RabbitBroker) -> None:
    """FastStream would go on receiving while it waits, and hand back what it got: each deploy
    would then use up a part of those messages' delivery limit.
    """
    for subscriber in broker.subscribers:
        known = vars(subscriber)  # there is no public way
        tag, queue = known.get("_consumer_tag"), known.get("_queue_obj")
        if tag and queue is not None:
            known["_consumer_tag"] = None
            await queue.cancel(tag)


def _prefetch(work: Work, lane: Lane) -> int:
    return work.prefetch if lane is Lane.LIVE else min(work.prefetch, BULK)


def _queue(work: Work, lane: Lane) -> RabbitQueue:
    arguments: Any = topology.arguments_of(work)  # newer than FastStream's list of them
    return RabbitQueue(
        work.queue(lane), queue_type=QueueType.QUORUM, durable=True, arguments=arguments
    )


async def _untouched(msg: StreamMessage[IncomingMessage]) -> StreamMessage[IncomingMessage]:
    """Delivery reads messages itself, with the raw bytes and the headers at hand."""
    return msg
