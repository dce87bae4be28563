"""What waits in RabbitMQ, looked at as often as asked.

How many messages a handler has in hand nobody tells; each is back in a queue, or done, within a
minute. So what counts is the least that was seen: what is missing beyond that is nowhere.
"""

from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

import aio_pika
from aio_pika.abc import AbstractChannel, AbstractConnection
from aio_pika.exceptions import ChannelNotFoundEntity
from aiormq.exceptions import AMQPError

from messages import topology
from messages.lanes import Lane
from messages.publisher import HEARTBEAT
from messages.topology import Work
from ops.refused import Refused

CONNECT: Final = 5.0  # seconds


class RabbitMQAway(Refused):
    """It cannot be asked; the address is without its password."""

    def __init__(self, url: str, error: BaseException) -> None:
        place = urlsplit(url)
        reason = " ".join(str(error).split()) or type(error).__name__
        super().__init__(f"RabbitMQ at {place.netloc.rpartition('@')[2]}{place.path}: {reason}")


def queues_of(work: Work) -> tuple[str, ...]:
    """Where a message of this handler may be, but for the queues of retries."""
    return (*map(work.queue, Lane), work.dead)


@dataclass(frozen=True, slots=True)
class Depth:
    """How many messages wait in a queue, and how many take them out."""

    messages: int
    consumers: int


class Queues:
    """All queues of ours; `now` is what was seen last, without those that are not there."""

    def __init__(self, connection: AbstractConnection, url: str) -> None:
        self._connection = connection
        self._url = url
        self._least: dict[str, int] = {}
        self._retrying = 0
        self.now: dict[str, Depth] = {}

    async def look(self) -> None:
        """Look at all of them; raises RabbitMQAway."""
        try:
            self.now = await self._depths()
        except (AMQPError, OSError, RuntimeError, TimeoutError) as error:
            raise RabbitMQAway(self._url, error) from error
        for name, depth in self.now.items():
            self._least[name] = min(depth.messages, self._least.get(name, depth.messages))
        self._retrying = max(self._retrying, self.retrying())

    def retrying(self) -> int:
        """How many messages wait to be tried again."""
        return self._messages(topology.DELAYS)

    def working(self) -> int:
        """How many messages wait for their handlers."""
        return self._messages(topology.OF_HANDLERS)

    def may_hold(self, names: Sequence[str]) -> int:
        """How many messages may be in these queues, or be on their way back to them."""
        return sum(map(self.always, names)) + (self._retrying if names else 0)

    def always(self, name: str) -> int:
        """How many messages this queue has had all the time."""
        return self._least.get(name, 0)

    def _messages(self, names: Iterable[str]) -> int:
        return sum(self.now[name].messages for name in names if name in self.now)

    async def _depths(self) -> dict[str, Depth]:
        found: dict[str, Depth] = {}
        channel = await self._connection.channel()
        for name in topology.EVERY_QUEUE:
            if channel.is_closed:  # the queue before was not there
                channel = await self._connection.channel()
            if depth := await _depth(channel, name):
                found[name] = depth
        if not channel.is_closed:
            await channel.close()
        return found


async def _depth(channel: AbstractChannel, name: str) -> Depth | None:
    try:
        queue = await channel.declare_queue(name, passive=True)
    except ChannelNotFoundEntity:
        return None
    told = queue.declaration_result
    return Depth(told.message_count or 0, told.consumer_count or 0)


@asynccontextmanager
async def seen(url: str) -> AsyncIterator[Queues]:
    """The queues of this RabbitMQ, looked at once; raises RabbitMQAway."""
    try:
        connection = await aio_pika.connect(url, heartbeat=HEARTBEAT, timeout=CONNECT)
    except (AMQPError, OSError, TimeoutError) as error:
        raise RabbitMQAway(url, error) from error
    async with connection:
        queues = Queues(connection, url)
        await queues.look()
        yield queues
