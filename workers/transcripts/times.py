"""Which times of the day are said, and what each of them can mean."""

from collections.abc import Iterable
from typing import Final, NamedTuple, TypeAlias

from workers.transcripts.languages.language import Bound, Clock, Half, Language
from workers.transcripts.numerals import cardinal_at
from workers.transcripts.words import BREAKS, SENTENCE_ENDS, Word

DAY: Final = 24 * 60
NOON: Final = 12 * 60
_HALF_CLOCK: Final = 12
_NEAR: Final = 4  # words between an hour and the "in the morning" that belongs to it
_NEVER_BEFORE: Final = 6 * 60  # no business of ours begins earlier or later than this
_NEVER_AFTER: Final = 22 * 60
_USUAL_FROM: Final = 8 * 60
_USUAL_UNTIL: Final = 19 * 60


Halves: TypeAlias = list[tuple[int, Half]]  # the word it stands at


class Time(NamedTuple):
    """A time said at words `first` up to `after`; `minutes` of the day are all it can mean.

    A `bare` time is a lone number: it can repeat a time, never introduce one.
    """

    first: int
    after: int
    minutes: frozenset[int]
    bound: Bound
    sure: bool
    bare: bool


class _Match(NamedTuple):
    hour: int
    minute: int
    after: int


def times_in(
    words: list[Word], language: Language, country: str, halves: Halves | None = None
) -> list[Time]:
    """The times said in a turn, in order; `halves` are those of the turn, where known."""
    halves = halves_in(words, language) if halves is None else halves
    found: list[Time] = []
    starts = language.time_starts
    at = 0
    while at < len(words):
        text = words[at].text
        likely = text in starts or text[0].isdecimal()
        time = _time_at(words, at, language, country) if likely else None
        if time:
            found.append(_in_its_half(time, words, halves))
        at = time.after if time else at + 1
    return found


def clock_time(minutes: Iterable[int], halves: frozenset[Half]) -> int | None:
    """The one minute of the day that is meant, or None where it stays open.

    The usual hours decide: one to half past six is afternoon, eight to half past eleven is
    morning, seven can be both. Where all talk is of the other half of the day, nothing is sure.
    """
    possible = {minute for minute in minutes if _NEVER_BEFORE <= minute <= _NEVER_AFTER}
    if len(possible) <= 1:
        return next(iter(possible), None)
    usual = {minute for minute in possible if _USUAL_FROM <= minute < _USUAL_UNTIL}
    if len(halves) == 1:
        before_noon = Half.AM in halves
        said = {minute for minute in possible if (minute < NOON) is before_noon}
        return min(said) if said and (not usual or said == usual) else None
    return min(usual) if len(usual) == 1 else None


def halves_in(words: list[Word], language: Language) -> Halves:
    """Where somebody speaks of a half of the day; a greeting such as `guten Morgen` is none."""
    found: Halves = []
    starts = language.half_starts
    for at, word in enumerate(words):
        if word.text not in starts:
            continue
        half = language.halves.get(word.text)
        if half and not (at and words[at - 1].text in language.before_greeting):
            found.append((at, half))
        elif word.text in {"a", "p"} and [w.text for w in words[at + 1 : at + 3]] == [".", "m"]:
            found.append((at, Half.AM if word.text == "a" else Half.PM))
    return found


def _in_its_half(time: Time, words: list[Word], halves: Halves) -> Time:
    near = {
        half
        for at, half in halves
        if time.first - _NEAR <= at < time.after + _NEAR and not _parted(words, at, time)
    }
    if len(near) != 1 or len(time.minutes) == 1:
        return time
    before_noon = Half.AM in near
    return time._replace(minutes=frozenset(m for m in time.minutes if (m < NOON) is before_noon))


def _parted(words: list[Word], at: int, time: Time) -> bool:
    gap = words[at : time.first] if at < time.first else words[time.after : at]
    return any(word.text in SENTENCE_ENDS for word in gap)


def _time_at(words: list[Word], at: int, language: Language, country: str) -> Time | None:
    text = words[at].text
    if text in language.noon:
        return Time(at, at + 1, frozenset({NOON}), Bound.AT, sure=True, bare=False)
    start = "#" if _is_number(words, at, language) else text
    for pattern, clock in language.clock_patterns.get(start, ()):
        match = _match(words, at, pattern, language)
        time = _timed(words, at, match, clock, language) if match else None
        if time:
            usual = not clock.countries or country in clock.countries
            return time._replace(sure=time.sure and usual)
    return None


def _is_number(words: list[Word], at: int, language: Language) -> bool:
    text = words[at].text
    return text[0].isdecimal() or text in language.hours or text in language.cardinals


