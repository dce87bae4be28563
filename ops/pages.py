"""The pages of a process that answers no provider: its metrics and its health."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

from messages.publisher import Publisher
from ops import health, metrics
from storage.postgres import Pool, is_there


@asynccontextmanager
async def served(host: str, port: int, pool: Pool, publisher: Publisher) -> AsyncIterator[None]:
    """`/metrics`, `/health/live` and `/health/ready`: ready while both servers can be reached."""

    async def rabbitmq() -> bool:
        return publisher.connected

    async def postgres() -> bool:
        return await is_there(pool)

    app = web.Application()
    app.router.add_get("/metrics", metrics.page)
    app.router.add_get("/health/live", health.live)
    app.router.add_get("/health/ready", health.ready({"rabbitmq": rabbitmq, "postgres": postgres}))
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, host, port).start()
    try:
        yield
    finally:
        await runner.cleanup()
