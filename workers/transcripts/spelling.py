"""What callers spell: letters one by one, by a spelling alphabet, or only the doubtful part."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from workers.transcripts.languages.language import Language
from workers.transcripts.words import Word

_SHORTEST: Final = 3  # fewer letters are an abbreviation or a doubtful part
_DOUBLE: Final = {"doppel": 2, "double": 2, "zweimal": 2}


class Spelled(NamedTuple):
    """Letters said at words `first` up to `after`."""

    letters: str
    first: int
    after: int


def spelled_in(words: Sequence[Word], language: Language) -> list[Spelled]:
    """The runs of single letters in a turn: `K, U, C, K`, `N wie Nordpol, G wie Gustav`."""
    runs: list[Spelled] = []
    at = 0
    while at < len(words):
        if len(words[at].text) > 1 and words[at].text not in _DOUBLE:
            at += 1
            continue
        run = _run_at(words, at, language)
        if len(run.letters) >= _SHORTEST:
            runs.append(run)
        at = max(run.after, at + 1)
    return runs


def hinted_parts(words: Sequence[Word]) -> list[str]:
    """The part that a caller stresses: `Maier mit a i` is `ai`, `with an E` is `e`."""
    hints: list[str] = []
    for at, word in enumerate(words):
        if word.text not in {"mit", "with"}:
            continue
        start = at + 1
        while (
            start < len(words)
            and words[start].text in {"an", "a"}
            and _follows_letter(words, start)
        ):
            start += 1
        letters = ""
        while start < len(words) and len(words[start].text) == 1 and words[start].text.isalpha():
            letters += words[start].text
            start += 1
        if letters:
            hints.append(letters)
    return hints


def _follows_letter(words: Sequence[Word], at: int) -> bool:
    if words[at].text == "an":
        return True
    return at + 1 < len(words) and words[at + 1].text != "i" and len(words[at + 1].text) == 1


def _run_at(words: Sequence[Word], at: int, language: Language) -> Spelled:
    letters, first = "", at
    while at < len(words):
        text = words[at].text
        if text in {",", "-", "."} and letters:
            at += 1
        elif text in _DOUBLE and at + 1 < len(words) and len(words[at + 1].text) == 1:
            letters += words[at + 1].text * 2
            at += 2
        elif len(text) == 1 and text.isalpha() and not _is_pronoun(words, at):
            letters += text
            at = _after_example(words, at + 1, language)
        else:
            break
    return Spelled(letters, first, at)


def _is_pronoun(words: Sequence[Word], at: int) -> bool:
    """`O K O N J O. I'm Grace`: the I after the full stop is a word, as is the a of `a trim`."""
    following = words[at + 1].text if at + 1 < len(words) else ""
    contracted = following in {"m", "ll", "d", "ve"} and words[at + 1].start == words[at].end + 1
    begins = at > 0 and words[at - 1].text in {".", ","} and len(following) > 1
    return words[at].text in {"i", "a"} and (contracted or (begins and following.isalpha()))


def _after_example(words: Sequence[Word], at: int, language: Language) -> int:
    """Skip `wie Nordpol`, the word that only stands for its letter."""
    joined = at + 1 < len(words) and words[at].text in language.spelling_joint
    if joined and words[at + 1].text[0] == words[at - 1].text:
        return at + 2
    return at
