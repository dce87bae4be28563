"""The way into Redis, which holds only what may be lost: everything goes on without it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from redis.asyncio import Redis

TIMEOUT: Final = 0.5  # seconds; a Redis that stalls must not hold up what it only speeds up


@asynccontextmanager
async def open_redis(url: str) -> AsyncIterator[Redis]:
    """A client that connects when it is first used. Redis need not be there."""
    client: Redis = Redis.from_url(url, socket_timeout=TIMEOUT, socket_connect_timeout=TIMEOUT)
    try:
        yield client
    finally:
        await client.aclose()
