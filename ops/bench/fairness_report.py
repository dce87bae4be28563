"""What the runs of the bench of fairness come to: medians, side by side, and their ratio."""

from collections.abc import Sequence
from dataclasses import asdict, fields
from statistics import median
from typing import Any, Final

from rich.console import Group, RenderableType
from rich.table import Table

from ops.bench.fairness import Compared, Flood, Quiet
from ops.bench.machine import MACHINE

WANTED: Final = 1.5  # times the p99 of the same tenant alone, at most

_CAPTION: Final = (
    "All processes run as `ringbook up` runs them. The quiet tenant posts at one steady rate in"
    " both columns; in the second another tenant floods at the same time."
)
_FIGURES: Final = {
    "p50": "p50, ms to the commit",
    "p95": "p95, ms to the commit",
    "p99": "p99, ms to the commit",
    "costed_p50": "p50, ms to the cost of the call",
    "costed_p99": "p99, ms to the cost of the call",
}
_COLUMNS: Final = {"alone": "alone", "beside": "beside the flood"}

Runs = Sequence[Compared]


def as_json(runs: Runs) -> dict[str, Any]:
    """Medians, ratios and every run."""
    of_quiet = [field.name for field in fields(Quiet)]
    return {
        "machine": MACHINE,
        **{column: {name: _middle(runs, column, name) for name in of_quiet} for column in _COLUMNS},
        "flood": {field.name: _middle(runs, "flood", field.name) for field in fields(Flood)},
        "ratios": {name: _ratio(runs, name) for name in _FIGURES},
        "runs": [asdict(run) for run in runs],
    }


def as_table(runs: Runs) -> RenderableType:
    """The same for people."""
    flood = {field.name: _middle(runs, "flood", field.name) for field in fields(Flood)}
    ratio = _ratio(runs, "p99")
    return Group(
        MACHINE,
        _side_by_side(runs),
        f"The flood: {flood['offered_per_second']:.0f}/s offered,"
        f" {flood['accepted_per_second']:.0f}/s accepted; p50 {flood['p50']:.0f} ms and"
        f" p99 {flood['p99']:.0f} ms to the commit;"
        f" nothing of it was left {flood['done_after']:.1f} s after its last request.",
        f"The quiet tenant's p99 beside it is {ratio:.2f} times its own alone"
        f" (aim: at most {WANTED}; {'reached' if ratio <= WANTED else 'missed'}).",
    )


def _side_by_side(runs: Runs) -> Table:
    table = Table(
        "The quiet tenant",
        *_COLUMNS.values(),
        "times",
        title=f"Medians of {len(runs)} runs (each run)",
        caption=_CAPTION,
        caption_justify="left",
    )
    for name, label in _FIGURES.items():
        cells = (_cell(runs, column, name, ".1f") for column in _COLUMNS)
        table.add_row(label, *cells, f"{_ratio(runs, name):.2f}")
    table.add_row(
        "cores busy for others", *(_cell(runs, each, "others", ".2f") for each in _COLUMNS)
    )
    return table


def _cell(runs: Runs, column: str, name: str, form: str) -> str:
    each = ", ".join(f"{value:{form}}" for value in _each(runs, column, name))
    return f"{_middle(runs, column, name):{form}}  ({each})"


def _each(runs: Runs, column: str, name: str) -> list[float]:
    return [getattr(getattr(run, column), name) for run in runs]


def _middle(runs: Runs, column: str, name: str) -> float:
    return median(_each(runs, column, name))


def _ratio(runs: Runs, name: str) -> float:
    return _middle(runs, "beside", name) / _middle(runs, "alone", name)
