"""The bench of the pipeline: from the request to the committed effect, ours beside the bare one."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias

from ops.bench import servers
from ops.bench.measured import Measured, measure
from ops.bench.ours import EVERYTHING, ONE_HOP, everything, one_hop
from ops.bench.pipelines import BARE, Pipeline, bare_one
from ops.bench.servers import Servers
from ops.bench.webhooks import Mix
from ops.tenants.file import TenantsFile

Start: TypeAlias = Callable[[Servers, TenantsFile, int], AbstractAsyncContextManager[Pipeline]]

STARTS: Final[dict[str, Start]] = {BARE: bare_one, ONE_HOP: one_hop, EVERYTHING: everything}


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How much is measured."""

    events: int
    runs: int
    steady_seconds: float
    tenants: TenantsFile


async def compare(
    plan: Plan, directory: Path, say: Callable[[str], None]
) -> dict[str, list[Measured]]:
    """Measure all in turn, as often as planned; raises Refused if anything is lost."""
    results: dict[str, list[Measured]] = {name: [] for name in STARTS}
    async with servers.running(directory, say) as running:
        for number in range(plan.runs):
            for name, start in STARTS.items():
                mix = Mix(plan.tenants, seed=number)  # the same for all
                async with start(running, plan.tenants, number) as pipeline:
                    measured = await measure(
                        running,
                        pipeline,
                        mix,
                        events=plan.events,
                        steady_seconds=plan.steady_seconds,
                    )
                say(
                    f"run {number + 1} of {plan.runs}, {name}: "
                    f"{measured.events_per_second:.0f} events/s, p99 {measured.p99:.1f} ms"
                )
                results[name].append(measured)
    return results