def _match(words: list[Word], at: int, pattern: list[str], language: Language) -> _Match | None:
    hour, minute = -1, 0
    for symbol in pattern:
        if at >= len(words):
            return None
        if symbol == "H":
            hour, at = _hour_at(words, at, language)
        elif symbol == "M":
            minute, at = _minute_at(words, at, language)
        elif symbol == "C":
            hour, minute, at = _digits_at(words, at)
        elif words[at].text == symbol:
            at += 1
        else:
            return None
        if at < 0:
            return None
    return _Match(hour, minute, at)


def _hour_at(words: list[Word], at: int, language: Language) -> tuple[int, int]:
    text = words[at].text
    hour = int(text) if text.isdecimal() and len(text) <= 2 else language.hours.get(text)  # noqa: PLR2004 -- digits
    return (hour, at + 1) if hour is not None and hour <= 24 else (0, -1)  # noqa: PLR2004 -- a day


def _minute_at(words: list[Word], at: int, language: Language) -> tuple[int, int]:
    number = cardinal_at(words, at, language)
    return number if number and 0 < number[0] < 60 else (0, -1)  # noqa: PLR2004 -- an hour


def _digits_at(words: list[Word], at: int) -> tuple[int, int, int]:
    hour, colon, minute = words[at].text.replace(".", ":").rstrip(":").partition(":")
    if not (colon and hour.isdecimal() and minute.isdecimal()):
        return 0, 0, -1
    valid = int(hour) < 24 and int(minute) < 60  # noqa: PLR2004 -- a clock
    return (int(hour), int(minute), at + 1) if valid else (0, 0, -1)


def _timed(
    words: list[Word], at: int, match: _Match, clock: Clock, language: Language
) -> Time | None:
    after = match.after
    lone = clock.words in {"H", "H M", "H oh M", "H o M"}
    if lone and not _stands_alone(words, at, after, language):
        return None
    if clock.words == "H M" and match.minute < 10:  # noqa: PLR2004 -- "five six" is no time
        return None
    minutes = _minutes(words[at].text, match, clock)
    if after < len(words) and words[after].text in {"uhr", "o"}:
        after += 1
    bound = _bound(words, at, language)
    sure = clock.sure and bound is not Bound.ABOUT and not _loosened(words, after, language)
    bare = clock.words == "H" and bound is None
    return Time(at, after, minutes, bound or Bound.AT, sure, bare and not _has_half(words, after))


def _minutes(said: str, match: _Match, clock: Clock) -> frozenset[int]:
    exact = match.hour > _HALF_CLOCK or match.hour == 0 or said.startswith("0")
    start = (match.hour * 60 + clock.shift + clock.sign * match.minute) % DAY
    return frozenset({start} if exact else {start % NOON, start % NOON + NOON})


def _stands_alone(words: list[Word], at: int, after: int, language: Language) -> bool:
    """A number inside a longer number, or that counts something, is no time."""
    if after < len(words):
        text = words[after].text
        if text in language.units or _is_number(words, after, language):
            return False
        if text in language.ordinals or text in language.months or text in {"@", "&"}:
            return False
    if after + 1 < len(words) and words[after].text == ".":
        close = words[after].start == words[after - 1].end
        digits = words[after - 1].text.isdecimal()
        if close and digits and words[after + 1].text in language.months:
            return False
    return not (at and _is_number(words, at - 1, language))


def _bound(words: list[Word], at: int, language: Language) -> Bound | None:
    """What stands before the time; `so um drei` is loose although `um` stands between."""
    bound: Bound | None = None
    for back in range(at - 1, max(at - 4, -1), -1):
        text = words[back].text
        if text in {"a", "the", "in"}:
            continue
        if text in BREAKS or text not in language.bounds:
            break
        nearer = bound
        bound = language.bounds[text]
        if nearer and bound is Bound.AT:
            bound = nearer
    return bound


def _loosened(words: list[Word], after: int, language: Language) -> bool:
    if after >= len(words):
        return False
    text = words[after].text
    return text in language.loose or (words[after - 1].text == "uhr" and _is_like_a_number(text))


def _is_like_a_number(text: str) -> bool:
    """Minutes that were misheard: `achtzehn Uhr günfundvierzig` is not six o'clock sharp."""
    compound = len(text) > 8 and "und" in text[2:]  # noqa: PLR2004 -- einundzwanzig and longer
    return compound or text.endswith(("zig", "ssig", "zehn"))


def _has_half(words: list[Word], after: int) -> bool:
    texts = [word.text for word in words[after : after + 3]]
    return texts[:1] in (["am"], ["pm"]) or texts in (["a", ".", "m"], ["p", ".", "m"])
