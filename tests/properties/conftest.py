"""A Ringbook of its own for histories to happen to."""

import asyncio
from collections.abc import Iterator
from contextlib import AsyncExitStack

import asyncpg
import pytest

from messages.publisher import Publisher
from storage.postgres import open_pool
from tests.journeys.conftest import system
from tests.properties.ringbook import Ringbook
from tests.world import context_of, describe_tenants, monday, simulated

__all__ = ["ringbook", "system"]


@pytest.fixture
def ringbook(database: str, redis_url: str) -> Iterator[Ringbook]:
    """What is announced stays in the outbox: RabbitMQ is away."""
    loop = asyncio.new_event_loop()
    stack = AsyncExitStack()

    async def opened() -> Ringbook:
        enter = stack.enter_async_context
        world = await enter(simulated(await describe_tenants(database)))
        world.calcom.now = world.ecb.now = monday
        pool = await enter(open_pool(database))
        nobody = Publisher("amqp://127.0.0.1:1/")
        context = await enter(context_of(world, pool, nobody, redis_url, monday()))
        owner = await asyncpg.connect(database)
        stack.push_async_callback(owner.close)
        return Ringbook(loop, world, context, owner)

    yield loop.run_until_complete(opened())
    loop.run_until_complete(stack.aclose())
    loop.close()
