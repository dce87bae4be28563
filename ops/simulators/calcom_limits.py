"""Cal.com's budget of requests: so many in a window for each key, then a block."""

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

WINDOW: Final = timedelta(seconds=60)
BLOCK: Final = timedelta(seconds=60)  # further hits do not prolong it


@dataclass
class _Spent:
    since: datetime
    hits: int = 0
    blocked_until: datetime | None = None


@dataclass(frozen=True)
class Standing:
    """What is left of a budget. `reset` is in seconds from now, not a point in time."""

    limit: int
    remaining: int
    reset: int
    blocked: bool

    def headers(self) -> dict[str, str]:
        """As sent with every answer; there is no Retry-After."""
        return {
            "X-RateLimit-Limit-Default": str(self.limit),
            "X-RateLimit-Remaining-Default": str(self.remaining),
            "X-RateLimit-Reset-Default": str(self.reset),
        }


class Limits:
    """The budgets of all trackers: an API key, else an address."""

    def __init__(self) -> None:
        self._spent: dict[str, _Spent] = {}

    def clear(self) -> None:
        """Give everyone a fresh budget."""
        self._spent.clear()

    def spend(self, tracker: str, *, limit: int, now: datetime) -> Standing:
        """Count one request and say where that leaves its sender."""
        spent = self._spent.setdefault(tracker, _Spent(now))
        if spent.blocked_until and now < spent.blocked_until:
            return Standing(limit, 0, _seconds(spent.blocked_until - now), blocked=True)
        if spent.blocked_until or now >= spent.since + WINDOW:
            spent = self._spent[tracker] = _Spent(now)
        spent.hits += 1
        if spent.hits > limit:
            spent.blocked_until = now + BLOCK
            return Standing(limit, 0, _seconds(BLOCK), blocked=True)
        left = spent.since + WINDOW - now
        return Standing(limit, limit - spent.hits, _seconds(left), blocked=False)


def _seconds(span: timedelta) -> int:
    return math.ceil(span.total_seconds())
