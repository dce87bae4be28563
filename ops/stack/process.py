"""Child processes that never outlive us: started, watched and ended here.

A child has a session of its own, so that Ctrl-C in our terminal reaches us alone and we stop the
servers in order. If we are killed, the kernel signals every child (PR_SET_PDEATHSIG, Linux). It
does so when the *thread* that started the child ends: start a stack from the main thread, or from
one that lives as long as the stack.
"""

import asyncio
import contextlib
import ctypes
import math
import os
import signal
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

import psutil

from ops.stack import kept
from ops.stack.account import Account
from ops.stack.unavailable import StackUnavailable

MARK: Final = "RINGBOOK_STACK"  # environment of every child: the directory of its stack
PAUSE: Final = 0.05  # seconds between two looks at a process
GRACE: Final = 5.0  # seconds for what ends by itself, its parent being gone

_SET_PARENT_DEATH_SIGNAL: Final = 1  # PR_SET_PDEATHSIG, linux/prctl.h
_LIBC: Final = ctypes.CDLL(None) if sys.platform == "linux" else None


class Child:
    """A process of ours, with everything it starts."""

    def __init__(
        self,
        name: str,
        command: Sequence[str | Path],
        *,
        log: Path,
        environment: Mapping[str, str],
        account: Account | None = None,
        ends_on: signal.Signals = signal.SIGTERM,
    ) -> None:
        self._name = name
        self._log = log
        self._ends_on = ends_on
        if log.exists():
            log.replace(log.with_name(f"{log.name}.previous"))
        kept.write(log, "")
        with log.open("ab") as output:
            self._process = subprocess.Popen(  # noqa: S603 -- the command is ours
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd="/",
                env=environment,
                umask=0o077,
                start_new_session=True,
                user=account.user if account else None,
                group=account.group if account else None,
                extra_groups=[] if account else None,
                preexec_fn=_tie_to(os.getpid(), ends_on),  # noqa: PLW1509 -- one system call, no lock
            )

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    async def ready(self, answers: Callable[[], Awaitable[bool]], *, within: float) -> None:
        """Wait until it answers; raise StackUnavailable if it ends before or takes too long."""
        try:
            async with asyncio.timeout(within):
                while not await answers():
                    if self._process.poll() is not None:
                        raise self._failed(f"ended with code {self._process.returncode}")
                    await asyncio.sleep(PAUSE)
        except TimeoutError:
            raise self._failed(f"did not answer within {within:.0f} s") from None

    async def finished(self) -> None:
        """Wait until it has done its work; raise StackUnavailable unless it did it well."""
        await _until(self._has_ended)
        if self._process.returncode != 0:
            raise self._failed(f"failed with code {self._process.returncode}")

    async def stop(self, *, within: float) -> None:
        """Ask it to end; after so many seconds, kill it with everything it started."""
        family = self._family()
        if self._process.poll() is None:
            self._process.send_signal(self._ends_on)
        await _until(self._has_ended, within=within)
        await self._kill(family)

    async def kill(self) -> None:
        """SIGKILL it with everything it started, and wait until all are gone."""
        await self._kill(self._family())

    async def _kill(self, family: list[psutil.Process]) -> None:
        if not self._has_ended():  # afterwards its number may be another's
            os.killpg(self.pid, signal.SIGKILL)
        for relative in family:
            with contextlib.suppress(psutil.NoSuchProcess):
                relative.kill()
        await _until(lambda: self._has_ended() and not any(map(_is_alive, family)))

    def _has_ended(self) -> bool:
        return self._process.poll() is not None

    def _family(self) -> list[psutil.Process]:
        # By parentage, because servers put their own children into sessions of their own.
        try:
            return psutil.Process(self.pid).children(recursive=True)
        except psutil.NoSuchProcess:
            return []

    def _failed(self, what: str) -> StackUnavailable:
        return StackUnavailable(f"{self._name} {what}; {self._log} ends with: {_tail(self._log)}")


async def end_left_behind(directory: Path) -> int:
    """End the processes of an earlier stack in this directory, whose parent was killed."""
    left = [each for each in psutil.process_iter() if _stack_of(each) == str(directory)]
    for each in left:
        with contextlib.suppress(psutil.NoSuchProcess):
            each.terminate()
    if not await _until(lambda: not any(map(_is_alive, left)), within=GRACE):
        for each in left:
            with contextlib.suppress(psutil.NoSuchProcess):
                each.kill()
        await _until(lambda: not any(map(_is_alive, left)))
    return len(left)


async def _until(fact: Callable[[], bool], *, within: float = math.inf) -> bool:
    """Wait until it is so; say whether it was in time."""
    deadline = time.monotonic() + within
    while not (so := fact()) and time.monotonic() < deadline:  # noqa: ASYNC110 -- the event is the kernel's
        await asyncio.sleep(PAUSE)
    return so


def _tie_to(parent: int, ends_on: signal.Signals) -> Callable[[], None]:
    """What the child does between fork and exec, after it has changed its account.

    In this order, because changing the account clears the signal.
    """

    def tie() -> None:
        if _LIBC is not None:
            _LIBC.prctl(_SET_PARENT_DEATH_SIGNAL, ends_on)
        if os.getppid() != parent:  # it died before we could ask for the signal
            os._exit(1)

    return tie


def _stack_of(process: psutil.Process) -> str | None:
    try:
        return process.environ().get(MARK)
    except (psutil.Error, OSError):  # gone, or not ours to look into
        return None


def _is_alive(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _tail(log: Path, *, lines: int = 3, width: int = 400) -> str:
    written = [line.strip() for line in log.read_text(errors="replace").splitlines()]
    return " | ".join([line for line in written if line][-lines:])[-width:] or "(nothing)"
