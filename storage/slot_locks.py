"""Locks on slots in Redis, so that two workers do not even ask a calendar for the same time.

They save questions and never decide: the exclusion constraint of `appointments` does. A time
range is locked as the quarter-hours it touches, all or none; the hash tag keeps the keys of one
resource on one node of a cluster.
"""

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from typing import Final

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from messages.slots import Slot

LEASE: Final = timedelta(seconds=60)  # longer than a calendar is given to answer
PATIENCE: Final = 3.0  # seconds; who waits longer goes on without, and PostgreSQL decides
_LOOK: Final = 0.05
_CELL: Final = 15 * 60

_TAKE: Final = """
    for _, key in ipairs(KEYS) do
        if redis.call('EXISTS', key) == 1 then return 0 end
    end
    for _, key in ipairs(KEYS) do redis.call('SET', key, ARGV[1], 'PX', ARGV[2]) end
    return 1
    """
_GIVE_BACK: Final = """
    for _, key in ipairs(KEYS) do
        if redis.call('GET', key) == ARGV[1] then redis.call('DEL', key) end
    end
    """

log = structlog.get_logger()


class SlotLocks:
    """Who asks a calendar for which time of which resource."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._take = redis.register_script(_TAKE)
        self._give_back = redis.register_script(_GIVE_BACK)

    @asynccontextmanager
    async def held(self, tenant: str, resource: str, slot: Slot) -> AsyncIterator[bool]:
        """Hold the lock inside; False if one must go on without it."""
        keys = _keys(tenant, resource, slot)
        token = secrets.token_hex(8)
        held = await self._taken(keys, token)
        try:
            yield held
        finally:
            if held:
                with suppress(RedisError, OSError, TimeoutError):  # its lease ends by itself
                    await self._give_back(keys=keys, args=[token])

    async def _taken(self, keys: list[str], token: str) -> bool:
        milliseconds = int(LEASE.total_seconds() * 1000)
        try:
            async with asyncio.timeout(PATIENCE):
                while not await self._take(  # noqa: ASYNC110 -- the event is Redis's
                    keys=keys, args=[token, milliseconds]
                ):
                    await asyncio.sleep(_LOOK)
        except (RedisError, OSError, TimeoutError) as error:
            log.warning("slot_locks.went_without", error=type(error).__name__)
            return False
        return True


def _keys(tenant: str, resource: str, slot: Slot) -> list[str]:
    first = int(slot.start.timestamp()) // _CELL
    last = (int(slot.end.timestamp()) - 1) // _CELL
    return [f"slot:{{{tenant}:{resource}}}:{cell}" for cell in range(first, last + 1)]
