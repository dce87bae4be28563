"""How many measurements become one figure."""

from collections.abc import Sequence
from statistics import median
from typing import Final

MILLIS: Final = 1000.0


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that this share of the values does not exceed."""
    ordered = sorted(values)
    return ordered[min(int(share * len(ordered)), len(ordered) - 1)]


def middle(runs: Sequence[dict[str, float]]) -> dict[str, float]:
    """For each name the median of all runs."""
    return {name: median(run[name] for run in runs) for name in runs[0]}
