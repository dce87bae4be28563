"""The servers of a bench: real ones of its own, durable as in production, gone at its end."""

import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import aio_pika
import asyncpg

from ops.stack import account
from ops.stack.stack import Stack, Urls
from storage.migrate import migrate


@dataclass(frozen=True, slots=True)
class Servers:
    """Where they are, and their process ids by name."""

    directory: Path
    urls: Urls
    pids: dict[str, int]

    def postgres(self, database: str) -> str:
        """The URL of one database."""
        return urlunsplit(urlsplit(self.urls.postgres)._replace(path=f"/{database}"))

    @asynccontextmanager
    async def database(self, name: str, *, template: str) -> AsyncIterator[str]:
        """The URL of a database that is there for as long as the block runs."""
        await self.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        try:
            yield self.postgres(name)
        finally:
            await self.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    async def execute(self, statement: str) -> None:
        """Do something in the server, as its superuser."""
        connection = await asyncpg.connect(self.postgres("postgres"))
        try:
            await connection.execute(statement)
        finally:
            await connection.close()

    async def purge(self, *queues: str) -> None:
        """Empty these queues of RabbitMQ, as far as they exist."""
        async with await aio_pika.connect(self.urls.rabbitmq) as connection:
            for name in queues:
                with suppress(aio_pika.exceptions.ChannelNotFoundEntity):
                    channel = await connection.channel()
                    await (await channel.get_queue(name)).purge()


@asynccontextmanager
async def running(within: Path, say: Callable[[str], None]) -> AsyncIterator[Servers]:
    """PostgreSQL, RabbitMQ and Redis in a folder inside this one; its database is migrated.

    Given servers are not used: a bench fills, slows and restarts what it measures.
    """
    with _folder(within) as directory:
        stack = Stack(directory, environment={"PATH": os.environ.get("PATH", "")}, say=say)
        try:
            urls = await stack.start()
            await _keep_commit_times(stack)
            await migrate(urls.postgres)
            pids = {
                "postgres": stack.postgres.pid,
                "rabbitmq": stack.rabbitmq.pid,
                "redis": stack.redis.pid,
            }
            yield Servers(directory, urls, pids)
        finally:
            await stack.stop()


async def _keep_commit_times(stack: Stack) -> None:
    """When a row was committed is what we measure, and PostgreSQL knows it best."""
    connection = await asyncpg.connect(stack.postgres.url)
    try:
        await connection.execute("ALTER SYSTEM SET track_commit_timestamp = on")
    finally:
        await connection.close()
    await stack.postgres.stop()
    await stack.postgres.start()


@contextmanager
def _folder(within: Path) -> Iterator[Path]:
    """A folder that leaves nothing behind, and that PostgreSQL's account can pass through."""
    made = [each for each in (within, *within.parents) if not each.exists()]
    within.mkdir(parents=True, exist_ok=True)
    directory = Path(tempfile.mkdtemp(prefix="bench-", dir=within)).absolute()
    directory.chmod(0o711)
    try:
        yield directory
    finally:
        elsewhere = directory / "postgres" / account.POINTER
        if elsewhere.is_symlink():
            shutil.rmtree(elsewhere.resolve(), ignore_errors=True)
        shutil.rmtree(directory, ignore_errors=True)
        for each in made:
            with suppress(OSError):  # somebody has put something there meanwhile
                each.rmdir()
