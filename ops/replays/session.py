"""A replay's way to RabbitMQ: what is wrong with it is said in a line."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final
from urllib.parse import urlsplit

import aio_pika
import structlog
from aio_pika.abc import AbstractRobustConnection
from aiormq.exceptions import AMQPError

from messages.publisher import HEARTBEAT, RECONNECT, Publisher, open_publisher
from ops.refused import Refused
from ops.settings import DatabaseSettings, RabbitUrl

CONNECT: Final = 5.0  # seconds


class Settings(DatabaseSettings):
    """What a command needs that sends something."""

    rabbitmq_url: RabbitUrl


@asynccontextmanager
async def publishing(url: str) -> AsyncIterator[tuple[Publisher, AbstractRobustConnection]]:
    """A publisher that is connected, and another connection to look at queues; raises Refused."""
    _be_quiet()
    try:
        async with asyncio.timeout(CONNECT):
            connection = await aio_pika.connect_robust(
                url, heartbeat=HEARTBEAT, reconnect_interval=RECONNECT
            )
    except (AMQPError, OSError, TimeoutError) as error:
        raise _away(url, str(error) or type(error).__name__) from error
    async with connection, open_publisher(url) as publisher:
        try:
            async with asyncio.timeout(CONNECT):
                await publisher.ready()
        except TimeoutError as error:
            raise _away(url, "it takes no messages") from error
        yield publisher, connection


def _away(url: str, reason: str) -> Refused:
    """The line about a RabbitMQ that cannot be used; without its password."""
    place = urlsplit(url)
    address = f"{place.netloc.rpartition('@')[2]}{place.path}"
    return Refused(f"RabbitMQ at {address}: {' '.join(reason.split())}")


def _be_quiet() -> None:
    """A command speaks to a person: what a process would log does not come between."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    for name in ("aio_pika", "aiormq", "asyncio"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
