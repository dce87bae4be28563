"""Publishes what this process's own commits announced, at once; the relay sweeps what it misses.

Entries are taken in batches, because forgetting fifty costs PostgreSQL no more than forgetting
one. If publishing fails the entries stay in the outbox, and the relay has them.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Final

import structlog

from messages.message import Posted
from messages.publisher import Publisher
from storage import outbox
from storage.postgres import PASSING, Duty, Pool, crossing

log = structlog.get_logger()

BATCH: Final = 100  # in flight at once; more is not faster
WAITING: Final = 10_000  # entries in memory; what is beyond goes by the relay


class Outgoing:
    """The way out of this process for announced messages."""

    def __init__(self, pool: Pool, publisher: Publisher) -> None:
        self._pool = pool
        self._publisher = publisher
        self._waiting: asyncio.Queue[Posted] = asyncio.Queue(WAITING)

    def send(self, announced: Sequence[Posted]) -> None:
        """Take over what a commit made true. Never waits and never fails."""
        for message in announced:
            with suppress(asyncio.QueueFull):
                self._waiting.put_nowait(message)

    async def run(self) -> None:
        """Publish and forget until cancelled."""
        while True:
            batch = [await self._waiting.get()]
            while len(batch) < BATCH and not self._waiting.empty():
                batch.append(self._waiting.get_nowait())
            await self._publish(batch)

    async def drain(self) -> None:
        """Publish what is left; what cannot be is left to the relay."""
        batch = []
        while not self._waiting.empty():
            batch.append(self._waiting.get_nowait())
        if batch:
            await self._publish(batch)

    async def _publish(self, batch: list[Posted]) -> None:
        try:
            sent = await self._publisher.post_all(batch)
            if sent:
                async with crossing(self._pool, Duty.RELAY) as relay:
                    await outbox.forget(relay, sent)
        except PASSING as error:
            log.warning("outbox.left_to_relay", entries=len(batch), error=type(error).__name__)


@asynccontextmanager
async def running(pool: Pool, publisher: Publisher) -> AsyncIterator[Outgoing]:
    """An Outgoing that publishes in the background, and empties itself at the end."""
    outgoing = Outgoing(pool, publisher)
    task = asyncio.create_task(outgoing.run())
    try:
        yield outgoing
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        await outgoing.drain()
