"""Dates and times as people say them on the telephone, and the working days they speak of."""

from datetime import date, datetime, timedelta
from typing import Final

from babel.dates import format_date

SATURDAY: Final = 5
_LOCALES: Final = {"de": "de_DE", "en": "en_US"}


def working_day(today: date, number: int) -> date:
    """The n-th working day after today."""
    day = today
    while number:
        day += timedelta(days=1)
        number -= day.weekday() < SATURDAY
    return day


def spoken_date(day: date, language: str) -> str:
    """Dienstag, den 24. November; Tuesday, November 24th."""
    weekday = format_date(day, "EEEE", locale=_LOCALES[language])
    month = format_date(day, "MMMM", locale=_LOCALES[language])
    if language == "de":
        return f"{weekday}, den {day.day}. {month}"
    return f"{weekday}, {month} {day.day}{_ending(day.day)}"


def spoken_time(moment: datetime, language: str) -> str:
    """14 Uhr 30; 2:30 p.m."""
    if language == "de":
        return f"{moment.hour} Uhr {moment.minute}" if moment.minute else f"{moment.hour} Uhr"
    clock = f"{moment.hour % 12 or 12}" + (f":{moment.minute:02}" if moment.minute else "")
    return f"{clock} {'a.m.' if moment.hour < 12 else 'p.m.'}"  # noqa: PLR2004 -- noon


def _ending(number: int) -> str:
    teens = 10 < number % 100 < 14  # noqa: PLR2004 -- eleventh, twelfth, thirteenth
    return "th" if teens else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
