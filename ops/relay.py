"""The relay: publishes what waits in the outbox and in the spool, and forgets it then.

The outbox holds what a process announced and could not publish itself, because it died or the
broker was away; the spool holds webhooks that came while the broker was away. An entry may be
published twice, if we die between the confirm and the commit; never not at all. Any number of
relays may run: none takes an entry that another has in hand.
"""

import asyncio
from datetime import timedelta
from typing import Final

import structlog

from messages.publisher import BrokerUnavailable, Publisher
from messages.webhook import Webhook
from storage import outbox, spool
from storage.postgres import PASSING, Duty, Pool, crossing

log = structlog.get_logger()

BATCH: Final = 200  # outbox entries; they are small
WEBHOOKS: Final = 20  # at once; each may have 10 MB
# What a process is given to publish its own entries. One that is busy takes seconds, and to
# publish them beside it would make it busier still.
PATIENCE: Final = timedelta(seconds=12)
PAUSE: Final = 1.0  # seconds between two looks while there is nothing to do


async def relay_forever(pool: Pool, publisher: Publisher) -> None:
    """Relay until cancelled; what fails stays where it is and is tried again."""
    while True:
        moved = 0
        try:
            if publisher.connected:
                moved = await relay_outbox(pool, publisher) + await relay_spool(pool, publisher)
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
        await spool.forget(crosser, sent)
    return len(sent)


async def _posted(publisher: Publisher, webhook: Webhook) -> bool:
    try:
        await publisher.post_webhook(webhook)
    except BrokerUnavailable:
        return False
    return True
