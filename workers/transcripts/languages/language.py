"""What a language must say about itself, so that times, days and consent can be read in it."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto
from functools import cached_property
from typing import NamedTuple, TypeAlias

from workers.transcripts.words import BREAKS, phrase_table


class Half(Enum):
    """Which half of the day a word puts an hour into."""

    AM = auto()
    PM = auto()


class Bound(Enum):
    """What a preposition makes of a time: when it begins, from when on, or no beginning at all."""

    AT = auto()
    FROM = auto()
    ABOUT = auto()
    OTHER = auto()


class Cue(Enum):
    """What a phrase does in a conversation.

    The first group ends or weakens an agreement, the second makes or carries one.
    """

    WITHDRAW = auto()  # hard: only a new agreement heals it
    WAVER = auto()  # soft: said in passing, healed when the agent commits again
    DOUBT = auto()  # soft: healed when the agent names day and time again and the caller agrees
    HEDGE = auto()
    CALLBACK = auto()
    CANCEL = auto()  # an existing appointment is given up
    REFUSE = auto()
    WHICH_DAY = auto()
    MACHINE = auto()
    WRONG_NUMBER = auto()
    INJECTION = auto()
    ABUSE = auto()

    ACCEPT = auto()
    COMMIT = auto()
    CLOSING = auto()
    OFFER = auto()
    CHANGE = auto()
    RATHER = auto()
    CHANGED = auto()
    SAME_TIME = auto()
    OTHER_PERSON = auto()
    ADD_ON = auto()
    ONLY = auto()
    MOVE = auto()
    EXISTING = auto()  # the caller speaks of an appointment she has
    REMINDER = auto()
    PICK_FIRST = auto()
    PICK_SECOND = auto()
    PICK_MIDDLE = auto()
    PICK_LAST = auto()
    POLICY = auto()


class Clock(NamedTuple):
    """One way to say a time: `H` is an hour, `M` a number of minutes, `C` digits such as 14:30.

    The time is the hour, plus `shift`, plus `sign` times the minutes.
    """

    words: str
    shift: int = 0
    sign: int = 1
    sure: bool = True
    countries: frozenset[str] = frozenset()  # empty: everywhere; elsewhere it is not sure


class Calendar(NamedTuple):
    """What a phrase fixes of a day; unset parts stay open."""

    offset: int | None = None  # days from the call
    weeks: int | None = None  # whole calendar weeks from the week of the call
    years: int | None = None
    after_last: int | None = None  # days from the day spoken of before
    day: int | None = None
    month: int | None = None


Phrases: TypeAlias = tuple[str, ...]


@dataclass(frozen=True)
class Language:
    """The tables of one language; every word in them is folded (see words.fold)."""

    code: str
    common: frozenset[str]
    cardinals: Mapping[str, int]
    ordinals: Mapping[str, int]
    hours: Mapping[str, int]
    clocks: tuple[Clock, ...]
    noon: frozenset[str]
    bounds: Mapping[str, Bound]
    loose: frozenset[str]
    units: frozenset[str]
    halves: Mapping[str, Half]
    before_greeting: frozenset[str]
    weekdays: Mapping[str, int]
    months: Mapping[str, int]
    calendar: Mapping[Calendar, Phrases]
    next_words: frozenset[str]
    this_words: frozenset[str]
    articles: frozenset[str]
    between: frozenset[str]
    span_lead: frozenset[str]
    range_openers: frozenset[str]  # "von Dienstag bis Samstag": no farewell until Saturday
    spans: Mapping[str, int]
    special_spans: Mapping[int, int]
    negations: frozenset[str]
    not_a_start: frozenset[str]
    joints: frozenset[str]
    cues: Mapping[Cue, Phrases]
    titles: frozenset[str]
    particles: frozenset[str]
    no_names: frozenset[str]
    before_name: frozenset[str]
    spelling_joint: frozenset[str]

    @cached_property
    def cue_phrases(self) -> dict[str, list[tuple[list[str], Cue]]]:
        """The cues by their first word."""
        return phrase_table(self.cues)

    @cached_property
    def calendar_phrases(self) -> dict[str, list[tuple[list[str], Calendar]]]:
        """The phrases for days by their first word."""
        return phrase_table(self.calendar)

    @cached_property
    def clock_patterns(self) -> dict[str, list[tuple[list[str], Clock]]]:
        """The ways to say a time by their first word, the longer ones first; `#` is a number."""
        patterns: dict[str, list[tuple[list[str], Clock]]] = {}
        for clock in sorted(self.clocks, key=lambda clock: -len(clock.words.split())):
            words = clock.words.split()
            starts = {words[0]} | ({"#"} if words[0] in {"C", "H", "M", *self.cardinals} else set())
            for start in starts:
                patterns.setdefault(start, []).append((words, clock))
        return patterns

    @cached_property
    def time_starts(self) -> frozenset[str]:
        """The words a time can begin with; all others need no closer look."""
        literal = self.clock_patterns.keys() - {"H", "M", "C", "#"}
        return frozenset({*literal, *self.hours, *self.cardinals, *self.noon})

    @cached_property
    def day_starts(self) -> frozenset[str]:
        """The words a day can begin with."""
        tens = {word for word, number in self.cardinals.items() if number in {20, 30}}
        words = {*self.calendar_phrases, *self.weekdays, *self.span_lead, *self.months}
        return frozenset(words | tens | set(self.ordinals))

    @cached_property
    def half_starts(self) -> frozenset[str]:
        """The words that may put an hour into its half of the day."""
        return frozenset({*self.halves, "a", "p"})

    @cached_property
    def clause_marks(self) -> frozenset[str]:
        """The words and marks that begin a clause or turn it into its opposite."""
        return BREAKS | self.joints | self.negations | self.not_a_start
