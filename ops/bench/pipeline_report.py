"""What the runs of all pipelines come to: medians, side by side, and ratios to the bare one."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from statistics import median
from typing import Any, Final

from rich.console import Group, RenderableType
from rich.table import Table

from ops.bench.figures import middle
from ops.bench.machine import MACHINE
from ops.bench.measured import PER_SECOND, Measured
from ops.bench.ours import EVERYTHING, ONE_HOP
from ops.bench.pipelines import BARE

WANTED_SPEED: Final = 0.8  # of the bare pipeline's events a second, at least
WANTED_LATENCY: Final = 1.5  # times the bare pipeline's p99, at most

_WHAT_RUNS: Final = {
    BARE: "an aiohttp handler, one confirm, one consumer, one transaction of five statements;"
    " nothing follows from it.",
    ONE_HOP: "ingress and `workers calls`, the same way as the bare one; what they announce is"
    " kept in the queues of the others, who are started at the end and timed alone.",
    EVERYTHING: "all processes as `ringbook up` runs them: costs, reading of conversations and"
    " notifications take their share of the same cores meanwhile.",
}
_FIGURES: Final = {
    "accepted_per_second": ("requests accepted/s", ".0f"),
    "events_per_second": ("events/s to the last committed effect", ".0f"),
    "followed_per_second": ("events/s until all that follows is done", ".0f"),
    "followed_after": ("seconds until then", ".1f"),
    "p50": (f"p50 at {PER_SECOND:.0f}/s, ms to the commit", ".1f"),
    "p99": (f"p99 at {PER_SECOND:.0f}/s, ms to the commit", ".1f"),
    "load_cpu": ("the load's CPU s / 1,000 events", ".2f"),
    "others": ("cores busy for others", ".2f"),
}
_COUNTED: Final = (
    f"What follows: for {ONE_HOP}, all events of the run, from the first commit of the others on;"
    f" for {EVERYTHING}, those of the burst, from its first request on."
)

Results = Mapping[str, Sequence[Measured]]


def as_json(results: Results) -> dict[str, Any]:
    """Medians, ratios and every run."""
    return {
        "machine": MACHINE,
        **{
            _key(name): {"what_runs": _WHAT_RUNS[name], **_middle(runs)}
            for name, runs in results.items()
        },
        "ratios": {
            _key(name): {
                "speed": _ratio(results, name, "events_per_second"),
                "p99": _ratio(results, name, "p99"),
            }
            for name in (ONE_HOP, EVERYTHING)
        },
        "runs": {_key(name): [asdict(run) for run in runs] for name, runs in results.items()},
    }


def as_table(results: Results) -> RenderableType:
    """The same for people."""
    return Group(
        MACHINE,
        _side_by_side(results),
        *(_of_processes(name, runs) for name, runs in results.items()),
        f"Aim, for {ONE_HOP}: speed at least {WANTED_SPEED} of the bare pipeline's,"
        f" p99 at most {WANTED_LATENCY} times its.",
        *(_judged(results, name) for name in (ONE_HOP, EVERYTHING)),
    )


def _judged(results: Results, name: str) -> str:
    speed, latency = (_ratio(results, name, field) for field in ("events_per_second", "p99"))
    fast = "reached" if speed >= WANTED_SPEED else "missed"
    prompt = "reached" if latency <= WANTED_LATENCY else "missed"
    return f"{name}: speed {speed:.2f} ({fast}), p99 {latency:.2f} times ({prompt})"


def _side_by_side(results: Results) -> Table:
    runs = max(map(len, results.values()))
    caption = "\n".join([*(f"{name}: {_WHAT_RUNS[name]}" for name in results), _COUNTED])
    table = Table(
        "",
        *results,
        title=f"Medians of {runs} runs (each run)",
        caption=caption,
        caption_justify="left",
    )
    for field, (label, form) in _FIGURES.items():
        table.add_row(label, *(_cell(measured, field, form) for measured in results.values()))
    return table


def _cell(runs: Sequence[Measured], field: str, form: str) -> str:
    each = [getattr(run, field) for run in runs]
    if None in each:
        return "-"
    return f"{median(each):{form}}  ({', '.join(f'{one:{form}}' for one in each)})"


def _of_processes(name: str, runs: Sequence[Measured]) -> Table:
    table = Table("", "CPU s / 1,000 events", "MB", title=f"Processes in the burst: {name}")
    cpu, megabytes = middle([run.cpu for run in runs]), middle([run.megabytes for run in runs])
    for process, seconds in cpu.items():
        table.add_row(process, f"{seconds:.2f}", f"{megabytes[process]:.0f}")
    table.add_row("all", f"{sum(cpu.values()):.2f}", f"{sum(megabytes.values()):.0f}")
    return table


def _middle(runs: Sequence[Measured]) -> dict[str, Any]:
    figures = {field: [getattr(run, field) for run in runs] for field in _FIGURES}
    return {
        **{field: None if None in each else median(each) for field, each in figures.items()},
        "cpu": middle([run.cpu for run in runs]),
        "megabytes": middle([run.megabytes for run in runs]),
        "rows": runs[-1].rows,
    }


def _key(name: str) -> str:
    return name.replace(" ", "_")


def _ratio(results: Results, name: str, field: str) -> float:
    ours, bare = (median(getattr(run, field) for run in results[each]) for each in (name, BARE))
    return float(ours / bare)
