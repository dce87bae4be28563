"""How verification looks: one state of the world for each check, for as short as it takes."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from storage.postgres import Crossing, Duty, Pool, crossing

PATIENCE: Final = 900  # seconds for one statement; on millions of rows one takes some seconds

# It runs beside live traffic: enough memory to sort and to join at once, and one processor.
_GENTLY: Final = """
    SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY;
    SET LOCAL work_mem = '64MB';
    SET LOCAL max_parallel_workers_per_gather = 0;
    SET LOCAL jit = off
    """


@asynccontextmanager
async def snapshot(pool: Pool) -> AsyncIterator[Crossing]:
    """Read what is true at one moment, across tenants."""
    async with crossing(pool, Duty.VERIFIER) as verifier:
        await verifier.execute(_GENTLY)
        yield verifier


async def is_tenant(verifier: Crossing, tenant: str) -> bool:
    """Whether there is such a tenant."""
    return bool(await verifier.value("SELECT true FROM tenants WHERE tenant_id = $1", tenant))
