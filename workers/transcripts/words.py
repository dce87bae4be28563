"""Speech as words: folded to what the ear keeps, each with its place in the text."""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Final, NamedTuple, TypeVar

# Every alternative is bounded and starts differently from what it could run into, so reading
# is linear in the length of the text.
_TOKEN: Final = re.compile(
    r"\d{4}-\d{2}-\d{2}"
    r"|\d{1,2}\.\s?\d{1,2}\.(?:\s?\d{4})?"
    r"|\d{1,2}/\d{1,2}(?:/\d{2,4})?"
    r"|\d{1,2}[:.]\d{2}(?!\d)"
    r"|\d+"
    r"|[^\W\d_]+"
    r"|[.,?!;:()…—–&@]"
)
SENTENCE_ENDS: Final = frozenset(".?!…()")
BREAKS: Final = frozenset(".,?!;:()…—–")

Key = TypeVar("Key")


class Word(NamedTuple):
    """A word or mark; `text` is folded, `raw` is as it was written from `start` to `end`."""

    text: str
    raw: str
    start: int
    end: int


@lru_cache(maxsize=16384)
def fold(said: str) -> str:
    """Lower case without accents: Föhnen and FOHNEN are one word, ß is ss, dotless i is i."""
    if said.isascii():
        return said.lower()
    plain = unicodedata.normalize("NFKD", said.casefold().replace("ı", "i"))
    return "".join(mark for mark in plain if not unicodedata.combining(mark))


def words_of(text: str) -> list[Word]:
    """The words and marks of a text, in order. Hyphens and apostrophes part words."""
    return [
        Word(fold(found[0]), found[0], found.start(), found.end())
        for found in _TOKEN.finditer(text)
    ]


class Found(NamedTuple):
    """A phrase stands at words `first` up to, not including, `after`."""

    first: int
    after: int


def phrase_table(table: Mapping[Key, Iterable[str]]) -> dict[str, list[tuple[list[str], Key]]]:
    """The phrases by their first word, the longer ones first."""
    phrases: dict[str, list[tuple[list[str], Key]]] = {}
    for key, written in table.items():
        for phrase in written:
            texts = [word.text for word in words_of(phrase)]
            phrases.setdefault(texts[0], []).append((texts, key))
    for same_start in phrases.values():
        same_start.sort(key=lambda entry: -len(entry[0]))
    return phrases


def longest_at(
    phrases: Mapping[str, list[tuple[list[str], Key]]], texts: Sequence[str], first: int
) -> tuple[Key, Found] | None:
    """The longest phrase that begins with word number `first`."""
    for phrase, key in phrases.get(texts[first], ()):
        after = first + len(phrase)
        if list(texts[first:after]) == phrase:
            return key, Found(first, after)
    return None
