"""The pages that every process has: its metrics and its health."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from aiohttp import web

from ops import health, metrics
from ops.health import Health

HEALTH: Final = web.AppKey("health", Health)


def add_pages(app: web.Application) -> None:
    """`/metrics` and `/health/...`; whoever builds the application sets its `HEALTH`."""
    app.router.add_get("/metrics", metrics.page)
    app.router.add_get("/health/live", health.live)
    app.router.add_get("/health/ready", _ready)
    app.router.add_get("/health/detailed", _detailed)


@asynccontextmanager
async def served(host: str, port: int, told: Health) -> AsyncIterator[None]:
    """The pages of a process that answers no provider."""
    app = web.Application()
    app[HEALTH] = told
    add_pages(app)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, host, port).start()
    try:
        async with told.watched():
            yield
    finally:
        await runner.cleanup()


async def _ready(request: web.Request) -> web.Response:
    return await request.app[HEALTH].ready(request)


async def _detailed(request: web.Request) -> web.Response:
    return await request.app[HEALTH].detailed(request)
