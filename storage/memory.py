"""Answers that a process keeps for half a minute: what changes less than once a day."""

from collections.abc import Awaitable, Callable, Hashable
from datetime import datetime, timedelta
from typing import Any, Final, TypeVar, cast

KEPT_FOR: Final = timedelta(seconds=30)  # a change of a tenant is seen by all after so long
MOST: Final = 20_000  # answers; tenants, times what is asked of each

T = TypeVar("T")


class Memory:
    """What was asked lately. When it is full it starts anew: all of it can be asked again."""

    def __init__(self) -> None:
        self._known: dict[Hashable, tuple[datetime, Any]] = {}

    async def of(self, key: Hashable, ask: Callable[[], Awaitable[T]], *, now: datetime) -> T:
        """The answer to `key`, asked for if it is not fresh.

        What raises is not remembered, nor is None: what is not there may come any moment.
        """
        kept = self._known.get(key)
        if kept and now - kept[0] < KEPT_FOR:
            return cast("T", kept[1])
        answer = await ask()
        if len(self._known) >= MOST:
            self._known.clear()
        if answer is not None:
            self._known[key] = (now, answer)
        return answer

    def forget(self, key: Hashable) -> None:
        """Ask anew the next time."""
        self._known.pop(key, None)
