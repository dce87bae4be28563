"""How a test waits: for the fact, never for a time."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")


async def eventually(look: Callable[[], Awaitable[T | None]], *, within: float = 10) -> T:
    """Look again until there is something to see; fail if there is nothing after so long."""
    async with asyncio.timeout(within):
        while not (seen := await look()):  # noqa: ASYNC110 -- the event is another process's
            await asyncio.sleep(0.02)
        return seen
