"""The parts of a date: a weekday, a number and a month, `next week`, `in eight days`."""

from typing import Final, NamedTuple

from workers.transcripts.languages.language import Calendar, Language
from workers.transcripts.numerals import cardinal_at, ordinal_at
from workers.transcripts.words import BREAKS, Word, longest_at

_WEEK: Final = 7
_MONTHS: Final = 12
_MONTH_FIRST: Final = frozenset({"US"})


class Day(NamedTuple):
    """The parts of a day said at words `first` up to `after`; unset parts were not said.

    `loose` is "next Friday", which is two days to two people; `torn` has parts that belong
    together but cannot be read as one date.
    """

    first: int
    after: int
    weekday: int | None = None
    day: int | None = None
    month: int | None = None
    year: int | None = None
    offset: int | None = None
    weeks: int | None = None
    years: int | None = None
    after_last: int | None = None
    span: int | None = None
    loose: bool = False
    torn: bool = False

    @property
    def full(self) -> bool:
        """Whether it can be put into the calendar without anything said before."""
        return self.day is not None or self.offset is not None or self.weeks is not None

    @property
    def is_whole_day(self) -> bool:
        """Whether it names a day at all, not only a month, a week or a year."""
        named = (self.weekday, self.day, self.offset, self.after_last)
        return any(part is not None for part in named)


def part_at(words: list[Word], at: int, language: Language, country: str) -> Day | None:
    """The part of a date that begins at word `at`."""
    text = words[at].text
    if text[0].isdecimal() and (digits := _digits(words[at], at, country)):
        return digits
    phrase = (
        longest_at(language.calendar_phrases, [w.text for w in words[at : at + 6]], 0)
        if (text in language.calendar_phrases)
        else None
    )
    if phrase and _means_a_day(words, at, phrase[0], at + phrase[1].after, language):
        return _from_calendar(phrase[0], at, at + phrase[1].after)
    if text in language.weekdays:
        return _weekday(words, at, language)
    if text in language.span_lead:
        return _span(words, at, language)
    return _month_date(words, at, language)


def _from_calendar(fixed: Calendar, first: int, after: int) -> Day:
    return Day(
        first,
        after,
        day=fixed.day,
        month=fixed.month,
        offset=fixed.offset,
        weeks=fixed.weeks,
        years=fixed.years,
        after_last=fixed.after_last,
    )


def _means_a_day(
    words: list[Word], at: int, fixed: Calendar, after: int, language: Language
) -> bool:
    """`The day before Thanksgiving` and `how can I help you today?` are about other days."""
    if fixed.after_last is not None:
        following = words[after].text if after < len(words) else "."
        return following in BREAKS or following in language.weekdays or following in language.bounds
    if fixed.offset == 0 and at and words[at - 1].text in {"you", "seit", "since", "bis", "until"}:
        return False
    return not _is_greeting(words, at, fixed, language)


def _is_greeting(words: list[Word], at: int, fixed: Calendar, language: Language) -> bool:
    """`Guten Morgen`, `Morgen, hier ist ...` and `am Morgen` speak of no day."""
    if fixed.offset != 1 or language.code != "de":
        return False
    before = words[at - 1].text if at else ""
    following = [word.text for word in words[at + 1 : at + 3]]
    opening = at == 0 and following[:1] in ([","], ["!"], ["."])
    opening = opening and not set(following) & language.weekdays.keys()
    return opening or before in language.before_greeting | {
        "am",
        "heute",
        "heut",
        "diesen",
        "jeden",
    }


def _weekday(words: list[Word], at: int, language: Language) -> Day:
    before = [word.text for word in words[max(at - 2, 0) : at]]
    following = [word.text for word in words[at + 1 : at + 3]]
    weekday = language.weekdays[words[at].text]
    if before in (["week", "on"], ["week", "from"]) or following[:1] == ["week"]:
        return Day(at, at + 1, weekday=weekday, offset=_WEEK, span=_WEEK)
    gone = before[-1:] in (["letzten"], ["letzter"], ["last"], ["vergangenen"])
    torn = gone or following == ["after", "next"]
    return Day(
        at,
        at + 1,
        weekday=weekday,
        loose=bool(before) and before[-1] in language.next_words,
        torn=torn,
    )


def _span(words: list[Word], at: int, language: Language) -> Day | None:
    if at + 2 >= len(words):
        return None
    one = words[at + 1].text in {"einer", "einem", "a", "one"}
    number = (1, at + 2) if one else cardinal_at(words, at + 1, language)
    if number is None or number[1] >= len(words):
        return None
    count, unit_at = number
    unit = language.spans.get(words[unit_at].text)
    if unit is None:
        return None
    days = language.special_spans.get(count, count) if unit == 1 else count * unit
    return Day(at, unit_at + 1, span=days, offset=days)


