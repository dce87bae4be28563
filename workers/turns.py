"""Live work goes first: a bulk message begins while nothing live is under way in this process.

Who only waits for a provider is in nobody's way, so such handlers are not counted. However much
is live, a bulk message waits no longer than PATIENCE: it is slow then, but it never stands still,
and no message is kept in hand for long.
"""

import asyncio
import random
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from messages.lanes import Lane
from messages.topology import MESSAGES, Work

# Bulk messages at once. Each may be in hand when something live arrives, and delays it; in a lull
# nothing does, and more of them at once use the time in which one waits for PostgreSQL.
BESIDE_LIVE: Final = 1
IN_A_LULL: Final = 4
LULL: Final = 5.0  # seconds without anything live
PATIENCE: Final = 2.0  # seconds at most; by chance, so that those in hand do not go together


class Turns:
    """Whose turn it is in this process."""

    def __init__(self) -> None:
        self._live = 0
        self._bulk = 0
        self._live_at = float("-inf")
        self._waiting: deque[asyncio.Future[None]] = deque()

    @asynccontextmanager
    async def taken(self, work: Work, lane: Lane) -> AsyncIterator[None]:
        """Wait for the turn of a message, and have it inside."""
        if work.exchange == MESSAGES and work.provider:
            yield
        elif lane is Lane.LIVE:
            self._live += 1
            try:
                yield
            finally:
                self._live -= 1
                self._live_at = _now()
                self._give()
        else:
            async with self._bulk_taken():
                yield

    @asynccontextmanager
    async def _bulk_taken(self) -> AsyncIterator[None]:
        """One that has lost its patience goes without a turn; if it comes meanwhile, it is used."""
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        self._give()
        try:
            await asyncio.wait({turn}, timeout=random.uniform(0.5, 1) * PATIENCE)  # noqa: S311
            yield
        finally:
            if turn.done():
                self._bulk -= 1
            turn.cancel()
            self._give()

    def _give(self) -> None:
        """Give turns to those that wait, in the order they came; who has gone is passed over."""
        at_once = IN_A_LULL if _now() - self._live_at >= LULL else BESIDE_LIVE
        while self._waiting and not self._live and self._bulk < at_once:
            turn = self._waiting.popleft()
            if not turn.done():
                self._bulk += 1
                turn.set_result(None)


def _now() -> float:
    return asyncio.get_running_loop().time()
