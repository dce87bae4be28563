"""How fast a replay may send: exactly so many a second on average, in small batches."""

from typing import Final

BATCH: Final = 200  # messages that wait for their confirms together; more is not faster
_BATCHES: Final = 4  # in a second, where the rate allows it: a cancellation is seen between two
_LAG: Final = 1.0  # seconds that may be made good; after a longer wait there is no rush


class Pace:
    """Says how long to wait. Times are seconds of any clock that does not jump."""

    def __init__(self, per_second: int, *, now: float) -> None:
        self.batch = max(1, min(BATCH, per_second // _BATCHES))
        self._per_second = per_second
        self._due = now

    def wait(self, *, now: float) -> float:
        """Seconds until the next batch may be sent."""
        return max(0.0, self._due - now)

    def sent(self, count: int, *, now: float) -> None:
        """So many were sent, in a batch that was begun when it was due."""
        self._due = max(self._due, now - _LAG) + count / self._per_second
