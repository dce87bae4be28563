"""What any test may ask for: servers of its own, a database and queues nobody has written to."""

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import aio_pika
import asyncpg
import pytest
from hypothesis import settings

from messages import topology
from messages.publisher import Publisher, open_publisher
from ops.stack.stack import Stack, Urls
from storage.migrate import migrate
from storage.postgres import Pool, open_pool
from tests.seeds import CHOSEN

settings.register_profile("repeatable", derandomize=CHOSEN is None, deadline=None)
settings.load_profile("repeatable")


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    """Private servers of this test run; those that were running already are never touched.

    Their directory is open to be passed through: as root, PostgreSQL has another account.
    """
    with TemporaryDirectory(prefix="ringbook-tests-", ignore_cleanup_errors=True) as directory:
        Path(directory).chmod(0o711)
        stack = Stack(Path(directory), environment={"PATH": os.environ["PATH"]}, durable=False)
        asyncio.run(stack.start())
        yield stack
        asyncio.run(stack.stop())


@pytest.fixture(scope="session")
def urls(stack: Stack) -> Urls:
    return Urls(stack.postgres.url, stack.rabbitmq.url, stack.redis.url)


@pytest.fixture(scope="session")
def template(urls: Urls) -> str:
    """An empty database with every migration run, to be copied for each test."""
    name = f"template_{uuid4().hex}"
    asyncio.run(_execute(urls.postgres, f"CREATE DATABASE {name}"))
    asyncio.run(migrate(_database(urls.postgres, name)))
    return name


@pytest.fixture
async def database(urls: Urls, template: str) -> AsyncIterator[str]:
    """The URL of a real PostgreSQL that nobody has written to; it logs in as the owner."""
    name = f"test_{uuid4().hex}"
    await _execute(urls.postgres, f"CREATE DATABASE {name} TEMPLATE {template}")
    yield _database(urls.postgres, name)
    await _execute(urls.postgres, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
async def pool(database: str) -> AsyncIterator[Pool]:
    """The way into that database, as every process has it."""
    async with open_pool(database) as pool:
        yield pool


@pytest.fixture
async def owner(database: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection that sees every row, for looking at what became true."""
    connection = await asyncpg.connect(database)
    yield connection
    await connection.close()


@pytest.fixture
async def rabbitmq_url(urls: Urls) -> str:
    """A real RabbitMQ with all queues of ours, and nothing in them."""
    connection = await aio_pika.connect(urls.rabbitmq)
    async with connection:
        channel = await connection.channel()
        await topology.declare(connection)
        for name in topology.EVERY_QUEUE:
            queue = await channel.declare_queue(name, passive=True)
            if queue.declaration_result.message_count:  # to purge a quorum queue is a write
                await queue.purge()
    return urls.rabbitmq


@pytest.fixture
async def publisher(rabbitmq_url: str) -> AsyncIterator[Publisher]:
    """A connected publisher."""
    async with open_publisher(rabbitmq_url) as publisher:
        await publisher.ready()
        yield publisher


@pytest.fixture
async def redis_url(urls: Urls) -> str:
    """A real Redis; locks of other tests have other tenants or have ended."""
    return urls.redis


def _database(url: str, name: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


async def _execute(url: str, statement: str) -> None:
    connection = await asyncpg.connect(_database(url, "postgres"))
    try:
        await connection.execute(statement)
    finally:
        await connection.close()
