"""A campaign: fault after fault on one system under load, and what was lost or doubled by it."""

import asyncio
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from random import Random
from statistics import median
from typing import Final

import asyncpg

from tests.faults import looking
from tests.faults.injuries.fault import Fault
from tests.faults.load import Load, Played
from tests.faults.looking import Effect
from tests.faults.oracle import Findings, judged
from tests.faults.system import System

CALLS: Final = 4.0  # a second: about 16 webhooks
SETTLED_IN: Final = 10.0  # seconds of load before the first fault, and before each batch
AS_BEFORE: Final = 0.8  # of the usual rate: the throughput is back
RECOVERED: Final = 60.0  # seconds; who takes longer has not recovered
LOOK: Final = 0.1


@dataclass
class Row:
    """What a fault did, over all its runs. Recoveries are seconds from its end."""

    name: str
    runs: int = 0
    accepted: int = 0
    recoveries: list[float] = field(default_factory=list)
    found: Findings = field(default_factory=Findings)

    @property
    def p50(self) -> float:
        """The usual recovery."""
        return median(self.recoveries)

    @property
    def slowest(self) -> float:
        """The slowest."""
        return max(self.recoveries)


class Campaign:
    """Runs faults; `rows` has one for each kind, in the order of the first run."""

    def __init__(self, system: System, *, seed: int, say: Callable[[str], None] = print) -> None:
        self.rows: dict[str, Row] = {}
        self.drains: list[float] = []
        self._system = system
        self._chance = Random(seed)
        self._load = Load(system, per_second=CALLS, seed=seed)
        self._say = say
        self._checked = 0
        self._usual: dict[Effect, float] = {}

    async def run(self, faults: Sequence[Fault], *, batch: int) -> None:
        """Strike with each; after so many wait until all is done, and judge."""
        for begin in range(0, len(faults), batch):
            self._load.during = faults[begin].name
            self._load.start()
            await asyncio.sleep(SETTLED_IN)
            self._usual = self._usual or {each: await self._usual_rate(each) for each in Effect}
            for fault in faults[begin : begin + batch]:
                await self._strike(fault)
            await self._load.stop()
            await self._judge()

    @property
    def all_well(self) -> bool:
        """Whether nothing is wrong."""
        return not any(row.found for row in self.rows.values())

    async def _strike(self, fault: Fault) -> None:
        row = self.rows.setdefault(fault.name, Row(fault.name))
        self._load.during = fault.name
        before = self._load.accepted
        await asyncio.sleep(0.5)
        await fault.strike(self._system, self._chance)
        recovery = await self._recovery(fault.shows_in)
        row.runs += 1
        row.recoveries.append(recovery)
        row.accepted += self._load.accepted - before
        self._say(f"{fault.name}: back after {recovery:.1f} s")

    async def _usual_rate(self, effect: Effect) -> float:
        async with self._system.database() as db:
            rates = []
            for _ in range(20):
                rates.append(await looking.rate(db, effect))
                await asyncio.sleep(LOOK)
        return max(median(rates), 1)

    async def _recovery(self, effect: Effect) -> float:
        """Seconds until as much takes effect as usually."""
        began = time.monotonic()
        while time.monotonic() - began < RECOVERED:
            with suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                async with self._system.database() as db:
                    while time.monotonic() - began < RECOVERED:
                        if await looking.rate(db, effect) >= AS_BEFORE * self._usual[effect]:
                            return time.monotonic() - began
                        await asyncio.sleep(LOOK)
            await asyncio.sleep(LOOK)
        return RECOVERED

    async def _judge(self) -> None:
        batch = self._load.played[self._checked :]
        self._checked = len(self._load.played)
        took = await looking.drained(self._system, batch)
        self.drains.append(took)
        left = await looking.waiting(self._system)
        now = await looking.seen(self._system, batch)
        by_fault: dict[str, list[Played]] = {}
        for each in batch:
            by_fault.setdefault(each.during, []).append(each)
        for name, played in by_fault.items():
            row = self.rows[name]
            found = judged(played, now, poisoned=frozenset())
            row.found.lost += found.lost
            row.found.doubled += found.doubled
        last = self.rows[next(reversed(by_fault))]
        all_of_it = judged(batch, now, poisoned=self._system.poisoned)
        last.found.double_bookings += all_of_it.double_bookings
        last.found.other += all_of_it.other
        last.found.other += [f"{left} messages wait after {took:.0f} s"] if left else []
        if not any(row.found.lost for row in self.rows.values()):
            last.found.lost += all_of_it.lost  # of what was posted beside the calls
        self._say(
            f"  everything drained after {took:.1f} s: {'well' if self.all_well else 'NOT WELL'}"
        )
