"""What the three servers have in common: how one is started, asked, stopped and killed.

A server is a room of its own: `postgres.py`, `rabbitmq.py`, `redis.py` say where its programs
are, what it needs on disk, how it is run and how one asks whether it answers.
"""

import os
from abc import ABC, abstractmethod
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar, Final

from ops.stack.find import Search
from ops.stack.process import MARK, Child
from ops.stack.unavailable import StackUnavailable

BOOT: Final = 60.0  # seconds; ten times what the slowest needs on a free machine
STOP: Final = 15.0  # seconds; RabbitMQ with an HTTP plugin takes six


class Server(ABC):
    """One server in one folder of the stack's directory; it may be started again and again."""

    name: ClassVar[str]
    setting: ClassVar[str]  # the environment variable that gives another server instead
    refusals: ClassVar[tuple[type[Exception], ...]]  # what `ask` raises

    def __init__(self, directory: Path, search: Search, say: Callable[[str], None]) -> None:
        self.room: Final = directory / type(self).__name__.lower()
        self.search = search
        self.say = say
        self._directory = directory
        self._children: list[Child] = []  # in the order of their start

    @property
    @abstractmethod
    def url(self) -> str:
        """Where it is, with user and password."""

    @abstractmethod
    def found(self) -> bool:
        """Say whether its programs are on this machine."""

    @abstractmethod
    async def run(self) -> None:
        """Prepare what it needs on disk, then start its processes with `spawn`."""

    @staticmethod
    @abstractmethod
    async def ask(url: str) -> None:
        """Return if such a server answers there; else raise one of `refusals`."""

    @property
    def pid(self) -> int:
        """The process id of the server."""
        if not self._children:
            raise StackUnavailable(f"{self.name} does not run here")
        return self._children[-1].pid

    async def start(self) -> str:
        """Start it on the port and data of last time, wait until it answers, return its URL."""
        await self.kill()
        self.room.mkdir(mode=0o711, parents=True, exist_ok=True)
        await self.run()
        await self._children[-1].ready(self._answers, within=BOOT)
        return self.url

    async def stop(self) -> None:
        """Stop it in good order, the last process first; nothing happens if it does not run."""
        while self._children:
            await self._children[-1].stop(within=STOP)
            self._children.pop()

    async def kill(self) -> None:
        """SIGKILL it, as if the machine had failed."""
        while self._children:
            await self._children[-1].kill()
            self._children.pop()

    def spawn(self, child: Child) -> None:
        """Take charge of a process."""
        self._children.append(child)

    def environment(self, **more: str) -> dict[str, str]:
        """What its processes see: nothing of our own environment, which may be meant for others."""
        return {
            MARK: str(self._directory),
            "PATH": os.pathsep.join(("/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin")),
            "LANG": "C.UTF-8",
            **more,
        }

    async def _answers(self) -> bool:
        try:
            await self.ask(self.url)
        except self.refusals:
            return False
        return True
