"""RabbitMQ dies, is full, cuts its links, loses a queue."""

import asyncio
from random import Random
from typing import Final

import aio_pika

from messages import topology
from messages.lanes import Lane
from tests.alarms import memory_alarm, rabbitmqctl
from tests.faults.injuries.fault import Fault
from tests.faults.system import System

QUIET: Final = (
    topology.NOTIFICATIONS_QUARANTINED.name,
    *(work.queue(Lane.BULK) for work in topology.ALL),
)


async def killed(system: System, chance: Random) -> None:
    """SIGKILL the node, and start it again."""
    await system.stack.rabbitmq.kill()
    await asyncio.sleep(chance.uniform(0, 3))
    await system.stack.rabbitmq.start()


async def alarmed(system: System, chance: Random) -> None:
    """A memory alarm: the node reads nothing more from whoever publishes."""
    async with memory_alarm(system.stack.rabbitmq):
        await asyncio.sleep(chance.uniform(2, 5))


async def cut(system: System, _chance: Random) -> None:
    """All connections are closed under us."""
    await rabbitmqctl(system.stack.rabbitmq, "close_all_connections", "fault suite")


async def queue_deleted(system: System, chance: Random) -> None:
    """A queue is gone, and made anew by whoever misses it.

    One that this load leaves empty: what RabbitMQ confirmed and then was told to delete is in
    nobody's hands, and a quorum queue knows no `if-empty`.
    """
    name = chance.choice(QUIET)
    connection = await aio_pika.connect(system.stack.rabbitmq.url, timeout=10)
    async with connection:
        gone = await (await connection.channel()).queue_delete(name)
        assert gone.message_count == 0, f"{gone.message_count} messages were in {name}"
        async with asyncio.timeout(60):
            while not await _consumed(connection, name):  # noqa: ASYNC110 -- another process
                await asyncio.sleep(0.1)


async def _consumed(connection: aio_pika.abc.AbstractConnection, name: str) -> bool:
    """Whether the queue is there again, and somebody works on it."""
    try:
        channel = await connection.channel()
        found = await channel.declare_queue(name, passive=True)
    except aio_pika.exceptions.ChannelNotFoundEntity:
        return False
    return bool(found.declaration_result.consumer_count)


FAULTS: Final = (
    Fault("RabbitMQ: SIGKILL and restart", killed, often=4),
    Fault("RabbitMQ: memory alarm", alarmed, often=2),
    Fault("RabbitMQ: all connections closed", cut, often=2, brief=False),
    Fault("RabbitMQ: a queue deleted", queue_deleted, often=2, brief=False),
)
