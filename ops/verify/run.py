"""How verification goes: every check once, then again what may come right by itself."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from ops.operating import operators_pool
from ops.refused import Refused
from ops.settings import DatabaseSettings
from ops.verify import broker, receipts
from ops.verify.check import Check, Result, State, World, of_table
from ops.verify.queues import Queues, seen
from storage.verification import checks
from storage.verification.backlog import Backlogs, backlogs
from storage.verification.question import Promise, Scope
from storage.verification.snapshot import PATIENCE, is_tenant, snapshot

BETWEEN: Final = 1.0  # seconds, at least, until it is looked again

Tell = Callable[[Result], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What shall be verified; `wait` is for how many seconds it is looked again."""

    scope: Scope
    promises: frozenset[Promise] = frozenset(Promise)
    accepted: tuple[Path, ...] = ()
    wait: float = 60.0

    @property
    def needs_queues(self) -> bool:
        """Whether RabbitMQ must be asked: only what disappears could be there."""
        return bool(self.accepted) or Promise.P2 in self.promises

    def checks(self) -> list[Check]:
        """The checks in the order of their promises; with a tenant those of its data alone."""
        found = [receipts.check_of(receipts.Receipts(self.accepted))] if self.accepted else []
        found += broker.CHECKS
        found += map(of_table, checks.ALL)
        return [check for check in found if self._is_meant(check)]

    def _is_meant(self, check: Check) -> bool:
        if check.name == receipts.NAME:
            return True
        return check.promise in self.promises and (check.of_tenants or self.scope.tenant is None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What came of it. `queues` is None where nothing was asked of RabbitMQ."""

    began: datetime
    seconds: float
    results: Sequence[Result]
    backlogs: Backlogs
    working: int | None
    retrying: int | None

    @property
    def broken(self) -> list[Result]:
        """The checks that do not hold."""
        return [result for result in self.results if result.state is State.BROKEN]


async def verified(
    settings: DatabaseSettings,
    wanted: Wanted,
    *,
    rabbitmq_url: str | None,
    tell: Tell = lambda _: None,
) -> Report:
    """Verify. Raises Refused, and what ends in a line, if it cannot be asked."""
    async with operators_pool(settings, patience=PATIENCE) as pool, _queues(rabbitmq_url) as queues:
        world = World(pool=pool, scope=wanted.scope, queues=queues)
        await _prove_tenant(world)
        began, clock = datetime.now(UTC), time.monotonic()
        results = await _results(world, wanted, tell)
        async with snapshot(pool) as verifier:
            left = await backlogs(verifier)
        return Report(
            began=began,
            seconds=time.monotonic() - clock,
            results=results,
            backlogs=left,
            working=queues.working() if queues else None,
            retrying=queues.retrying() if queues else None,
        )


@asynccontextmanager
async def _queues(url: str | None) -> AsyncIterator[Queues | None]:
    if url is None:
        yield None
        return
    async with seen(url) as queues:
        yield queues


async def _prove_tenant(world: World) -> None:
    if (tenant := world.scope.tenant) is None:
        return
    async with snapshot(world.pool) as verifier:
        if not await is_tenant(verifier, tenant):
            raise Refused(f"there is no tenant {tenant}")


async def _results(world: World, wanted: Wanted, tell: Tell) -> list[Result]:
    """All answers, each told as soon as nothing more is waited for."""
    asked = wanted.checks()
    results: dict[str, Result] = {}
    for check in asked:
        results[check.name] = result = await _asked(world, check)
        if not _may_come(result):
            tell(result)
    open_ = [result for result in results.values() if _may_come(result)]
    for result in await _looked_again(world, open_, seconds=wanted.wait):
        results[result.check.name] = result
        tell(result)
    return [results[check.name] for check in asked]


async def _looked_again(world: World, open_: list[Result], *, seconds: float) -> list[Result]:
    """The answers once nothing is missing, or nothing more is waited for; the last look is then."""
    until = time.monotonic() + seconds
    while any(map(_may_come, open_)) and (left := until - time.monotonic()) > 0:
        took = sum(result.seconds for result in open_)
        await asyncio.sleep(min(left, max(BETWEEN, took)))
        open_ = [
            await _asked(world, result.check, so_far=result.seconds)
            if _may_come(result)
            else result
            for result in open_
        ]
    return open_


def _may_come(result: Result) -> bool:
    return result.check.passes and result.found.count > 0


async def _asked(world: World, check: Check, *, so_far: float = 0) -> Result:
    began = time.monotonic()
    if world.queues and check.waits_in:
        await world.queues.look()
    found = await check.look(world)
    waiting = world.queues.may_hold(check.waits_in) if world.queues else 0
    seconds = so_far + time.monotonic() - began
    return Result(check=check, found=found, seconds=seconds, waiting=waiting)
