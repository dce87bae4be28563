"""Live work goes first: a bulk message begins while nothing live is under way in this process.

Who only waits for a provider is in nobody's way, so such handlers are not counted. However much
is live, a bulk message waits no longer than PATIENCE: it is slow then, but it never stands still.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Final

from messages.lanes import Lane
from messages.topology import MESSAGES, Work

AT_ONCE: Final = 2  # bulk messages; each may be in hand when something live arrives
PATIENCE: Final = 2.0  # seconds


class Turns:
    """Whose turn it is in this process."""

    def __init__(self) -> None:
        self._live = 0
        self._idle = asyncio.Event()
        self._idle.set()
        self._bulk = asyncio.Semaphore(AT_ONCE)

    @asynccontextmanager
    async def taken(self, work: Work, lane: Lane) -> AsyncIterator[None]:
        """Wait for the turn of a message, and have it inside."""
        if work.exchange == MESSAGES and work.provider:
            yield
        elif lane is Lane.LIVE:
            self._live += 1
            self._idle.clear()
            try:
                yield
            finally:
                self._live -= 1
                if not self._live:
                    self._idle.set()
        else:
            async with self._bulk:
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._idle.wait(), PATIENCE)
                yield
