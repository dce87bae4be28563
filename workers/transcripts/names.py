"""Under whose name the appointment stands: a name counts when two witnesses know it.

The witnesses are the caller, the agent who reads it back, letters that are spelled, and the
structured analysis. A name that one damaged word could change is left to a person.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, NamedTuple

from workers.transcripts.agreement import Place
from workers.transcripts.conversation import Business, Role
from workers.transcripts.hearing import HeardTurn
from workers.transcripts.languages.language import Cue, Language
from workers.transcripts.spelling import hinted_parts, spelled_in
from workers.transcripts.words import Word, fold, words_of

_SHORTEST: Final = 2  # words: a surname alone finds nobody
_LONGEST: Final = 5
_E_MAIL: Final = frozenset({"punkt", "dot", "@", "mail", "email", "klammeraffe"})


@dataclass(frozen=True, slots=True)
class Naming:
    """The name without titles, and what makes it uncertain."""

    name: str | None = None
    objections: tuple[str, ...] = ()
    place: Place | None = None


class _Candidate(NamedTuple):
    turn: HeardTurn
    words: tuple[Word, ...]

    @property
    def texts(self) -> tuple[str, ...]:
        return tuple(word.text for word in self.words)


def name_of(
    turns: Sequence[HeardTurn], business: Business, language: Language, analysed: str | None
) -> Naming:
    """The name that caller and agent share, else the caller's own where the analysis has it too."""
    stop = _no_names(business, language)
    caller = [turn for turn in turns if turn.role is Role.USER]
    known = {word.text for turn in caller for word in turn.words}
    spelled = _spelled(caller, language)
    spoken = [
        found
        for turn in turns
        if turn.role is Role.AGENT
        for found in _candidates(turn, stop, language)
    ]
    letters = frozenset({*spelled, "".join(spelled)}) - {""}
    read_back = [found for found in spoken if _is_known(found, known | letters)]
    half_known = [f for f in spoken if not _is_known(f, known | letters) and set(f.texts) & known]
    between = {text for half in half_known for text in half.texts}
    someone_else = any(Cue.OTHER_PERSON in turn.found for turn in caller)
    if half_known and (not read_back or any(between & set(one.texts) for one in read_back)):
        return Naming(objections=("names_differ",))
    if read_back:
        return _from_agent(read_back, caller, spelled, someone_else=someone_else)
    if someone_else:
        return Naming(objections=("name_of_someone_else",))
    said = [found for turn in caller for found in _candidates(turn, stop, language)]
    return _from_caller(said, turns, analysed, spelled, language)


def plain_name(said: str, language: Language) -> tuple[str, ...]:
    """The words of a name, folded, without titles."""
    return tuple(
        w.text for w in words_of(said) if w.text.isalpha() and w.text not in language.titles
    )


def _no_names(business: Business, language: Language) -> frozenset[str]:
    names = [business.name, *(member.name for member in business.staff)]
    names += [name for service in business.services for name in (service.name, *service.aliases)]
    ours = {word.text for name in names for word in words_of(name)}
    calendar = {*language.weekdays, *language.months, *language.cardinals, *language.ordinals}
    grammar = {*language.units, *language.spans, *language.bounds, *language.halves}
    return frozenset(language.no_names | calendar | ours | grammar)


def _spelled(caller: Iterable[HeardTurn], language: Language) -> list[str]:
    return [
        run.letters
        for turn in caller
        if not {word.text for word in turn.words} & _E_MAIL
        for run in spelled_in(turn.words, language)
        if not any(run.first <= heard.place.first < run.after for heard in turn.services)
    ]


def _candidates(turn: HeardTurn, stop: frozenset[str], language: Language) -> list[_Candidate]:
    """Two to five capital words between marks or words that lead to a name."""
    found: list[_Candidate] = []
    for run in _runs(turn.words, stop, language):
        words = [word for word in run if word.text not in language.titles]
        if len(words) <= _LONGEST and _parts(words, turn.text) >= _SHORTEST:
            found.append(_Candidate(turn, tuple(words)))
    return found


def _parts(words: list[Word], text: str) -> int:
    """A double name with a hyphen is one part: Nguyen-Weiß is a surname alone."""
    return len(words) - sum(text[one.end : other.start] == "-" for one, other in pairwise(words))


def _runs(words: list[Word], stop: frozenset[str], language: Language) -> Iterable[list[Word]]:
    """Runs of capital words whose neighbours are marks or words known to stand beside a name.

    Any other neighbour may be a damaged or unusual part of the name itself.
    """
    run: list[Word] = []
    for at, word in enumerate(words):
        if _continues(words, at, run, stop, language):
            run.append(word)
            continue
        if run and _ends_clean(word, language) and _begins_clean(words, at - len(run), language):
            yield run
        run = []
    if run and _begins_clean(words, len(words) - len(run), language):
        yield run


def _continues(
    words: list[Word], at: int, run: list[Word], stop: frozenset[str], language: Language
) -> bool:
    word = words[at]
    if word.text in language.months and run:
        return _is_capital(word) and not _is_dated(words, at)  # May and Mai are first names too
    if run and word.text in language.particles:
        return _names_follow(words, at, stop)
    return _is_capital(word) and (word.text in language.titles or word.text not in stop)


