"""Answers of the database, kept in memory for a while: asked once for all who want to know."""

import asyncio
from collections.abc import Callable, Coroutine
from time import monotonic
from typing import Any, Final, Generic, TypeVar

import asyncpg
import structlog

from ingress.within import within

DATABASE_AWAY: Final = (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError)

ASKED_AT_ONCE: Final = 4  # who makes up names must leave connections of the pool to the spool
UNKNOWN_SECONDS: Final = 5.0
UNKNOWN_KEPT: Final = 10_000  # names that strangers made up; the names that exist are few
AGAIN_SECONDS: Final = 5.0  # how long an old answer stands in before the database is asked again

Key = TypeVar("Key")
Value = TypeVar("Value")


log = structlog.get_logger()


class NotToldYet(Exception):
    """The database is away, and nothing is remembered."""


class Remembered(Generic[Key, Value]):
    """What `ask` says of a key, None if it knows nothing of it.

    While the database is away, the last answer stands however old it is.
    """

    def __init__(
        self,
        ask: Callable[[Key], Coroutine[Any, Any, Value | None]],
        *,
        seconds: float,
        patience: float,
    ) -> None:
        self._ask = ask
        self._seconds = seconds
        self._patience = patience
        self._known: dict[Key, tuple[float, Value]] = {}
        self._unknown: dict[Key, float] = {}
        self._asking: dict[Key, asyncio.Task[Value | None]] = {}
        self._turns = asyncio.Semaphore(ASKED_AT_ONCE)

    async def of(self, key: Key) -> Value | None:
        """The answer; raises NotToldYet."""
        now = monotonic()
        until, value = self._known.get(key, (0.0, None))
        if now < until:
            return value
        if now < self._unknown.get(key, 0.0):
            return None
        try:
            return await asyncio.shield(self._asked(key))
        except DATABASE_AWAY as error:
            log.warning("database.not_answered", error=type(error).__name__)
            if value is None:
                raise NotToldYet from error
            self._known[key] = (now + AGAIN_SECONDS, value)
            return value

    def _asked(self, key: Key) -> "asyncio.Task[Value | None]":
        asking = self._asking.get(key)
        if asking is None:
            asking = self._asking[key] = asyncio.create_task(self._learn(key))
            asking.add_done_callback(lambda _: self._asking.pop(key, None))
        return asking

    async def _learn(self, key: Key) -> Value | None:
        value = await within(self._patience, self._in_turn(key))
        if value is not None:
            self._known[key] = (monotonic() + self._seconds, value)
            return value
        self._known.pop(key, None)
        if len(self._unknown) >= UNKNOWN_KEPT:
            self._unknown.clear()
        self._unknown[key] = monotonic() + min(self._seconds, UNKNOWN_SECONDS)
        return None

    async def _in_turn(self, key: Key) -> Value | None:
        async with self._turns:
            return await self._ask(key)
