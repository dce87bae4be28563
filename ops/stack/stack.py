"""The whole stack: PostgreSQL, RabbitMQ and Redis, each given by its URL or started by us.

RINGBOOK_..._URL set     that server is asked once and used
programs found           a private server on a free loopback port, data in the directory
neither                  they are installed (`install.py`), or StackUnavailable says what to do

<directory>/lock  apt.log  postgres/  rabbitmq/  redis/    each with port, password, log
"""

import asyncio
import os
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ops.stack.find import Search
from ops.stack.install import advice, install
from ops.stack.lock import Lock
from ops.stack.postgres import Postgres
from ops.stack.process import end_left_behind
from ops.stack.rabbitmq import RabbitMQ
from ops.stack.redis import Redis
from ops.stack.server import Server
from ops.stack.unavailable import StackUnavailable

PATIENCE: Final = 5.0  # seconds for the answer of a server that was given by its URL


@dataclass(frozen=True)
class Urls:
    """Where the three servers are, with users and passwords."""

    postgres: str
    rabbitmq: str
    redis: str


def environment_of(urls: Urls) -> dict[str, str]:
    """The settings that lead a process of Ringbook to these servers."""
    return {
        Postgres.setting: urls.postgres,
        RabbitMQ.setting: urls.rabbitmq,
        Redis.setting: urls.redis,
    }


class Stack:
    """Three servers in one directory; tests may kill one and start it again.

    Start it from the main thread (`process.py` says why).
    """

    def __init__(
        self,
        directory: Path,
        *,
        environment: Mapping[str, str] = os.environ,
        say: Callable[[str], None] = print,
        durable: bool = True,
        management: bool = False,
        search: Search | None = None,
        may_install: bool = True,
    ) -> None:
        directory = directory.absolute()
        self._directory = directory
        self._environment = environment
        self._say = say
        self._may_install = may_install
        self._lock = Lock(directory)
        where = search or Search(environment.get("PATH", ""))
        self.postgres = Postgres(directory, where, say, durable=durable)
        self.rabbitmq = RabbitMQ(directory, where, say, management=management)
        self.redis = Redis(directory, where, say)

    async def start(self) -> Urls:
        """Start what was not given, all at once, or leave nothing running and say why not."""
        self._directory.mkdir(mode=0o711, parents=True, exist_ok=True)
        self._lock.take()
        try:
            return await self._start()
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        """Stop what we started; twice is as good as once."""
        await asyncio.gather(*(server.stop() for server in self._servers))
        self._lock.release()

    @property
    def _servers(self) -> tuple[Server, ...]:
        return self.postgres, self.rabbitmq, self.redis

    async def _start(self) -> Urls:
        ours = [server for server in self._servers if not self._given(server)]
        for server in self._servers:
            if url := self._given(server):
                await _check(server, url)
                self._say(f"{server.name}: {server.setting} is set and answers")
        await self._get_programs(ours)
        if ended := await end_left_behind(self._directory):
            self._say(f"ended {ended} processes that an earlier stack left behind")
        try:
            async with asyncio.TaskGroup() as group:
                for server in ours:
                    group.create_task(self._start_one(server))
        except ExceptionGroup as failures:
            raise failures.exceptions[0] from None  # the first to fail cancelled the others
        return Urls(*(self._given(server) or server.url for server in self._servers))

    def _given(self, server: Server) -> str | None:
        return self._environment.get(server.setting) or None

    async def _get_programs(self, ours: Sequence[Server]) -> None:
        missing = [server for server in ours if not server.found()]
        if missing and self._may_install:
            await install(missing, log=self._directory / "apt.log", say=self._say)
        elif missing:
            raise StackUnavailable(await advice(missing))

    async def _start_one(self, server: Server) -> None:
        began = time.monotonic()
        await server.start()
        self._say(f"{server.name}: ready after {time.monotonic() - began:.1f} s")


@asynccontextmanager
async def running(
    directory: Path,
    *,
    environment: Mapping[str, str] = os.environ,
    say: Callable[[str], None] = print,
    durable: bool = True,
) -> AsyncIterator[Urls]:
    """A stack for as long as the block runs."""
    stack = Stack(directory, environment=environment, say=say, durable=durable)
    urls = await stack.start()
    try:
        yield urls
    finally:
        await stack.stop()


async def _check(server: Server, url: str) -> None:
    try:
        async with asyncio.timeout(PATIENCE):
            await server.ask(url)
    except server.refusals as error:
        address = url.rpartition("@")[2] or url
        reason = str(error) or type(error).__name__
        raise StackUnavailable(
            f"{server.setting} is set, but no {server.name} answers at {address}: {reason}"
        ) from None