def _digits(word: Word, at: int, country: str) -> Day | None:
    if word.text.count("-") == 2:  # noqa: PLR2004 -- 2026-11-24
        written = [int(part) for part in word.text.split("-")]
        return Day(at, at + 1, day=written[2], month=written[1], year=written[0])
    dotted, slashed = word.text.count(".") == 2, "/" in word.text  # noqa: PLR2004 -- 3.7.
    if not (dotted or slashed):
        return None
    numbers = [int(part) for part in word.text.replace("/", ".").split(".") if part.strip()]
    first, second = numbers[:2]
    day, month = (second, first) if slashed and country in _MONTH_FIRST else (first, second)
    said_year = numbers[2] if len(numbers) > 2 else None  # noqa: PLR2004 -- day, month and year
    year = said_year + 2000 if said_year is not None and said_year < 100 else said_year  # noqa: PLR2004 -- two digits
    if dotted and month > _MONTHS:
        return None  # "10.15." at the end of a sentence is a time
    return Day(at, at + 1, day=day, month=month, year=year)


def _month_date(words: list[Word], at: int, language: Language) -> Day | None:
    text = words[at].text
    if text in language.months:
        return _after_month(words, at, language)
    ordinal = ordinal_at(words, at, language)
    if ordinal is None:
        return None
    day, after, certain = ordinal
    following = after + 1 if after < len(words) and words[after].text == "of" else after
    month = _month_at(words, following, language)
    if month:
        year, end = _year_at(words, month[1], language)
        return Day(at, end, day=day, month=month[0], year=year)
    lead = words[at - 1].text if at else ""
    led = lead in language.articles or lead in language.weekdays
    alone = led or (certain and lead == ",")
    if not alone:
        return None
    if not certain or _ends_there(words, after, language):
        return Day(at, after, day=day)
    dated = any(word.text in language.weekdays for word in words[max(at - 3, 0) : at])
    return Day(at, after, torn=True) if dated else None  # its month was not understood


def _after_month(words: list[Word], at: int, language: Language) -> Day | None:
    month = language.months[words[at].text]
    ordinal = ordinal_at(words, at + 1, language) if language.code == "en" else None
    number = cardinal_at(words, at + 1, language) if language.code == "en" else None
    found = ordinal[:2] if ordinal else number
    if found and 0 < found[0] <= 31:  # noqa: PLR2004 -- a month
        comma = found[1] < len(words) and words[found[1]].text == ","
        year, end = _year_at(words, found[1] + comma, language)
        return Day(at, end if year else found[1], day=found[0], month=month, year=year)
    doubtful = language.code == "en" and words[at].text in {"may", "march"}
    return None if doubtful else Day(at, at + 1, month=month)


def _month_at(words: list[Word], at: int, language: Language) -> tuple[int, int] | None:
    if at >= len(words):
        return None
    if words[at].text in language.months:
        return language.months[words[at].text], at + 1
    if language.code != "de":
        return None
    second = ordinal_at(words, at, language)  # "der dritte siebte"
    return second[:2] if second and second[2] and second[0] <= _MONTHS else None


def _year_at(words: list[Word], at: int, language: Language) -> tuple[int | None, int]:
    if at >= len(words):
        return None, at
    text = words[at].text
    if text.isdecimal() and len(text) == 4:  # noqa: PLR2004 -- 2027
        return int(text), at + 1
    if text.startswith("zweitausend"):
        number = language.cardinals.get(text.removeprefix("zweitausend").removeprefix("und"))
        return (2000 + number, at + 1) if number else (None, at)
    if text == "twenty" and (rest := cardinal_at(words, at + 1, language)) and rest[0] > 20:  # noqa: PLR2004 -- 2021 on
        return 2000 + rest[0], rest[1]
    return None, at


def _ends_there(words: list[Word], after: int, language: Language) -> bool:
    """`the 5th` is a day; in `the first one` and `das zweite Mal` something else is counted."""
    following = words[after].text if after < len(words) else "."
    stops = language.bounds.keys() | language.between | language.calendar_phrases.keys()
    stops |= {".", "?", "!", "with", "bei", "in", "for", "fur", "mit", "geht", "gehen", "works"}
    stops |= {"is", "free", "or", "oder", "passt", "dann", *language.halves, *language.cardinals}
    return following in stops and following != "one"
