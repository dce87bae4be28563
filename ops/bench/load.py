"""The load: requests that are ready to be sent, over connections that are kept.

It costs as little as Python can, because it runs on the machine that it measures: nothing of an
answer is read but its status and its length.
"""

import asyncio
import re
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final, cast
from urllib.parse import urlsplit

from ops.refused import Refused

PATIENCE: Final = 30.0  # seconds for an answer

_LENGTH: Final = re.compile(rb"\r\ncontent-length: *([0-9]+)", re.IGNORECASE)
_END_OF_HEAD: Final = b"\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Answered:
    """When a request was begun, in seconds since 1970, and how long its answer took."""

    began: float
    seconds: float


class Connection(asyncio.Protocol):
    """One connection of HTTP/1.1, one request at a time."""

    def __init__(self) -> None:
        self._received = b""
        self._transport: asyncio.Transport | None = None
        self._answer: asyncio.Future[int] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """It is open."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is none by class

    def data_received(self, data: bytes) -> None:
        """A part of the answer, mostly the whole."""
        self._received += data
        head, end, body = self._received.partition(_END_OF_HEAD)
        length = _LENGTH.search(head)
        if end and len(body) >= (int(length[1]) if length else 0):
            self._received = b""
            if self._answer and not self._answer.done():
                self._answer.set_result(int(head[9:12]))

    def connection_lost(self, exc: Exception | None) -> None:
        """The other side has gone, or we have."""
        self._transport = None
        if self._answer and not self._answer.done():
            self._answer.set_exception(exc or ConnectionResetError("the connection was closed"))

    async def ask(self, request: bytes) -> Answered:
        """Send a request and wait until it is answered; raises Refused unless with a 2xx."""
        if self._transport is None:
            raise ConnectionResetError("there is no connection")
        self._answer = asyncio.get_running_loop().create_future()
        began, at = time.time(), time.perf_counter()
        self._transport.write(request)
        try:
            async with asyncio.timeout(PATIENCE):
                status = await self._answer
        except TimeoutError:
            raise Refused(f"a webhook of the bench was not answered in {PATIENCE:.0f} s") from None
        if status // 100 != 2:  # noqa: PLR2004 -- HTTP's own border
            raise Refused(f"a webhook of the bench was answered with {status}")
        return Answered(began, time.perf_counter() - at)

    def close(self) -> None:
        """End it."""
        if self._transport:
            self._transport.close()


@asynccontextmanager
async def connections(url: str, count: int) -> AsyncIterator[list[Connection]]:
    """So many connections to the host of the URL."""
    place, loop = urlsplit(url), asyncio.get_running_loop()
    host, port = place.hostname or "127.0.0.1", place.port or 80
    opened = []
    try:
        for _ in range(count):
            _, one = await loop.create_connection(Connection, host, port)
            opened.append(one)
        yield opened
    finally:
        for one in opened:
            one.close()


async def post_all(through: Sequence[Connection], requests: Sequence[bytes]) -> list[Answered]:
    """Post as fast as answers come; each connection sends its next when it has its answer."""
    waiting = iter(enumerate(requests))
    answers: dict[int, Answered] = {}

    async def post(connection: Connection) -> None:
        for number, request in waiting:
            answers[number] = await connection.ask(request)

    async with first_failure(), asyncio.TaskGroup() as group:
        for connection in through:
            group.create_task(post(connection))
    return [answers[number] for number in range(len(requests))]


async def post_steadily(
    through: Sequence[Connection], requests: Sequence[bytes], *, per_second: float
) -> list[Answered]:
    """Post one after the other at equal distances, whether the last is answered or not."""
    free: asyncio.Queue[Connection] = asyncio.Queue()
    for connection in through:
        free.put_nowait(connection)

    async def post(request: bytes) -> Answered:
        connection = await free.get()
        answered = await connection.ask(request)
        free.put_nowait(connection)
        return answered

    async with first_failure(), asyncio.TaskGroup() as group:
        tasks, begun = [], time.perf_counter()
        for number, request in enumerate(requests):
            await asyncio.sleep(begun + number / per_second - time.perf_counter())
            tasks.append(group.create_task(post(request)))
    return [task.result() for task in tasks]


@asynccontextmanager
async def first_failure() -> AsyncIterator[None]:
    """Of all that fail, the first says why: it cancelled the others."""
    try:
        yield
    except ExceptionGroup as failures:
        raise failures.exceptions[0] from None
