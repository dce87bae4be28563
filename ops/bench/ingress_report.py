"""What the slices come to: the ingress beside itself without publishing."""

from collections.abc import Sequence
from dataclasses import asdict
from statistics import median
from typing import Any, Final

from rich.console import Group, RenderableType
from rich.table import Table

from ops.bench.ingress import Slice, Target
from ops.bench.machine import MACHINE

WANTED: Final = 0.25  # of the speed without publishing, at least
QUARTERS: Final = 4

_FIGURES: Final = {
    "per_second": ("requests/s", ".0f"),
    "p50": ("p50, ms", ".1f"),
    "p99": ("p99, ms", ".1f"),
    "cpu": ("its CPU s / 1,000 requests", ".2f"),
    "rabbitmq_cpu": ("RabbitMQ's CPU s / 1,000", ".2f"),
    "load_cpu": ("the load's CPU s / 1,000", ".2f"),
    "others": ("cores busy for others", ".2f"),
}


def as_json(publishing: Target, without: Target) -> dict[str, Any]:
    """Medians, the ratio, and every slice."""
    return {
        "machine": MACHINE,
        "publishing": _of(publishing),
        "without_publishing": _of(without),
        "ratio": _ratio(publishing, without),
    }


def as_table(publishing: Target, without: Target, *, body: bytes) -> RenderableType:
    """The same for people."""
    both = (publishing, without)
    requests = sum(each.requests for each in publishing.slices)
    table = Table(
        "",
        "publishing",
        "without",
        title=f"{requests} webhooks of {len(body)} bytes each, {len(publishing.slices)} slices",
    )
    for field, (label, form) in _FIGURES.items():
        table.add_row(label, *(f"{_median(each.slices, field):{form}}" for each in both))
    for label, field, name in (
        ("MB: start, quarters", "megabytes", "process"),
        ("RabbitMQ's MB: start, quarters", "rabbitmq_megabytes", "rabbitmq"),
    ):
        held = (" ".join(f"{one:.0f}" for one in _held(each, field, name)) for each in both)
        table.add_row(label, *held)
    ratio = _ratio(publishing, without)
    return Group(MACHINE, table, f"{ratio:.2f} of the speed without (aim: at least {WANTED})")


def _of(target: Target) -> dict[str, Any]:
    return {
        **{field: _median(target.slices, field) for field in _FIGURES},
        "requests": sum(each.requests for each in target.slices),
        "megabytes": _held(target, "megabytes", "process"),
        "rabbitmq_megabytes": _held(target, "rabbitmq_megabytes", "rabbitmq"),
        "slices": [asdict(each) for each in target.slices],
    }


def _held(target: Target, field: str, name: str) -> list[float]:
    """Memory at the start and after each quarter of the slices."""
    count = len(target.slices)
    ends = [max(1, count * quarter // QUARTERS) - 1 for quarter in range(1, QUARTERS + 1)]
    afterwards = [getattr(target.slices[end], field) for end in ends]
    return [target.at_start[name].megabytes, *afterwards]


def _ratio(publishing: Target, without: Target) -> float:
    return _median(publishing.slices, "per_second") / _median(without.slices, "per_second")


def _median(slices: Sequence[Slice], field: str) -> float:
    return float(median(getattr(each, field) for each in slices))
