"""The workers: everything that handlers need, built here and nowhere else."""

import asyncio
import signal
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, Final

import httpx
import structlog
import uvloop
from redis.asyncio import Redis

from messages.publisher import Publisher, open_publisher
from ops import logs
from ops.pages import served
from ops.settings import read, refuse
from storage.postgres import Pool, open_pool
from storage.redis import open_redis
from storage.secrets import KeyRing
from storage.slot_locks import SlotLocks
from workers import outgoing
from workers.admission import Admission
from workers.bookings import actor as bookings
from workers.calls import actor as calls
from workers.clients.calcom import Calcom
from workers.clients.ecb import Ecb
from workers.clients.sendgrid import SendGrid
from workers.clients.twilio import Twilio
from workers.consumers import broker_of, consuming
from workers.context import Context
from workers.costs import actor as costs
from workers.delivery import Handler
from workers.health import health_of
from workers.notifications import actor as notifications
from workers.settings import Settings
from workers.transcripts import actor as transcripts

ACTORS: Final[dict[str, tuple[Handler[Any], ...]]] = {
    "calls": calls.HANDLERS,
    "transcripts": transcripts.HANDLERS,
    "bookings": bookings.HANDLERS,
    "costs": costs.HANDLERS,
    "notifications": notifications.HANDLERS,
}

log = structlog.get_logger()


def main(names: Sequence[str]) -> None:
    """Work as the named actors, or as all, until told to stop."""
    if unknown := set(names) - set(ACTORS):
        refuse(f"no such actor: {', '.join(sorted(unknown))}; there are {', '.join(ACTORS)}")
    settings = read(Settings)
    logs.configure("workers")
    uvloop.run(_until_stopped(settings, names or list(ACTORS)))


async def _until_stopped(settings: Settings, names: Sequence[str]) -> None:
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    async with working(settings, names):
        log.info("workers.started", actors=list(names))
        await stopped.wait()
    log.info("workers.stopped")


@asynccontextmanager
async def working(settings: Settings, names: Sequence[str] = tuple(ACTORS)) -> AsyncIterator[None]:
    """Everything runs inside; what is in hand is finished at the end."""
    async with AsyncExitStack() as stack:
        pool = await stack.enter_async_context(
            open_pool(settings.postgres_url, size=settings.postgres_connections)
        )
        url = settings.rabbitmq_url
        publisher = await stack.enter_async_context(open_publisher(url))
        redis = await stack.enter_async_context(open_redis(str(settings.redis_url)))
        context = await stack.enter_async_context(_context(settings, pool, publisher, redis))
        consumers = asyncio.Event()
        health = health_of(context, publisher, redis, consumers)
        await stack.enter_async_context(
            served(settings.workers_host, settings.workers_port, health)
        )
        handlers = [handler for name in names for handler in ACTORS[name]]
        await publisher.ready()
        admission = Admission(pool, publisher)
        await stack.enter_async_context(admission.informed())
        broker = broker_of(url, handlers, context, publisher, admission)
        await stack.enter_async_context(consuming(broker))
        consumers.set()
        yield


@asynccontextmanager
async def _context(
    settings: Settings, pool: Pool, publisher: Publisher, redis: Redis
) -> AsyncIterator[Context]:
    """What handlers may use."""
    async with outgoing.running(pool, publisher) as out, httpx.AsyncClient() as http:
        yield Context(
            pool=pool,
            outgoing=out,
            keys=KeyRing.parse(settings.master_keys.get_secret_value()),
            locks=SlotLocks(redis),
            calcom=Calcom(http, url=str(settings.calcom_url)),
            twilio=Twilio(
                http,
                url=str(settings.twilio_url),
                account_sid=settings.twilio_account_sid,
                auth_token=settings.twilio_auth_token.get_secret_value(),
            ),
            sendgrid=SendGrid(
                http,
                url=str(settings.sendgrid_url),
                api_key=settings.sendgrid_api_key.get_secret_value(),
                sender=settings.email_sender,
            ),
            ecb=Ecb(http, url=str(settings.ecb_url)),
            operator_email=settings.operator_email,
        )
