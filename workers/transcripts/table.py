"""Which day and time are on the table while a call goes on, and how a turn stands to them."""

from dataclasses import dataclass
from datetime import date

from workers.transcripts.hearing import HeardDay, HeardTime, HeardTurn


@dataclass(slots=True)
class Table:
    """What is on the table while the call goes on."""

    days: frozenset[date] | None = None
    minutes: frozenset[int] | None = None
    menu_days: tuple[frozenset[date], ...] = ()
    menu_times: tuple[frozenset[int], ...] = ()
    settled: int = -1  # the turn in which day or time last changed
    time_settled: int = -1
    day_settled: int = -1
    time_kept: bool = True
    picked: int = -1  # the turn in which the caller took one of several offers

    def repeats(self, turn: HeardTurn) -> bool:
        """Whether the turn names the day or the time on the table."""
        return self.names_time(turn) or self.names_day(turn)

    def names_time(self, turn: HeardTurn) -> bool:
        """Whether a time in the turn can be the one on the table."""
        wanted = self.minutes or frozenset()
        return any(time.place.stands and time.time.minutes & wanted for time in turn.times)

    def names_day(self, turn: HeardTurn) -> bool:
        """Whether a day in the turn can be the one on the table."""
        wanted = self.days or frozenset()
        return any(day.place.stands and day.resolved.days & wanted for day in turn.days)

    def contradicts(self, turn: HeardTurn) -> bool:
        """Whether the turn names another time or day, and not ours."""
        return self.other_time(turn) or self.other_day(turn)

    def other_time(self, turn: HeardTurn) -> bool:
        """Whether the turn names a time to begin at, and not ours."""
        return bool(starting_times(turn)) and not self.names_time(turn)

    def other_day(self, turn: HeardTurn) -> bool:
        """Whether the turn names a day to come, and not ours."""
        return bool(named_days(turn)) and not self.names_day(turn)

    def strays(self, turn: HeardTurn) -> bool:
        """Whether a turn names another day or time, be it beside ours."""
        minutes = self.minutes or frozenset()
        other = any(not time.time.minutes & minutes for time in starting_times(turn))
        return other or self.strays_in_day(turn)

    def strays_in_day(self, turn: HeardTurn) -> bool:
        """Whether a turn names another day, be it beside ours."""
        wanted = self.days or frozenset()
        return any(not day.resolved.days & wanted for day in named_days(turn))


def named_days(turn: HeardTurn) -> list[HeardDay]:
    """Days that are named for coming; `in vierzehn Tagen` alone is often for something else."""
    return [
        day
        for day in turn.days
        if day.place.stands and (day.day.span is None or day.day.weekday is not None)
    ]


def starting_times(turn: HeardTurn) -> list[HeardTime]:
    """Times at which something could begin; a lone number only repeats one."""
    return [time for time in turn.times if time.starts and not time.time.bare]
