"""What the runs of both pipelines come to: medians, side by side, and their ratios."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from statistics import median
from typing import Any, Final

from rich.console import Group, RenderableType
from rich.table import Table

from ops.bench.figures import middle
from ops.bench.machine import MACHINE
from ops.bench.pipelines import BARE, OURS
from ops.bench.run import PER_SECOND, Measured

WANTED_SPEED: Final = 0.8  # of the bare pipeline's events a second, at least
WANTED_LATENCY: Final = 1.5  # times the bare pipeline's p99, at most

_FIGURES: Final = {
    "accepted_per_second": ("requests accepted/s", ".0f"),
    "events_per_second": ("events/s to the last committed effect", ".0f"),
    "settled_after": ("seconds until all consequences", ".1f"),
    "p50": (f"p50 at {PER_SECOND:.0f}/s, ms to the commit", ".1f"),
    "p99": (f"p99 at {PER_SECOND:.0f}/s, ms to the commit", ".1f"),
    "load_cpu": ("the load's CPU s / 1,000 events", ".2f"),
    "others": ("cores busy for others", ".2f"),
}

Results = Mapping[str, Sequence[Measured]]


def as_json(results: Results) -> dict[str, Any]:
    """Medians, ratios and every run."""
    return {
        "machine": MACHINE,
        **{name: _middle(runs) for name, runs in results.items()},
        "speed_ratio": _ratio(results, "events_per_second"),
        "p99_ratio": _ratio(results, "p99"),
        "runs": {name: [asdict(run) for run in runs] for name, runs in results.items()},
    }


def as_table(results: Results) -> RenderableType:
    """The same for people."""
    speed, latency = _ratio(results, "events_per_second"), _ratio(results, "p99")
    return Group(
        MACHINE,
        _side_by_side(results),
        *(_of_processes(name, runs) for name, runs in results.items()),
        f"speed {speed:.2f} of the bare pipeline (aim: at least {WANTED_SPEED}), "
        f"p99 {latency:.2f} times its (aim: at most {WANTED_LATENCY})",
    )


def _side_by_side(results: Results) -> Table:
    runs = max(map(len, results.values()))
    table = Table("", *results, title=f"Medians of {runs} runs (each run)")
    for field, (label, form) in _FIGURES.items():
        cells = []
        for measured in results.values():
            each = [getattr(run, field) for run in measured]
            cells.append(f"{median(each):{form}}  ({', '.join(f'{one:{form}}' for one in each)})")
        table.add_row(label, *cells)
    return table


def _of_processes(name: str, runs: Sequence[Measured]) -> Table:
    table = Table("", "CPU s / 1,000 events", "MB", title=f"Processes: {name}")
    cpu, megabytes = middle([run.cpu for run in runs]), middle([run.megabytes for run in runs])
    for process, seconds in cpu.items():
        table.add_row(process, f"{seconds:.2f}", f"{megabytes[process]:.0f}")
    table.add_row("all", f"{sum(cpu.values()):.2f}", f"{sum(megabytes.values()):.0f}")
    return table


def _middle(runs: Sequence[Measured]) -> dict[str, Any]:
    return {
        **{field: median(getattr(run, field) for run in runs) for field in _FIGURES},
        "cpu": middle([run.cpu for run in runs]),
        "megabytes": middle([run.megabytes for run in runs]),
        "rows": runs[-1].rows,
    }


def _ratio(results: Results, field: str) -> float:
    ours, bare = (median(getattr(run, field) for run in results[name]) for name in (OURS, BARE))
    return float(ours / bare)
