"""What a handler raises when its message is not done, and nothing is wrong with it."""

from uuid import UUID


class NotYet(Exception):
    """Another worker must finish first; the message comes back after a short while."""


class Paused(Exception):
    """An operator has paused what the message belongs to; it is parked until that is resumed."""

    def __init__(self, pause_id: UUID, tenant: str | None) -> None:
        super().__init__(f"paused by {pause_id}")
        self.pause_id = pause_id
        self.tenant = tenant


class AboveShare(Exception):
    """The tenant has more than its share of this process; the message goes on in bulk."""

    def __init__(self, tenant: str) -> None:
        super().__init__(f"{tenant} is above its share")
        self.tenant = tenant