def _names_follow(words: list[Word], at: int, stop: frozenset[str]) -> bool:
    following = words[at + 1] if at + 1 < len(words) else None
    return following is not None and _is_capital(following) and following.text not in stop


def _is_dated(words: list[Word], at: int) -> bool:
    return at > 0 and (words[at - 1].text == "." or words[at - 1].raw.islower())


def _is_capital(word: Word) -> bool:
    shouted = len(word.raw) > 1 and word.raw.isupper()
    return word.raw[:1].isupper() and word.raw.isalpha() and not shouted


def _begins_clean(words: list[Word], first: int, language: Language) -> bool:
    before = words[first - 1] if first else None
    lead = language.before_name | language.no_names
    return before is None or not before.raw[-1].isalnum() or before.text in lead


def _ends_clean(word: Word, language: Language) -> bool:
    if not word.raw[-1].isalnum():
        return True
    beside = language.before_name | language.no_names | language.bounds.keys()
    return word.raw.islower() and word.text in beside | {"bei", "with", "on"}


def _is_known(found: _Candidate, known: set[str]) -> bool:
    return all(text in known for text in found.texts)


def _from_agent(
    read_back: list[_Candidate],
    caller: list[HeardTurn],
    spelled: list[str],
    *,
    someone_else: bool,
) -> Naming:
    last = max(read_back, key=lambda found: len(found.words))
    objections = list(_unspelled(last.texts, spelled, caller))
    if not all(set(found.texts) <= set(last.texts) for found in read_back):
        objections.append("names_differ")
    if someone_else and _is_callers_own(last.texts[0], caller):
        objections.append("name_of_someone_else")
    return _naming(last, objections)


def _is_callers_own(given: str, caller: list[HeardTurn]) -> bool:
    """Whether the caller, who asks for somebody else, gave this first name as her own.

    `für meinen Sohn Theo` names the other person; the first turn and `ich bin` name the caller.
    """
    for turn in caller:
        others = [cue.after for cue in turn.cues if cue.cue is Cue.OTHER_PERSON]
        if any(word.text == given for after in others for word in turn.words[after : after + 1]):
            return False
    first = next(turn for turn in caller if turn.words)
    if any(word.text == given for word in first.words):
        return True
    leads = (
        {"ich", "bin"},
        {"hier", "ist"},
        {"name", "ist"},
        {"i", "m"},
        {"this", "is"},
        {"name", "is"},
    )
    return any(
        word.text == given and {w.text for w in turn.words[max(at - 2, 0) : at]} in leads
        for turn in caller
        for at, word in enumerate(turn.words)
    )


def _from_caller(
    said: list[_Candidate],
    turns: Sequence[HeardTurn],
    analysed: str | None,
    spelled: list[str],
    language: Language,
) -> Naming:
    other = plain_name(analysed or "", language)
    caller = [turn for turn in turns if turn.role is Role.USER]
    for found in said:
        if found.texts == other or _explained(found.texts, other, caller):
            return _naming(found, list(_unspelled(found.texts, spelled, caller)))
    return Naming(objections=("name_heard_once" if said else "name_unknown",))


def _explained(said: tuple[str, ...], other: tuple[str, ...], caller: list[HeardTurn]) -> bool:
    """Whether the analysis differs only in the part the caller stressed: Meier, Maier with a i."""
    differing = [(a, b) for a, b in zip(said, other, strict=False) if a != b]
    if len(said) != len(other) or len(differing) != 1:
        return False
    ours, theirs = differing[0]
    for part in (hint for turn in caller for hint in hinted_parts(turn.words)):
        before, stressed, after = ours.partition(part)
        length = len(theirs) - len(before) - len(after)
        same_frame = theirs.startswith(before) and theirs.endswith(after)
        if stressed and same_frame and abs(length - len(part)) <= 1:
            return True
    return False


def _unspelled(
    texts: tuple[str, ...], spelled: Sequence[str], caller: Iterable[HeardTurn]
) -> Iterable[str]:
    whole = "".join(texts)
    if any(letters not in texts and letters not in {whole, *_pairs(texts)} for letters in spelled):
        yield "name_spelled_otherwise"
    hints = [hint for turn in caller for hint in hinted_parts(turn.words)]
    if any(hint not in whole for hint in hints):
        yield "name_spelled_otherwise"


def _pairs(texts: tuple[str, ...]) -> set[str]:
    return {one + other for one, other in pairwise(texts)}


def _naming(found: _Candidate, objections: list[str]) -> Naming:
    text = found.turn.text
    written = found.words[0].raw
    for before, word in pairwise(found.words):
        gap = text[before.end : word.start]
        joint = gap if gap in {"-", "'", "’"} else " "
        if gap.strip() and joint == " " and not _only_titles(gap):
            objections.append("name_unknown")
        written += joint + word.raw
    place = Place(found.turn.index, found.words[0].start, found.words[-1].end)
    return Naming(written, tuple(dict.fromkeys(objections)), place)


def _only_titles(gap: str) -> bool:
    return all(
        fold(part.strip(".")) in {"dr", "doktor", "prof", "herr", "frau"} for part in gap.split()
    )
