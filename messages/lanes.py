"""The two lanes of every handler: what is live, and what may wait."""

from enum import StrEnum
from typing import Final

_PREFIX: Final = "bulk."


class Lane(StrEnum):
    """`live` comes first; `bulk` has replays and the floods of single tenants.

    What follows from a message travels in its lane.
    """

    LIVE = "live"
    BULK = "bulk"

    def key(self, routing_key: str) -> str:
        """The routing key in this lane, for a key without one."""
        return f"{_PREFIX}{routing_key}" if self is Lane.BULK else routing_key


def without_lane(routing_key: str) -> str:
    """The routing key as it is on the live lane."""
    return routing_key.removeprefix(_PREFIX)
