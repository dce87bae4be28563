"""A world on a Friday evening, after the day's rates came out, with a tenant of four currencies."""

from collections.abc import AsyncIterator

import asyncpg
import pytest

from storage.postgres import Pool
from tests.workers.clocked import Clock, add_number, add_tenant, clocked_world, process, utc
from tests.world import World
from workers.context import Context


@pytest.fixture
def clock() -> Clock:
    return Clock(utc("2026-11-20T17:00"))


@pytest.fixture
async def world(clock: Clock, owner: asyncpg.Connection) -> AsyncIterator[World]:
    for number, currency in enumerate(("EUR", "USD", "CHF", "JPY"), start=1):
        tenant = f"salon-{currency.lower()}"
        await add_tenant(owner, tenant, currency=currency)
        await add_number(
            owner, tenant, f"+4930123456{number:02}", per_minute="0.0085", currency="EUR"
        )
    async with clocked_world(clock) as world:
        yield world


@pytest.fixture
async def context(world: World, pool: Pool, clock: Clock) -> AsyncIterator[Context]:
    async with process(world, pool, clock) as context:
        yield context
