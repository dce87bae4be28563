"""The ingress put together: settings, connections, routes, and a server that stops gracefully."""

import asyncio
import logging
import signal
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, nullcontext, suppress
from dataclasses import dataclass
from time import perf_counter
from typing import Final

import structlog
import uvloop
from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.typedefs import Handler

from ingress.body import LIMIT
from ingress.endpoint import Endpoint
from ingress.facts import Facts
from ingress.greeting import Greetings
from ingress.keeping import Accepts, Keeper
from ingress.live_secrets import LiveSecrets
from ingress.settings import Settings
from messages.publisher import open_publisher
from ops import logs
from ops.dependencies import rabbitmq, spool_of
from ops.health import Health
from ops.pages import HEALTH, add_pages
from ops.settings import read, refuse
from storage.postgres import open_pool

# Longer than proxies keep a connection, or their next POST meets its end.
IDLE_SECONDS: Final = 75.0
LINGER_SECONDS: Final = 1.0  # for a refused sender to read our answer before the connection ends
STOP_SECONDS: Final = 20.0  # longer than the slowest request that we would still accept
BACKLOG: Final = 1024

ENDPOINT: Final = web.AppKey("endpoint", Endpoint)

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How long a body may take, and how long the database's answers are remembered, in seconds."""

    read_seconds: float = 10.0
    remembered_seconds: float = 30.0


DEFAULT: Final = Limits()


def build(
    settings: Settings, *, publisher: Accepts | None = None, limits: Limits = DEFAULT
) -> web.Application:
    """The application. Without a `publisher` it publishes to RabbitMQ, on a connection of its own.

    It starts although RabbitMQ and PostgreSQL are away.
    """
    publishing: AbstractAsyncContextManager[Accepts] = (
        open_publisher(settings.rabbitmq_url) if publisher is None else nullcontext(publisher)
    )

    async def connections(app: web.Application) -> AsyncIterator[None]:
        async with open_pool(settings.postgres_url) as pool, publishing as accepting:
            endpoint = Endpoint(
                Keeper(accepting, pool),
                LiveSecrets(settings, pool, seconds=limits.remembered_seconds),
                Greetings(pool, seconds=limits.remembered_seconds),
                read_seconds=limits.read_seconds,
            )
            app[ENDPOINT] = endpoint
            app[HEALTH] = Health([rabbitmq(accepting.knock), spool_of(pool)], enough=any)
            async with app[HEALTH].watched():
                yield

    app = web.Application(client_max_size=LIMIT, middlewares=[_nothing_here])
    app.cleanup_ctx.append(connections)
    app.router.add_route("*", "/webhooks/{provider}", _receive)
    app.router.add_route("*", "/webhooks/{provider}/{tenant}", _receive)
    add_pages(app)
    return app


def runner_of(app: web.Application, *, idle_seconds: float = IDLE_SECONDS) -> web.AppRunner:
    """The server of the application.

    A head that does not end is cut off like a connection that idles. Bodies are not unpacked:
    signatures are over the bytes as they were sent.
    """
    return web.AppRunner(
        app,
        access_log=None,
        keepalive_timeout=idle_seconds,
        lingering_time=LINGER_SECONDS,
        shutdown_timeout=LINGER_SECONDS,
        auto_decompress=False,
    )


async def serve(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT; then accept no more, finish what is in hand, and return."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    app = build(settings)
    runner = runner_of(app)
    await runner.setup()
    site = web.TCPSite(runner, settings.host, settings.port, backlog=BACKLOG)
    try:
        await site.start()
        log.info("ingress.started", host=settings.host, port=settings.port)
        await stop.wait()
        log.info("ingress.stopping")
        # Cleaning up reads no more from anyone: bodies that are on their way come first.
        await site.stop()
        with suppress(TimeoutError):
            await asyncio.wait_for(app[ENDPOINT].settle(), STOP_SECONDS)
    finally:
        await runner.cleanup()
    log.info("ingress.stopped")


def main() -> None:
    """Run the process."""
    settings = read(Settings)
    logs.configure("ingress")
    logging.getLogger("aiohttp.server").addFilter(_is_about_us)
    try:
        uvloop.run(serve(settings))
    except OSError as error:
        refuse(f"cannot listen on {settings.host}:{settings.port}: {error.strerror or error}")


async def _receive(request: web.Request) -> web.Response:
    return await request.app[ENDPOINT].receive(request)


@web.middleware
async def _nothing_here(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Note what was asked of an address we do not have, or by a method we do not hear."""
    began = perf_counter()
    try:
        return await handler(request)
    except web.HTTPException as refusal:
        reason = "method" if refusal.status == web.HTTPMethodNotAllowed.status_code else "not_found"
        facts = Facts(request.method, reason=reason)
        facts.record(status=refusal.status, seconds=perf_counter() - began)
        raise


def _is_about_us(record: logging.LogRecord) -> bool:
    """The server tells with a stack, and with their bytes, what strangers send that is no HTTP."""
    return not (record.exc_info and isinstance(record.exc_info[1], HttpProcessingError))
