"""Whether there is room for more in the bulk queues: a replay must not bury those behind it."""

import asyncio
import time
from collections.abc import Iterable
from typing import Final

from aio_pika.abc import AbstractRobustConnection
from aio_pika.exceptions import ChannelNotFoundEntity
from aiormq.exceptions import AMQPError

MOST: Final = 5_000  # messages that may wait in a bulk queue
LOOK: Final = 1.0  # seconds between two looks at a queue


class Depths:
    """How many messages wait in each queue, looked at once a second."""

    def __init__(self, connection: AbstractRobustConnection, *, most: int = MOST) -> None:
        self._connection = connection
        self._most = most
        self._seen: dict[str, tuple[float, int]] = {}

    async def crowded(self, queues: Iterable[str]) -> str | None:
        """The first of these queues that has enough, if one has."""
        for queue in sorted(set(queues)):
            if await self._depth(queue) > self._most:
                return queue
        return None

    async def _depth(self, queue: str) -> int:
        looked, depth = self._seen.get(queue, (-LOOK, 0))
        if time.monotonic() - looked >= LOOK:
            depth = await self._look(queue, known=depth)
            self._seen[queue] = time.monotonic(), depth
        return depth

    async def _look(self, queue: str, *, known: int) -> int:
        try:
            async with asyncio.timeout(LOOK), self._connection.channel() as channel:
                found = await channel.declare_queue(queue, passive=True)
        except ChannelNotFoundEntity:
            return 0
        except (AMQPError, OSError, RuntimeError, TimeoutError):
            return known  # publishing will find out what is wrong
        return found.declaration_result.message_count or 0
