"""What waits, and for whom, as `/health/detailed` of the duties tells it: read from the gauges."""

import time
from typing import Any, Final

from prometheus_client import Gauge

from messages import topology
from ops import metrics
from ops.health import Section

STALE: Final = 30.0  # seconds; measured several times in that
# Whoever has none of these consumers works on nothing: handlers, and the archivist's queues.
_CONSUMED: Final = frozenset(topology.EVERY_QUEUE) - frozenset(topology.DELAYS)


def queues() -> Section:
    """Depth, age of the oldest and consumers of each; one of ours without consumers is not ok."""
    depths, ages = _by_label(metrics.QUEUE_DEPTH), _by_label(metrics.QUEUE_AGE)
    consumers = _by_label(metrics.QUEUE_CONSUMERS)
    told = {
        name: _facts(name, depth, ages.get(name), consumers.get(name))
        for name, depth in depths.items()
    }
    return Section(all(each.get("ok", True) for each in told.values()), told)


def measured() -> Section:
    """How long ago, in seconds, what `queues` tells was measured."""
    now = time.time()
    ages = {what: round(now - at, 1) for what, at in _by_label(metrics.MEASURED).items()}
    fresh = {"queues", "tables"} <= {what for what, age in ages.items() if age <= STALE}
    return Section(fresh, ages)


def dead_letters() -> Section:
    """How many are open, 10,000 at most. They wait for a person, and stop nothing."""
    return Section(fine=True, facts=int(sum(_values(metrics.DEAD_LETTERS))))


def _facts(name: str, depth: float, age: float | None, consumers: float | None) -> dict[str, Any]:
    told: dict[str, Any] = {"depth": int(depth)}
    if age is not None:
        told["oldest_seconds"] = round(age, 1)
    if name in _CONSUMED:
        told |= {"consumers": int(consumers or 0), "ok": bool(consumers)}
    return told


def _by_label(gauge: Gauge) -> dict[str, float]:
    return {
        next(iter(sample.labels.values())): sample.value
        for metric in gauge.collect()
        for sample in metric.samples
    }


def _values(gauge: Gauge) -> list[float]:
    return [sample.value for metric in gauge.collect() for sample in metric.samples]
