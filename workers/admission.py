"""Whether a message may be worked on now: its tenant is below its share, and nothing paused it."""

from messages.lanes import Lane
from messages.topology import Work
from storage.postgres import Pool


class Admission:
    """Decides for one process."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    def check(self, work: Work, lane: Lane, tenant: str | None) -> None:
        """Raise Paused or AboveShare if a message of this tenant must not be worked on now."""
