"""Which of the business's services are meant by the words people have for them."""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Final, NamedTuple

from workers.transcripts.conversation import Business, Service
from workers.transcripts.words import Word, words_of

_AND: Final = frozenset({"und", "and", "&", "u", "un", "n"})
_LONG: Final = 5  # from here on one wrong letter does not make another word
_FILLING: Final = frozenset("and mit with bei am im of the der die das fur for bis".split())


class Mention(NamedTuple):
    """Services named at words `first` up to `after`; more than one where the word is ambiguous."""

    first: int
    after: int
    codes: frozenset[str]


class Index(NamedTuple):
    """The words of a business: services by the first word of a name, staff by the last."""

    phrases: dict[str, list[tuple[list[str], frozenset[str]]]]
    vocabulary: frozenset[str]
    staff: dict[str, str]


def services_in(words: Sequence[Word], index: Index) -> list[Mention]:
    """The services named in a turn, in order; the longest name that fits wins."""
    texts = [_known(word.text, index) for word in words]
    found: list[Mention] = []
    at = 0
    while at < len(texts):
        mention = _mention_at(texts, at, index)
        if mention:
            found.append(mention)
        at = mention.after if mention else at + 1
    return found


def services_named(said: str, business: Business) -> tuple[str, ...]:
    """The codes a field names, by code, name or alias; empty where nothing or too much fits."""
    wanted = "".join(word.text for word in words_of(said))
    for service in business.services:
        for name in (service.code, service.name, *service.aliases):
            if wanted and wanted == "".join(word.text for word in words_of(name)):
                return (service.code,)
    return in_order(services_in(words_of(said), index_of(business)))


def in_order(mentions: Iterable[Mention]) -> tuple[str, ...]:
    """The codes in the order they were said, each once; empty where one of them is ambiguous."""
    codes: list[str] = []
    for mention in mentions:
        if len(mention.codes) > 1:
            return ()
        codes += [code for code in mention.codes if code not in codes]
    return tuple(codes)


def has_combination(codes: Sequence[str], business: Business) -> bool:
    """Whether the list has one service that seems to be all of these in one."""
    parts = [_terms(service) for service in business.services if service.code in codes]
    others = [_terms(service) for service in business.services if service.code not in codes]
    return len(parts) > 1 and any(all(other & part for part in parts) for other in others)


def is_part_of_another(mention: Mention, words: Sequence[Word], business: Business) -> bool:
    """Whether the words named may be what is left of a longer name of another service."""
    index = index_of(business)
    said = [_known(word.text, index) for word in words[mention.first : mention.after]]
    return any(
        len(phrase) > len(said) and set(said) <= set(phrase) and not codes & mention.codes
        for phrases in index.phrases.values()
        for phrase, codes in phrases
    )


def is_left_of_another(mention: Mention, words: Sequence[Word], business: Business) -> bool:
    """Whether a neighbour shows that a longer name was said: `Sut and Beard` is not `beard`."""
    index = index_of(business)
    texts = [_known(word.text, index) for word in words]
    said = set(texts[mention.first : mention.after])
    beside = {
        *texts[max(mention.first - 2, 0) : mention.first],
        *texts[mention.after : mention.after + 2],
    }
    return any(
        said < set(phrase) and beside & (set(phrase) - said) and not codes & mention.codes
        for phrases in index.phrases.values()
        for phrase, codes in phrases
    )


def _terms(service: Service) -> set[str]:
    names = (service.name, *service.aliases)
    return {word.text for name in names for word in words_of(name)} - _FILLING - _AND


def _mention_at(texts: list[str], at: int, index: Index) -> Mention | None:
    for phrase, codes in index.phrases.get(texts[at], ()):
        if texts[at : at + len(phrase)] == phrase:
            return Mention(at, at + len(phrase), codes)
    letters = _letters(texts, at) if len(texts[at]) == 1 else []
    for phrase, codes in index.phrases.get("".join(letters), ()) if len(letters) > 1 else ():
        if len(phrase) == 1:
            return Mention(at, at + len(letters), codes)
    return None


def _letters(texts: list[str], at: int) -> list[str]:
    """`P Z R` is how an abbreviation sounds."""
    after = at
    while after < len(texts) and len(texts[after]) == 1 and texts[after].isalpha():
        after += 1
    return texts[at:after] if not (at and len(texts[at - 1]) == 1) else []


@lru_cache(maxsize=256)
def index_of(business: Business) -> Index:
    """The index of a business, made once. Hashing a business is dear: keep it for a call."""
    meanings: dict[tuple[str, ...], set[str]] = {}
    for service in business.services:
        for name in (service.name, *service.aliases):
            words = tuple("and" if w.text in _AND else w.text for w in words_of(name))
            if words:
                meanings.setdefault(words, set()).add(service.code)
    phrases: dict[str, list[tuple[list[str], frozenset[str]]]] = {}
    for words, codes in sorted(meanings.items(), key=lambda entry: -len(entry[0])):
        phrases.setdefault(words[0], []).append((list(words), frozenset(codes)))
    vocabulary = frozenset(word for words in meanings for word in words)
    return Index(phrases, vocabulary, _staff(business))


def _known(text: str, index: Index) -> str:
    if text in _AND:
        return "and"
    if len(text) < _LONG or text in index.vocabulary:
        return text
    return _nearest(text, index.vocabulary)


@lru_cache(maxsize=65536)
def _nearest(text: str, vocabulary: frozenset[str]) -> str:
    """The one word of the business that is a letter away, else the word itself."""
    near = [word for word in vocabulary if one_apart(text, word)]
    return near[0] if len(near) == 1 else text


def one_apart(one: str, other: str) -> bool:
    """Whether at most one letter was changed, added or lost."""
    if abs(len(one) - len(other)) > 1 or min(len(one), len(other)) < _LONG - 1:
        return False
    same = next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), None)
    if same is None:
        return True
    rests = (one[same + 1 :], other[same:]), (one[same:], other[same + 1 :])
    return one[same + 1 :] == other[same + 1 :] or any(a == b for a, b in rests)


def staff_in(words: Sequence[Word], index: Index) -> list[str]:
    """The codes of the staff named in a turn."""
    return [index.staff[word.text] for word in words if word.text in index.staff]


def _staff(business: Business) -> dict[str, str]:
    named = {member.code: words_of(member.name) for member in business.staff}
    return {words[-1].text: code for code, words in named.items() if words}
