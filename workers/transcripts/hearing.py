"""A conversation heard turn by turn: times, days, services and cues, each with its place."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final, NamedTuple

from workers.transcripts.almanac import Almanac, Resolved
from workers.transcripts.conversation import Business, Conversation, Role, Turn
from workers.transcripts.dates import days_in
from workers.transcripts.day_parts import Day
from workers.transcripts.languages.english import ENGLISH
from workers.transcripts.languages.german import GERMAN
from workers.transcripts.languages.language import Bound, Cue, Half, Language
from workers.transcripts.services import Index, Mention, index_of, services_in, staff_in
from workers.transcripts.times import Time, halves_in, times_in
from workers.transcripts.words import BREAKS, SENTENCE_ENDS, Word, words_of

# What no recogniser writes: rubble of a damaged transcript, in which any word may be another.
_RUBBLE: Final = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ufffd`^~|\\<>{}\[\]=#*]"
    r"|[^\W\d_](?:[!?;:(),\"$%+][^\W\d_]|\d)"
    r"|(?:User|Agent):"  # two turns run into each other
)
LANGUAGES: Final[Mapping[str, Language]] = {"de": GERMAN, "en": ENGLISH}


class Heard(NamedTuple):
    """A time, day or service and whether it stands: not refused, not an end, not a closing hour."""

    first: int
    after: int
    stands: bool
    asked: bool  # in a sentence that ends with a question mark


class HeardTime(NamedTuple):
    """A time that was said."""

    place: Heard
    time: Time

    @property
    def starts(self) -> bool:
        """Whether something could begin at it."""
        return self.place.stands and self.time.bound is not Bound.OTHER and self.time.sure


class HeardDay(NamedTuple):
    """A day that was said, and which days it can mean at this point of the call."""

    place: Heard
    day: Day
    resolved: Resolved


class HeardServices(NamedTuple):
    """A service that was named."""

    place: Heard
    mention: Mention


class HeardCue(NamedTuple):
    """A phrase that does something; `asked` in a question."""

    cue: Cue
    first: int
    after: int
    asked: bool
    opening: bool  # nothing but fillers stands before it


@dataclass(frozen=True, slots=True)
class HeardTurn:
    """One turn, understood as far as that goes without the others."""

    index: int
    role: Role
    text: str
    words: list[Word]
    times: list[HeardTime]
    days: list[HeardDay]
    services: list[HeardServices]
    staff: list[str]
    halves: frozenset[Half]
    cues: list[HeardCue]
    asks: bool
    found: frozenset[Cue]
    damaged: bool

    def span(self, first: int, after: int) -> tuple[int, int]:
        """Where words stand in the text of the turn."""
        return self.words[first].start, self.words[after - 1].end

    def last_sentence(self) -> int:
        """The word the last sentence begins with."""
        ends = [n for n, word in enumerate(self.words[:-1]) if word.text in {".", "?", "!"}]
        return ends[-1] + 1 if ends else 0


def language_of(conversation: Conversation, business: Business) -> Language:
    """The language most of the words are of; the agent's or the business's where that is even."""
    counts = dict.fromkeys(LANGUAGES, 0)
    for turn in conversation.turns[:60]:  # enough to tell
        for word in turn.text.casefold().split():
            for code, language in LANGUAGES.items():
                counts[code] += word.strip(".,?!") in language.common
    best = max(counts, key=lambda code: counts[code])
    if list(counts.values()).count(counts[best]) > 1:
        return LANGUAGES.get(conversation.language or business.language, ENGLISH)
    return LANGUAGES[best]


def heard(conversation: Conversation, business: Business, today: date) -> tuple[HeardTurn, ...]:
    """Every turn, with days resolved in the order they were said."""
    language = language_of(conversation, business)
    ears = _Ears(language, business.country, index_of(business), Almanac(today))
    return tuple(_turn(index, turn, ears) for index, turn in enumerate(conversation.turns))


class _Ears(NamedTuple):
    """What must be known to understand a turn."""

    language: Language
    country: str
    services: Index
    almanac: Almanac


def _turn(index: int, turn: Turn, ears: _Ears) -> HeardTurn:
    text, language = turn.text, ears.language
    words = words_of(text)
    clauses = _Clauses(words, language)
    cues = list(_cues(words, language, clauses))
    halves = halves_in(words, language)
    days = [
        HeardDay(clauses.place(day.first, day.after), day, ears.almanac.resolve(day))
        for day in days_in(words, language, ears.country)
    ]
    taken = {at for day in days for at in range(day.day.first, day.day.after)}
    times = [
        HeardTime(clauses.place(time.first, time.after), time)
        for time in times_in(words, language, ears.country, halves)
        if time.first not in taken
    ]
    services = [
        HeardServices(clauses.place(found.first, found.after), found)
        for found in services_in(words, ears.services)
    ]
    return HeardTurn(
        index=index,
        role=turn.role,
        text=text,
        words=words,
        times=times,
        days=days,
        services=services,
        staff=staff_in(words, ears.services),
        halves=frozenset(half for _, half in halves),
        cues=cues,
        asks=bool(words) and words[-1].text == "?",
        found=frozenset(cue.cue for cue in cues),
        damaged=_RUBBLE.search(text) is not None,
    )


class _Clauses:
    """Where clauses and sentences begin and end, computed once for a turn."""

    def __init__(self, words: list[Word], language: Language) -> None:
        self._words = words
        self._clause: list[int] = []
        self._sentence: list[int] = []
        self._asked: list[bool] = []
        self._negated: set[int] = set()
        clause = 0
        for word in words:
            text = word.text
            if text in language.clause_marks:
                clause += text in BREAKS or text in language.joints
                if text in language.negations or text in language.not_a_start:
                    self._negated.add(clause)
            self._clause.append(clause)
            self._sentence.append(len(self._asked))
            if text in SENTENCE_ENDS:
                self._asked.append(text == "?")
        self._asked.append(False)

    def asked(self, at: int) -> bool:
        """Whether the sentence of this word is a question."""
        return self._asked[self._sentence[at]]

    def place(self, first: int, after: int) -> Heard:
        """The place of a mention. Its own commas part no clause from it."""
        stands = not {self._clause[first], self._clause[after - 1]} & self._negated
        return Heard(first, after, stands, self.asked(after - 1))

    def is_opening(self, at: int) -> bool:
        """Whether nothing of weight stands before this word."""
        fillers = BREAKS | {
            "ach",
            "oh",
            "also",
            "ah",
            "ahm",
            "um",
            "uh",
            "well",
            "na",
            "aber",
            "ja",
        }
        return at <= 3 and all(word.text in fillers for word in self._words[:at])  # noqa: PLR2004


def _cues(words: list[Word], language: Language, clauses: _Clauses) -> Iterator[HeardCue]:
    texts = [word.text for word in words]
    phrases = language.cue_phrases
    for at, text in enumerate(texts):
        for phrase, cue in phrases.get(text, ()):
            if texts[at : at + len(phrase)] == phrase:
                if cue is Cue.COMMIT and language.range_openers.intersection(texts[at - 2 : at]):
                    continue
                after = at + len(phrase)
                yield HeardCue(cue, at, after, clauses.asked(at), clauses.is_opening(at))
