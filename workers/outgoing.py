"""Publishes what this process's own commits announced, at once; the relay sweeps what it misses.

Entries are published as they come and forgotten some at a time, because forgetting a hundred costs
PostgreSQL no more than forgetting one. If publishing fails they stay in the outbox, and the relay
has them; if we die before they are forgotten the relay publishes them once more.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Final
from uuid import UUID

import structlog

from messages.crash_points import PUBLISHED, crash_point
from messages.message import Posted
from messages.publisher import Publisher
from storage import outbox
from storage.postgres import PASSING, Duty, Pool, crossing

log = structlog.get_logger()

BATCH: Final = 100  # in flight at once; more is not faster
WAITING: Final = 10_000  # entries in memory; what is beyond goes by the relay
FORGOTTEN_EVERY: Final = 0.25  # seconds; far less than the relay waits before it takes over


class Outgoing:
    """The way out of this process for announced messages."""

    def __init__(self, pool: Pool, publisher: Publisher) -> None:
        self._pool = pool
        self._publisher = publisher
        self._waiting: asyncio.Queue[Posted] = asyncio.Queue(WAITING)
        self._sent: list[UUID] = []

    def send(self, announced: Sequence[Posted]) -> None:
        """Take over what a commit made true. Never waits and never fails."""
        for message in announced:
            with suppress(asyncio.QueueFull):
                self._waiting.put_nowait(message)

    async def publish_forever(self) -> None:
        """Publish what comes, until cancelled."""
        while True:
            await self._publish([await self._waiting.get(), *self._taken(BATCH - 1)])

    async def forget_forever(self) -> None:
        """Take from the outbox what RabbitMQ has, until cancelled."""
        while True:
            await asyncio.sleep(FORGOTTEN_EVERY)
            await self._forget()

    async def drain(self) -> None:
        """Publish and forget what is left; what cannot be is left to the relay."""
        await self._publish(self._taken(WAITING))
        await self._forget()

    def _taken(self, most: int) -> list[Posted]:
        count = min(most, self._waiting.qsize())
        return [self._waiting.get_nowait() for _ in range(count)]

    async def _publish(self, batch: list[Posted]) -> None:
        sent = await self._publisher.post_all(batch)
        if sent:
            crash_point(PUBLISHED)
        self._sent += sent

    async def _forget(self) -> None:
        sent, self._sent = self._sent, []
        if not sent:
            return
        try:
            async with crossing(self._pool, Duty.RELAY) as relay:
                await outbox.forget(relay, sent)
        except PASSING as error:
            log.warning("outbox.left_to_relay", entries=len(sent), error=type(error).__name__)


@asynccontextmanager
async def running(pool: Pool, publisher: Publisher) -> AsyncIterator[Outgoing]:
    """An Outgoing that publishes in the background, and empties itself at the end.

    If it cannot go on it ends the block, and so the process: nobody would notice else that
    everything leaves late, by the relay.
    """
    outgoing = Outgoing(pool, publisher)
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [
                group.create_task(outgoing.publish_forever()),
                group.create_task(outgoing.forget_forever()),
            ]
            try:
                yield outgoing
            finally:
                for task in tasks:
                    task.cancel()
    finally:
        await outgoing.drain()
