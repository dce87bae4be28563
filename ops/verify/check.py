"""What a check is to the command: where it looks, and what its answer means."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum
from itertools import chain
from typing import TypeAlias

from messages import topology
from ops.verify.queues import Queues, queues_of
from storage.postgres import Pool
from storage.verification.checks import TableCheck
from storage.verification.question import Found, Promise, Scope
from storage.verification.snapshot import snapshot


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Where checks look. Without `queues` nothing is asked that needs them."""

    pool: Pool
    scope: Scope
    queues: Queues | None


Look: TypeAlias = Callable[[World], Awaitable[Found]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing that must hold.

    `passes`: what is wrong may come right by itself, so it is looked at again. `waits_in`: the
    queues where it may be until then. `notice`: it is worth knowing, and breaks no promise.
    """

    name: str
    promise: Promise
    holds: str
    look: Look
    of_tenants: bool = True
    passes: bool = False
    waits_in: tuple[str, ...] = ()
    notice: bool = False


class State(StrEnum):
    """What came of a check."""

    HOLDS = "holds"
    NOTICE = "notice"
    UNDER_WAY = "under way"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """A check's answer; `waiting` is how many messages may be what it lacks."""

    check: Check
    found: Found
    seconds: float
    waiting: int = 0

    @property
    def state(self) -> State:
        """What it means. As many as wait in its queues or are retried are under way, not lost."""
        if not self.found.count:
            return State.HOLDS
        if self.check.notice:
            return State.NOTICE
        return State.UNDER_WAY if self.found.count <= self.waiting else State.BROKEN


def of_table(asked: TableCheck) -> Check:
    """A check of the tables, each time in a snapshot of its own."""

    async def look(world: World) -> Found:
        async with snapshot(world.pool) as verifier:
            return await asked.wrong(verifier, world.scope)

    return Check(
        name=asked.name,
        promise=asked.promise,
        holds=asked.holds,
        look=look,
        of_tenants=asked.of_tenants,
        passes=asked.passes,
        waits_in=tuple(chain(*(queues_of(topology.BY_NAME[name]) for name in asked.waits_for))),
        notice=asked.notice,
    )
