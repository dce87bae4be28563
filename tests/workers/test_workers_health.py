import asyncio
from typing import Any

import httpx
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from redis.asyncio import Redis

from messages.publisher import Publisher
from ops.pages import HEALTH, add_pages
from storage.redis import open_redis
from tests.world import World
from workers.clients.errors import ProviderUnanswered
from workers.context import Context
from workers.health import health_of


async def told(
    context: Context, publisher: Publisher, redis: Redis, *, consuming: bool = True
) -> dict[str, Any]:
    begun = asyncio.Event()
    if consuming:
        begun.set()
    app = web.Application()
    app[HEALTH] = health_of(context, publisher, redis, begun)
    add_pages(app)
    async with TestServer(app) as server, httpx.AsyncClient() as http:
        answer = await http.get(str(server.make_url("/health/detailed")))
        said: dict[str, Any] = answer.json()
        return said


async def test_workers_that_consume_are_ok(
    context: Context, publisher: Publisher, redis_url: str
) -> None:
    async with open_redis(redis_url) as redis:
        said = await told(context, publisher, redis)

    assert said["status"] == "ok"
    assert set(said["dependencies"]) == {"rabbitmq", "postgres", "redis", "consumers"}


async def test_workers_that_do_not_consume_yet_are_not_ready(
    context: Context, publisher: Publisher, redis_url: str
) -> None:
    async with open_redis(redis_url) as redis:
        assert (await told(context, publisher, redis, consuming=False))["status"] == "down"


async def test_workers_go_on_without_redis(context: Context, publisher: Publisher) -> None:
    async with open_redis("redis://127.0.0.1:1/") as redis:
        said = await told(context, publisher, redis)

    assert said["status"] == "degraded"
    assert said["dependencies"]["redis"]["error"] == "ConnectionError"


async def test_an_open_breaker_is_told(
    context: Context, publisher: Publisher, redis_url: str, world: World
) -> None:
    world.twilio.faults.plan(status=500, times=3)
    for _ in range(3):
        with pytest.raises(ProviderUnanswered):
            await context.twilio.send(sender="Salon", to="+4915112345678", body="text")

    async with open_redis(redis_url) as redis:
        said = await told(context, publisher, redis)

    [breaker] = said["breakers"]
    assert said["status"] == "degraded"
    assert (breaker["provider"], breaker["state"]) == ("twilio", "open")
