"""The relay: publishes what waits in the outbox, in the spool or parked, and forgets it then.

The outbox holds what a process announced and could not publish itself, because it died or the
broker was away; the spool holds webhooks that came while the broker was away; what was parked
while it was paused goes back when that is resumed, on the bulk lane. An entry may be published
twice, if we die between the confirm and the commit; never not at all. Any number of relays may
run: none takes an entry that another has in hand.
"""

import asyncio
from datetime import timedelta
from typing import Final

import structlog

from messages import topology
from messages.crash_points import RELAYED, crash_point
from messages.lanes import Lane
from messages.publisher import BrokerUnavailable, Publisher
from messages.webhook import Webhook
from storage import outbox, parked, spool
from storage.parked import Parked
from storage.postgres import PASSING, Duty, Pool, crossing

log = structlog.get_logger()

BATCH: Final = 200  # outbox entries; they are small
WEBHOOKS: Final = 20  # at once; each may have 10 MB
# What a process is given to publish its own entries. One that is busy takes seconds, and to
# publish them beside it would make it busier still.
PATIENCE: Final = timedelta(seconds=12)
PARKED: Final = 200  # at once; fewer if they are large:
PARKED_BYTES: Final = 16_000_000
# Every worker has heard by then that a pause is over; who has not would park the message anew.
HEARD: Final = timedelta(seconds=2)
PAUSE: Final = 1.0  # seconds between two looks while there is nothing to do


async def relay_forever(pool: Pool, publisher: Publisher) -> None:
    """Relay until cancelled; what fails stays where it is and is tried again."""
    while True:
        moved = 0
        try:
            if publisher.connected:
                moved += await relay_outbox(pool, publisher)
                moved += await relay_spool(pool, publisher)
                moved += await relay_parked(pool, publisher)
        except PASSING as error:
            log.warning("relay.failed", error=type(error).__name__)
        if moved:
            log.info("relay.moved", entries=moved)
        else:
            await asyncio.sleep(PAUSE)


async def relay_outbox(
    pool: Pool, publisher: Publisher, *, older_than: timedelta = PATIENCE
) -> int:
    """Publish one batch of the outbox, and say how many entries RabbitMQ has now."""
    async with crossing(pool, Duty.RELAY) as crosser:
        entries = await outbox.left_behind(crosser, older_than=older_than, limit=BATCH)
        if not entries:
            return 0
        sent = await publisher.post_all(entries)
        crash_point(RELAYED)
        await outbox.forget(crosser, sent)
    return len(sent)


async def relay_spool(pool: Pool, publisher: Publisher) -> int:
    """Publish one batch of the spool, and say how many webhooks RabbitMQ has now."""
    async with crossing(pool, Duty.RELAY) as crosser:
        webhooks = await spool.oldest(crosser, limit=WEBHOOKS)
        posted = await asyncio.gather(*(_posted(publisher, webhook) for webhook in webhooks))
        sent = [
            webhook.message_id for webhook, arrived in zip(webhooks, posted, strict=True) if arrived
        ]
        if sent:
            crash_point(RELAYED)
        await spool.forget(crosser, sent)
    return len(sent)


async def relay_parked(pool: Pool, publisher: Publisher, *, ended: timedelta = HEARD) -> int:
    """Send one batch of parked messages back to their handlers, and say how many have gone."""
    async with crossing(pool, Duty.RELAY) as crosser:
        messages = await parked.released(
            crosser, since=ended, queues=list(topology.BY_NAME), most=PARKED, size=PARKED_BYTES
        )
        gone = await asyncio.gather(*(_sent_back(publisher, message) for message in messages))
        sent = [message for message, arrived in zip(messages, gone, strict=True) if arrived]
        await parked.forget(crosser, sent)
    return len(sent)


async def _sent_back(publisher: Publisher, message: Parked) -> bool:
    try:
        await publisher.publish(
            "",
            topology.BY_NAME[message.queue].queue(Lane.BULK),
            message.body,
            message_id=str(message.message_id),
            correlation_id=message.correlation_id,
            content_type=message.content_type,
            headers={**message.headers, "lane": Lane.BULK.value},
        )
    except BrokerUnavailable:
        return False
    return True


async def _posted(publisher: Publisher, webhook: Webhook) -> bool:
    try:
        await publisher.post_webhook(webhook)
    except BrokerUnavailable:
        return False
    return True
