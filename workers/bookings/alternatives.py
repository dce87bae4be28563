"""Which free slots to offer when the wanted one is gone. Pure."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from messages.slots import Slot

OFFERED: Final = 3  # as many as a caller can keep in mind


def nearest(wanted: Slot, free: Iterable[Slot], *, zone: ZoneInfo, now: datetime) -> list[Slot]:
    """The slots a caller would most likely take instead, best first, each once.

    The same day beats any other; within a day the closest hour wins, by the clock on the wall;
    of two equally close, the earlier. What has begun already is not offered.
    """
    asked = wanted.start.astimezone(zone)

    def strangeness(slot: Slot) -> tuple[int, int, datetime]:
        offered = slot.start.astimezone(zone)
        days = abs((offered.date() - asked.date()).days)
        minutes = abs(_minute_of_day(offered) - _minute_of_day(asked))
        return days, minutes, slot.start

    different = {slot.start: slot for slot in free if slot.start > now}
    different.pop(wanted.start, None)
    return sorted(different.values(), key=strangeness)[:OFFERED]


def still_open(free: Iterable[Slot], busy: Iterable[Slot]) -> list[Slot]:
    """The free slots that touch none of the busy ones."""
    taken = list(busy)
    return [
        slot
        for slot in free
        if all(slot.end <= other.start or other.end <= slot.start for other in taken)
    ]


def _minute_of_day(moment: datetime) -> int:
    return moment.hour * 60 + moment.minute
