"""Numbers in speech: digits, one word, or tens and units apart."""

from typing import Final

from workers.transcripts.languages.language import Language
from workers.transcripts.words import Word

_TWENTY: Final = 20
_TEN: Final = 10
_ORDINAL_ENDINGS: Final = frozenset({"st", "nd", "rd", "th", "ten", "te", "ter"})


def cardinal_at(words: list[Word], at: int, language: Language) -> tuple[int, int] | None:
    """The number that begins at word `at`, and the word after it."""
    if at >= len(words):
        return None
    text = words[at].text
    if text.isdecimal():
        return (int(text), at + 1) if len(text) <= 4 else None  # noqa: PLR2004 -- a year at most
    number = language.cardinals.get(text)
    if number is None:
        return None
    if language.code == "en" and number >= _TWENTY and at + 1 < len(words):
        unit = language.cardinals.get(words[at + 1].text, 0)
        if 0 < unit < _TEN:
            return number + unit, at + 2
    return number, at + 1


def ordinal_at(words: list[Word], at: int, language: Language) -> tuple[int, int, bool] | None:
    """The day number that begins at word `at`, the word after it, and whether it surely is one.

    German digits with a full stop (`24.`) may also end a sentence.
    """
    if at >= len(words):
        return None
    word, after = words[at], at + 1
    number = language.ordinals.get(word.text)
    if number is not None:
        return number, after, True
    if after == len(words):
        return None
    following = words[after]
    if word.text.isdecimal() and len(word.text) <= 2:  # noqa: PLR2004 -- a day has two digits
        close = following.start == word.end
        stop = following.text == "." and language.code == "de"
        certain = following.text in _ORDINAL_ENDINGS
        return (int(word.text), after + 1, certain) if close and (stop or certain) else None
    tens, unit = language.cardinals.get(word.text), language.ordinals.get(following.text, 0)
    if language.code == "en" and tens in {20, 30} and 0 < unit < _TEN:
        return tens + unit, after + 1, True
    return None
