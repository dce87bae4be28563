"""Ringbook's own processes as children: started, waited for, kept running, stopped.

A child dies with us, even if we are killed (`ops/stack/process.py` says how). Each writes to a log
of its own; whoever ends or is not ready in time is named in one line, with the end of that log.
"""

import asyncio
import signal
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeAlias, TypeVar

import aiohttp

from ops.stack.process import MARK, Child
from ops.stack.unavailable import StackUnavailable

ROOT: Final = Path(__file__).resolve().parents[1]
LOGS: Final = "processes"  # the folder of their logs
READY: Final = 30.0  # seconds until a process must be ready
PATIENCE: Final = 2.0  # seconds for one look at its health, which itself waits one for its servers
STOP: Final = 45.0  # seconds; workers finish what they have in hand
PAUSES: Final = (
    1.0,
    30.0,
)  # seconds before one that ended is started again: the first, the longest
STEADY: Final = 60.0  # seconds after which the next end counts as the first again

Answers: TypeAlias = Callable[[], Awaitable[bool]]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Program:
    """A program of ours that serves its health; the settings that say where it listens.

    `port_read_as` is the setting that the process itself reads, where two share their code.
    """

    name: str
    arguments: tuple[str, ...]
    host_setting: str
    port_setting: str
    port: int
    port_read_as: str | None = None

    def environment(self, given: Mapping[str, str]) -> dict[str, str]:
        """The settings as this process is to read them."""
        if self.port_read_as is None:
            return dict(given)
        return {**given, self.port_read_as: given.get(self.port_setting, str(self.port))}

    def address(self, environment: Mapping[str, str]) -> str:
        """Where it will be found on this machine."""
        host = environment.get(self.host_setting, "0.0.0.0")  # noqa: S104 -- what they listen on
        here = "127.0.0.1" if host == "0.0.0.0" else host  # noqa: S104 -- as above
        return f"http://{here}:{environment.get(self.port_setting, self.port)}"


INGRESS: Final = Program("ingress", ("-m", "ingress"), "RINGBOOK_HOST", "RINGBOOK_PORT", 8080)
WORKERS: Final = Program(
    "workers",
    ("-m", "workers", "calls", "bookings", "costs", "notifications"),
    "RINGBOOK_WORKERS_HOST",
    "RINGBOOK_WORKERS_PORT",
    8081,
)
# Reading a long conversation keeps a processor busy for half a second; nobody else waits for it.
TRANSCRIPTS: Final = Program(
    "transcripts",
    ("-m", "workers", "transcripts"),
    "RINGBOOK_WORKERS_HOST",
    "RINGBOOK_TRANSCRIPTS_PORT",
    8083,
    port_read_as="RINGBOOK_WORKERS_PORT",
)
DUTIES: Final = Program(
    "duties",
    ("-m", "ops", "duties"),
    "RINGBOOK_DUTIES_HOST",
    "RINGBOOK_DUTIES_PORT",
    8082,
)
PROGRAMS: Final = (WORKERS, TRANSCRIPTS, DUTIES, INGRESS)


class Process:
    """One program that runs as a child; it may be started again and again."""

    def __init__(
        self,
        name: str,
        arguments: Sequence[str],
        *,
        answers: Answers,
        directory: Path,
        environment: Mapping[str, str],
    ) -> None:
        self.name = name
        self.log = directory.absolute() / LOGS / f"{name}.log"
        self._arguments = arguments
        self._answers = answers
        self._environment = {
            **environment,
            MARK: str(directory.absolute()),
            "PYTHONPATH": str(ROOT),
            "PYTHONUNBUFFERED": "1",
        }
        self._child: Child | None = None

    async def start(self) -> None:
        """Start it and wait until it is ready; raises StackUnavailable, and none runs then."""
        self.log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._child = Child(
            self.name,
            [sys.executable, *self._arguments],
            log=self.log,
            environment=self._environment,
        )
        try:
            await self._child.ready(self._answers, within=READY)
        except BaseException:
            await self._child.kill()
            raise

    @property
    def pid(self) -> int:
        """Its process id; raises StackUnavailable if it does not run."""
        if self._child is None:
            raise StackUnavailable(f"{self.name} does not run")
        return self._child.pid

    async def stop(self) -> None:
        """Let it finish what it has in hand; twice is as good as once."""
        if self._child is not None:
            await self._child.stop(within=STOP)
            self._child = None

    async def ended(self) -> str:
        """Wait until it ends, and say how it did."""
        if self._child is None:
            return f"{self.name} does not run"
        try:
            await self._child.finished()
        except StackUnavailable as reason:
            return str(reason)
        return f"{self.name} ended by itself"


def process(program: Program, *, directory: Path, environment: Mapping[str, str]) -> Process:
    """The process of a program, ready when its health says so."""
    ready = f"{program.address(environment)}/health/ready"

    async def answers() -> bool:
        return await _is_ok(ready)

    return Process(
        program.name,
        program.arguments,
        answers=answers,
        directory=directory,
        environment=program.environment(environment),
    )


@asynccontextmanager
async def running(
    processes: Sequence[Process], *, say: Callable[[str], None] = print
) -> AsyncIterator[None]:
    """All of them, for as long as the block runs; the last of them is stopped first."""
    try:
        try:
            async with asyncio.TaskGroup() as group:
                for each in processes:
                    group.create_task(_start(each, say))
        except ExceptionGroup as failures:
            raise failures.exceptions[0] from None  # the first to fail cancelled the others
        yield
    finally:
        for each in reversed(processes):
            await each.stop()


async def keep_running(process: Process, *, say: Callable[[str], None] = print) -> None:
    """Start it again whenever it ends, less and less eagerly; never returns."""
    first, longest = PAUSES
    pause = first
    reason = await process.ended()
    while True:
        say(f"{reason}; starting it again in {pause:.0f} s")
        await asyncio.sleep(pause)
        pause = min(pause * 2, longest)
        began = time.monotonic()
        try:
            await process.start()
        except StackUnavailable as failure:
            reason = str(failure)
            continue
        say(f"{process.name}: runs again")
        reason = await process.ended()
        if time.monotonic() - began > STEADY:
            pause = first


def run(main: Coroutine[Any, Any, T]) -> T | None:
    """Run it until it returns, or until Ctrl-C or SIGTERM: then it is cancelled, once, and None.

    A second Ctrl-C changes nothing: what is being stopped in order must not be left half-stopped.
    """
    return asyncio.run(_until_told(main))


async def _until_told(main: Coroutine[Any, Any, T]) -> T | None:
    task = asyncio.ensure_future(main)
    told = False

    def stop() -> None:
        nonlocal told
        if not told:
            told = True
            task.cancel()

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, stop)
    try:
        return await task
    except asyncio.CancelledError:
        if not told:
            raise
        return None


async def _start(process: Process, say: Callable[[str], None]) -> None:
    began = time.monotonic()
    await process.start()
    say(f"{process.name}: ready after {time.monotonic() - began:.1f} s")


async def _is_ok(url: str) -> bool:
    try:
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=PATIENCE)) as session,
            session.get(url) as answer,
        ):
            return answer.ok
    except (aiohttp.ClientError, TimeoutError):
        return False
