"""RabbitMQ dies, is full, cuts its links, loses a queue."""

import asyncio
from random import Random
from typing import Final

import aio_pika

from messages import topology
from tests.alarms import memory_alarm, rabbitmqctl
from tests.faults.injuries.fault import Fault
from tests.faults.system import System


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
    """The queue of a handler is gone, and made anew by whoever misses it.

    It is deleted only while it is empty: what RabbitMQ confirmed and then was told to delete is
    in nobody's hands.
    """
    name = chance.choice([work.name for work in topology.ALL])
    connection = await aio_pika.connect(system.stack.rabbitmq.url, timeout=10)
    async with connection:
        for _ in range(200):
            channel = await connection.channel()
            try:
                await channel.queue_delete(name, if_empty=True)
            except aio_pika.exceptions.ChannelPreconditionFailed:
                await asyncio.sleep(0.02)
            else:
                return


FAULTS: Final = (
    Fault("RabbitMQ: SIGKILL and restart", killed, often=4),
    Fault("RabbitMQ: memory alarm", alarmed, often=2),
    Fault("RabbitMQ: all connections closed", cut, often=2),
    Fault("RabbitMQ: a queue deleted", queue_deleted, often=2, brief=False),
)
