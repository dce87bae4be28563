"""The bench of fairness: how long a quiet tenant's webhooks take while another floods us.

Everything runs as `ringbook up` runs it. In each run the quiet tenant is measured alone first, and
then beside the flood; what the flood left is done before the next run begins.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ops.bench import servers
from ops.bench.figures import MILLIS, percentile
from ops.bench.load import Answered, first_failure
from ops.bench.ours import everything
from ops.bench.pipelines import Pipeline
from ops.bench.run import Run, firsts, under_load
from ops.bench.servers import Servers
from ops.bench.usage import Meter
from ops.bench.webhooks import Event, Mix
from ops.refused import Refused
from ops.tenants.file import TenantsFile

WARM_UP: Final = 200  # events of each tenant
_COSTED: Final = "platform_costs WHERE final"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How much is measured: webhooks a second of each tenant, for so many seconds."""

    runs: int
    seconds: float
    quiet_per_second: float
    flood_per_second: float
    tenants: TenantsFile


@dataclass(frozen=True, slots=True, kw_only=True)
class Quiet:
    """Milliseconds that the quiet tenant's webhooks took; `costed` is from the last webhook of a
    call to the commit of its cost: the first of what follows.
    """

    p50: float
    p95: float
    p99: float
    costed_p50: float
    costed_p99: float
    others: float  # cores that were busy with what is none of ours


@dataclass(frozen=True, slots=True, kw_only=True)
class Flood:
    """What was offered of the other tenant, what was accepted of it, and what became of it."""

    offered_per_second: float
    accepted_per_second: float
    p50: float  # milliseconds
    p99: float
    done_after: float  # seconds from its last request until nothing of it was left


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """One run."""

    alone: Quiet
    beside: Quiet
    flood: Flood


async def compare(plan: Plan, directory: Path, say: Callable[[str], None]) -> list[Compared]:
    """Measure it as often as planned; raises Refused if anything is lost."""
    quiet, loud = _two(plan.tenants)
    async with (
        servers.running(directory, say) as running,
        everything(running, plan.tenants, 0) as pipeline,
        under_load(pipeline) as run,
    ):
        bench = _Bench(plan, running, pipeline, run, Mix(quiet, seed=1), Mix(loud, seed=2))
        await bench.warm_up()
        compared = []
        for number in range(plan.runs):
            compared.append(await bench.compared())
            one = compared[-1]
            say(
                f"run {number + 1} of {plan.runs}: p99 {one.alone.p99:.1f} ms alone,"
                f" {one.beside.p99:.1f} ms beside {one.flood.accepted_per_second:.0f}/s of another"
            )
        return compared


@dataclass(frozen=True, slots=True)
class _Bench:
    plan: Plan
    servers: Servers
    pipeline: Pipeline
    run: Run
    quiet: Mix
    loud: Mix

    async def warm_up(self) -> None:
        for mix in (self.quiet, self.loud):
            await self.run.burst(mix.events(WARM_UP))
        await self.run.settle()

    async def compared(self) -> Compared:
        await self.servers.execute("CHECKPOINT")
        alone, _, _ = await self._measured([])
        flood = self._events(self.loud, self.plan.flood_per_second)
        beside, answers, settled_at = await self._measured(flood)
        flooded = await self._flooded(flood, answers, settled_at)
        return Compared(alone=alone, beside=beside, flood=flooded)

    async def _measured(self, flood: Sequence[Event]) -> tuple[Quiet, list[Answered], float]:
        """What the quiet tenant saw beside a flood, how that was answered, when all was done."""
        few, meter = self._events(self.quiet, self.plan.quiet_per_second), Meter(self.pipeline.pids)
        async with first_failure(), asyncio.TaskGroup() as group:
            quiet = group.create_task(self.run.steadily(few, per_second=self.plan.quiet_per_second))
            loud = group.create_task(
                self.run.steadily(flood, per_second=self.plan.flood_per_second)
            )
        others = meter.read().others
        await self.run.take_effect()
        settled_at = await self.run.settle()
        return await self._told(few, quiet.result(), others), loud.result(), settled_at

    async def _told(
        self, events: Sequence[Event], answers: Sequence[Answered], others: float
    ) -> Quiet:
        took = firsts(events, answers, await self.run.effects(events))
        costed = await self.run.committed("call_id", _COSTED)
        last = [at for at, event in enumerate(events) if event.name == "call_analyzed"]
        costs = firsts(
            [events[at] for at in last],
            [answers[at] for at in last],
            [costed[events[at].call_id] for at in last],
        )
        return Quiet(
            p50=percentile(took, 0.5) * MILLIS,
            p95=percentile(took, 0.95) * MILLIS,
            p99=percentile(took, 0.99) * MILLIS,
            costed_p50=percentile(costs, 0.5) * MILLIS,
            costed_p99=percentile(costs, 0.99) * MILLIS,
            others=others,
        )

    async def _flooded(
        self, events: Sequence[Event], answers: Sequence[Answered], settled_at: float
    ) -> Flood:
        took = firsts(events, answers, await self.run.effects(events))
        ends = [each.began + each.seconds for each in answers]
        in_time = sum(end <= answers[0].began + self.plan.seconds for end in ends)
        return Flood(
            offered_per_second=self.plan.flood_per_second,
            accepted_per_second=in_time / self.plan.seconds,
            p50=percentile(took, 0.5) * MILLIS,
            p99=percentile(took, 0.99) * MILLIS,
            done_after=settled_at - max(ends),
        )

    def _events(self, mix: Mix, per_second: float) -> list[Event]:
        return mix.events(round(self.plan.seconds * per_second))


def _two(file: TenantsFile) -> tuple[TenantsFile, TenantsFile]:
    """The first two tenants that can be called, each in a file of its own."""
    called = [tenant for tenant in file.tenants if tenant.phone_numbers]
    if len(called) < 2:  # noqa: PLR2004 -- one beside another
        raise Refused("no two tenants of the file have phone numbers: nobody is beside another")
    quiet, loud = (file.model_copy(update={"tenants": (tenant,)}) for tenant in called[:2])
    return quiet, loud
