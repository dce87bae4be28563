"""PostgreSQL and Redis die, hang, refuse, forget."""

import asyncio
from contextlib import AsyncExitStack, suppress
from random import Random
from typing import Final

import asyncpg
from redis.asyncio import Redis

from tests.faults.injuries.fault import Fault
from tests.faults.system import System

PLACES: Final = 197  # connections of 200; three are kept for superusers


async def killed(system: System, chance: Random) -> None:
    """SIGKILL PostgreSQL, and start it again."""
    await system.stack.postgres.kill()
    await asyncio.sleep(chance.uniform(0, 3))
    await system.stack.postgres.start()


async def terminated(system: System, _chance: Random) -> None:
    """Every connection is terminated by an administrator."""
    async with system.database() as db:
        await db.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'"
        )


async def full(system: System, chance: Random) -> None:
    """Others take every connection there is; ours are ended first."""
    async with AsyncExitStack() as stack:
        await terminated(system, chance)
        for _ in range(PLACES):
            with suppress(asyncpg.TooManyConnectionsError):
                await stack.enter_async_context(system.database())
        await asyncio.sleep(chance.uniform(1, 3))


async def hanging(system: System, chance: Random) -> None:
    """A transaction takes a table that everybody writes, and does nothing."""
    async with system.database() as db, db.transaction():
        table = chance.choice(["inbox", "calls", "webhook_events", "appointments"])
        await db.execute(f"LOCK TABLE {table} IN EXCLUSIVE MODE")
        await asyncio.sleep(chance.uniform(6, 8))  # longer than anybody waits for a lock


async def redis_killed(system: System, chance: Random) -> None:
    """SIGKILL Redis, and start it with nothing in it."""
    await system.stack.redis.kill()
    await asyncio.sleep(chance.uniform(0, 3))
    await system.stack.redis.start()
    await _redis(system, "FLUSHALL")


async def redis_stalled(system: System, _chance: Random) -> None:
    """Redis answers nobody for two seconds."""
    await _redis(system, "CLIENT", "PAUSE", "2000", "ALL")
    await asyncio.sleep(2)


async def _redis(system: System, *command: str) -> None:
    async with Redis.from_url(system.stack.redis.url) as redis:
        await redis.execute_command(*command)  # type: ignore[no-untyped-call]


FAULTS: Final = (
    Fault("PostgreSQL: SIGKILL and restart", killed, often=4),
    Fault("PostgreSQL: all connections terminated", terminated, often=2, brief=False),
    Fault("PostgreSQL: out of connections", full, often=2, brief=False),
    Fault("PostgreSQL: a transaction hangs", hanging, often=2, brief=False),
    Fault("Redis: SIGKILL, comes back empty", redis_killed, often=2),
    Fault("Redis: stalls for 2 s", redis_stalled, often=2, brief=False),
)
