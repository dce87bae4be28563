"""Whether a process lives, whether it can do its work now, and what stands in its way.

/health/live      200 while the loop turns
/health/ready     200 while it can do its work and lose nothing, else 503
/health/detailed  200 always, for people: "ok", "degraded" (it works, but something is
                  wrong) or "down" (it is not ready), and each dependency by name
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from time import monotonic
from typing import Any, Final, TypeAlias

import structlog
from aiohttp import web

from ops import metrics

Check: TypeAlias = Callable[[], Awaitable[object]]

PATIENCE: Final = 1.0  # seconds; what answers later than this is as good as away
REMEMBERED: Final = 1.0  # seconds, so that probes cannot hurt what they ask
EVERY: Final = 2.0  # seconds; so that it is known since when something is away

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a look at a dependency found: an answer after so long, or the class of an error."""

    milliseconds: float
    error: str | None
    away_since: datetime | None

    def facts(self) -> dict[str, Any]:
        """For people. Never the text of the error, which may hold an address or a password."""
        if self.away_since is None:
            return {"ok": True, "milliseconds": round(self.milliseconds, 1)}
        return {"ok": False, "error": self.error, "away_since": self.away_since.isoformat()}


@dataclass(slots=True)
class Dependency:
    """Something that a process cannot do without, or does worse without if it is not `needed`.

    The check is a real round trip; it returns, or raises whatever is wrong.
    """

    name: str
    check: Check
    needed: bool = True
    found: Found | None = None

    @property
    def ok(self) -> bool:
        """Whether it answered when it was last asked."""
        return self.found is not None and self.found.error is None

    async def look(self) -> None:
        """Ask it, and log when its state has changed."""
        begun, before = monotonic(), self.found
        error = await _error_of(self.check)
        self.found = _found(before, error, monotonic() - begun)
        metrics.DEPENDENCY_OK.labels(self.name).set(self.ok)
        if error != (before.error if before else None):
            log.warning("health.changed", dependency=self.name, error=error)

    def facts(self) -> dict[str, Any]:
        """For people."""
        return self.found.facts() if self.found else {"ok": False, "error": "NotAskedYet"}


@dataclass(frozen=True, slots=True)
class Section:
    """Something else to tell, and whether it is as it should be."""

    fine: bool
    facts: Any


class Health:
    """What a process depends on, and what more it has to tell, by the name of each section.

    `enough` says of the needed dependencies whether so many suffice: `all`, or `any`.
    """

    def __init__(
        self,
        dependencies: Sequence[Dependency],
        *,
        enough: Callable[[Iterable[bool]], bool] = all,
        sections: Mapping[str, Callable[[], Section]] | None = None,
    ) -> None:
        self._dependencies = dependencies
        self._enough = enough
        self._sections = sections or {}
        self._looking = asyncio.Lock()
        self._good_until = 0.0

    @property
    def is_ready(self) -> bool:
        """Whether the process could do its work when it last looked."""
        return self._enough([each.ok for each in self._dependencies if each.needed])

    async def look(self) -> None:
        """Ask every dependency, unless that was done a moment ago."""
        async with self._looking:
            if monotonic() >= self._good_until:
                await asyncio.gather(*(each.look() for each in self._dependencies))
                self._good_until = monotonic() + REMEMBERED
                metrics.READY.set(self.is_ready)

    @asynccontextmanager
    async def watched(self) -> AsyncIterator[None]:
        """Look again and again, although nobody asks."""
        watching = asyncio.create_task(self._watch())
        try:
            yield
        finally:
            watching.cancel()
            with suppress(asyncio.CancelledError):
                await watching

    async def _watch(self) -> None:
        while True:
            await self.look()
            await asyncio.sleep(EVERY)

    async def ready(self, _: web.Request) -> web.Response:
        """200 or 503; the body names each dependency that is needed."""
        await self.look()
        answers = {each.name: each.ok for each in self._dependencies if each.needed}
        return web.json_response(
            {"ready": self.is_ready, **answers}, status=200 if self.is_ready else 503
        )

    async def detailed(self, _: web.Request) -> web.Response:
        """Everything, with 200 whatever it says."""
        await self.look()
        told = {name: section() for name, section in self._sections.items()}
        fine = all(each.ok for each in self._dependencies) and all(
            section.fine for section in told.values()
        )
        return web.json_response(
            {
                "status": ("ok" if fine else "degraded") if self.is_ready else "down",
                "dependencies": {each.name: each.facts() for each in self._dependencies},
                **{name: section.facts for name, section in told.items()},
            }
        )


async def live(_: web.Request) -> web.Response:
    """200 while the loop turns."""
    return web.json_response({"live": True})


def _found(before: Found | None, error: str | None, seconds: float) -> Found:
    since = before.away_since if before else None
    return Found(
        milliseconds=seconds * 1000,
        error=error,
        away_since=(since or datetime.now(UTC)) if error else None,
    )


async def _error_of(check: Check) -> str | None:
    """The class of what is wrong; None if nothing is. Nothing that a check does can hold us up."""
    task = asyncio.ensure_future(check())
    await asyncio.wait({task}, timeout=PATIENCE)
    if not task.done():
        task.add_done_callback(lambda late: late.cancelled() or late.exception())
        task.cancel()
        return TimeoutError.__name__
    if task.cancelled():
        return asyncio.CancelledError.__name__
    error = task.exception()
    return type(error).__name__ if error else None
