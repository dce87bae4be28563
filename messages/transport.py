"""What aiormq, the library beneath aio-pika, does not tell or do by itself."""

import asyncio
from contextlib import suppress

from aiormq.channel import Channel


def unblocked(channel: Channel) -> asyncio.Event:
    """What is set while RabbitMQ reads from us, and cleared during an alarm.

    There is no public way to it.
    """
    event = vars(channel.connection)["_Connection__connection_unblocked"]
    if not isinstance(event, asyncio.Event):
        raise TypeError("aiormq keeps an event for alarms")
    return event


def was_told_to_stop() -> bool:
    """Whether this task was cancelled by us.

    aiormq cancels whoever waits on a link that it gives up, without having been asked to.
    """
    task = asyncio.current_task()
    return task is None or task.cancelling() > 0


async def close(channel: Channel, *, within: float) -> None:
    """Close a channel if that can be done; the link may be lost, or nobody may read from it."""
    with suppress(Exception):
        async with asyncio.timeout(within):
            await channel.close()
