"""What a test of an actor may ask for: the world it talks to, and the context it gets."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from messages.publisher import Publisher
from ops.tenants.file import TenantsFile
from storage.postgres import Pool
from tests.world import World, context_of, describe_tenants, monday, simulated
from workers.context import Context
from workers.outgoing import Outgoing


@pytest.fixture
async def tenants_file(database: str) -> TenantsFile:
    return await describe_tenants(database)


@pytest.fixture
async def world(tenants_file: TenantsFile) -> AsyncIterator[World]:
    async with simulated(tenants_file) as world:
        yield world


@pytest.fixture
async def context(
    world: World, pool: Pool, publisher: Publisher, redis_url: str
) -> AsyncIterator[Context]:
    async with context_of(world, pool, publisher, redis_url, monday()) as context:
        yield context


@pytest.fixture
async def quiet(context: Context, pool: Pool) -> Context:
    """A context whose announcements stay in the outbox, to be looked at."""
    silent = Outgoing(pool, Publisher("amqp://127.0.0.1:1/"))
    return replace(context, outgoing=silent)
