"""Which days are said: the parts that stand together, put together."""

from typing import Final

from workers.transcripts.day_parts import Day, part_at
from workers.transcripts.languages.language import Language
from workers.transcripts.words import Word

_NEAR: Final = 6  # words within which a weekday and a month belong to one date


def days_in(words: list[Word], language: Language, country: str) -> list[Day]:
    """The days said in a turn, in order, with what stands together put together."""
    parts: list[Day] = []
    starts = language.day_starts
    at = 0
    while at < len(words):
        text = words[at].text
        likely = text in starts or text[0].isdecimal()
        part = part_at(words, at, language, country) if likely else None
        if part:
            parts.append(part)
        at = part.after if part else at + 1
    return [day for day in _joined(parts, words, language) if day.is_whole_day]


def _joined(parts: list[Day], words: list[Word], language: Language) -> list[Day]:
    joined: list[Day] = []
    for part in parts:
        last = joined[-1] if joined else None
        if last and _belongs(last, part, words, language):
            joined[-1] = _merged(last, part)
        elif last and _torn(last, part):
            joined[-1] = last._replace(torn=True)
        else:
            joined.append(part)
    return joined


def _belongs(last: Day, part: Day, words: list[Word], language: Language) -> bool:
    gap = words[last.after : part.first]
    if len(gap) > _NEAR or any(word.text not in language.between for word in gap):
        return part.years is not None and len(gap) <= 1
    both = [
        name
        for name in ("weekday", "day", "month", "year", "weeks", "after_last")
        if getattr(last, name) is not None and getattr(part, name) is not None
    ]
    apart = part.after_last is not None and last.weekday is None
    return not both and not apart


def _torn(last: Day, part: Day) -> bool:
    """A weekday, rubble, and a month: the day between them was said but not understood."""
    month_only = part.month is not None and part.day is None
    open_weekday = last.weekday is not None and last.day is None and last.offset is None
    return month_only and open_weekday and part.first - last.after <= _NEAR


def _merged(last: Day, part: Day) -> Day:
    offsets = [offset for offset in (last.offset, part.offset) if offset is not None]
    values = {
        name: getattr(part, name) if getattr(last, name) is None else getattr(last, name)
        for name in ("weekday", "day", "month", "year", "weeks", "years", "after_last", "span")
    }
    return Day(
        last.first,
        part.after,
        **values,
        offset=sum(offsets) if offsets else None,
        loose=last.loose or part.loose,
        torn=last.torn or part.torn,
    )
