"""Which days of the calendar are meant, at the point of the call at which they are said."""

from calendar import monthrange
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import MAXYEAR, MINYEAR, date, timedelta
from typing import Final, NamedTuple

from workers.transcripts.day_parts import Day

_WEEK: Final = 7
_MONTHS: Final = 12
_SUNDAY: Final = 6


class Resolved(NamedTuple):
    """The days a mention can mean; `broken` where its own parts contradict each other."""

    days: frozenset[date]
    broken: bool = False


@dataclass(slots=True)
class Almanac:
    """What the call has said of days so far; `today` is the day of the call."""

    today: date
    last: date | None = None
    weekdays: dict[int, frozenset[date]] = field(default_factory=dict)

    def resolve(self, said: Day) -> Resolved:
        """The days that fit, and remember them for the mentions that follow."""
        found = Resolved(frozenset(), broken=True) if said.torn else _resolved(said, self)
        if said.weekday is not None and found.days:
            before = self.weekdays.get(said.weekday)
            unsure = before is not None and not said.full
            self.weekdays[said.weekday] = found.days | before if unsure and before else found.days
        if len(found.days) == 1:
            (self.last,) = found.days
            if said.full:
                self.weekdays[self.last.weekday()] = found.days
        return found


def _resolved(said: Day, known: Almanac) -> Resolved:
    if said.offset is not None:
        return _by_offset(said, known.today)
    if said.after_last is not None:
        start = known.last
        return _fits(said, [start + timedelta(said.after_last)] if start else [])
    if said.day is not None and said.month is not None:
        return _by_date(said, known.today)
    if said.day is not None:
        return _by_day_of_month(said, known.today)
    return Resolved(_by_weekday(said, known))


def _fits(said: Day, days: Iterable[date]) -> Resolved:
    possible = list(days)
    fitting = frozenset(day for day in possible if _matches(said, day))
    return Resolved(fitting, broken=bool(possible) and not fitting)


def _matches(said: Day, day: date) -> bool:
    return (
        said.weekday in (None, day.weekday())
        and said.day in (None, day.day)
        and said.month in (None, day.month)
        and said.year in (None, day.year)
    )


def _by_offset(said: Day, today: date) -> Resolved:
    day = today + timedelta(said.offset or 0)
    weekday_differs = said.weekday is not None and said.weekday != day.weekday()
    if said.span and said.span % _WEEK == 0 and weekday_differs and said.weekday is not None:
        day = _next(said.weekday, today) + timedelta(said.span)  # "Samstag in einer Woche"
    return _fits(said, [day])


def _by_date(said: Day, today: date) -> Resolved:
    day, month = said.day or 0, said.month or 0
    first_year = today.year if said.years is None else today.year + said.years
    years = [said.year or first_year]
    if said.year is None and said.years is None and (month, day) < (today.month, today.day):
        years = [today.year + 1]
    return _checked(said, [(year, month, day) for year in years])


def _by_day_of_month(said: Day, today: date) -> Resolved:
    """The nearest such day; where the weekday speaks for the month after it, nothing is sure."""
    months = [
        (today.year + (today.month - 1 + n) // 12, (today.month - 1 + n) % 12 + 1)
        for n in (0, 1, 2)
    ]
    asked = said.day or 0
    found = [
        date(year, month, asked)
        for year, month in months
        if 0 < asked <= monthrange(year, month)[1]
    ]
    return _fits(said, [day for day in found if day >= today][:1])


def _checked(said: Day, parts: list[tuple[int, int, int]]) -> Resolved:
    days = [
        date(year, month, day)
        for year, month, day in parts
        if 0 < month <= _MONTHS
        and MINYEAR <= year <= MAXYEAR
        and 0 < day <= monthrange(year, month)[1]
    ]
    return _fits(said, days) if days else Resolved(frozenset(), broken=True)


def _by_weekday(said: Day, known: Almanac) -> frozenset[date]:
    weekday = said.weekday or 0
    if said.weeks is not None:
        monday = known.today - timedelta(known.today.weekday())
        day = monday + timedelta(_WEEK * said.weeks + weekday)
        twofold = known.today.weekday() == _SUNDAY  # on Sundays "next week" is two weeks
        return frozenset({day, day + timedelta(_WEEK)} if twofold else {day})
    if not said.loose and weekday in known.weekdays:
        return known.weekdays[weekday]
    nearest = _next(weekday, known.today)
    days = {nearest}
    if said.loose and known.today.weekday() != weekday:
        days.add(nearest + timedelta(_WEEK))
    if known.last:
        days.add(known.last - timedelta(known.last.weekday() - weekday))
    return frozenset(day for day in days if day > known.today)


def _next(weekday: int, today: date) -> date:
    return today + timedelta((weekday - today.weekday() - 1) % _WEEK + 1)
