"""A world with one salon, and the context of a process that writes its messages."""

from collections.abc import AsyncIterator

import asyncpg
import pytest

from storage.postgres import Pool
from tests.workers.clocked import Clock, add_tenant, clocked_world, process, utc
from tests.world import World
from workers.context import Context


@pytest.fixture
def clock() -> Clock:
    return Clock(utc("2026-11-20T17:00"))


@pytest.fixture
async def world(clock: Clock, owner: asyncpg.Connection) -> AsyncIterator[World]:
    await add_tenant(owner, "salon")
    async with clocked_world(clock) as world:
        yield world


@pytest.fixture
async def context(world: World, pool: Pool, clock: Clock) -> AsyncIterator[Context]:
    async with process(world, pool, clock) as context:
        yield context
