"""How the caller can be reached: numbers and addresses dictated and read back."""

from collections.abc import Iterable, Sequence
from typing import Final

from messages.phones import phone_or_none
from workers.transcripts.conversation import Conversation, Role
from workers.transcripts.hearing import HeardTurn
from workers.transcripts.languages.language import Language
from workers.transcripts.words import Word

_SHORTEST_NUMBER: Final = 7
_SIGNS: Final = {
    "punkt": ".", "dot": ".", "minus": "-", "bindestrich": "-", "hyphen": "-", "dash": "-",
    "unterstrich": "_", "underscore": "_", "at": "@", "ät": "@", "klammeraffe": "@", "@": "@",
}  # fmt: skip
_LONGEST_ADDRESS: Final = 24  # words


def dictated_number(turns: Iterable[HeardTurn], language: Language, region: str) -> str | None:
    """The number the caller dictated and the agent read back, in E.164."""
    said: dict[str, set[Role]] = {}
    for turn in turns:
        for digits in _digit_runs(turn.words, language):
            said.setdefault(digits, set()).add(turn.role)
    both = [digits for digits, roles in said.items() if {Role.USER, Role.AGENT} <= roles]
    return phone_or_none(both[-1], region=region) if both else None


def dictated_email(turns: Sequence[HeardTurn]) -> str | None:
    """The address that was read back by the agent; the last one, if several were."""
    said = [address for turn in turns if turn.role is Role.AGENT for address in _addresses(turn)]
    return said[-1] if said else None


def callers_number(conversation: Conversation, region: str) -> str | None:
    """The number of the person the business spoke with."""
    outbound = conversation.direction == "outbound"
    number = conversation.to_number if outbound else conversation.from_number
    return phone_or_none(number, region=region)


def _digit_runs(words: Sequence[Word], language: Language) -> Iterable[str]:
    run = ""
    for word in words:
        digits = _digits(word.text, language)
        if digits is not None:
            run += digits
        elif word.text not in {",", ".", "-", "und"}:
            if len(run) >= _SHORTEST_NUMBER:
                yield run
            run = ""
    if len(run) >= _SHORTEST_NUMBER:
        yield run


def _digits(text: str, language: Language) -> str | None:
    if text in {"oh", "o"}:
        return "0"
    if text.isdecimal():
        return text
    number = language.cardinals.get(text)
    return None if number is None else str(number)


def _addresses(turn: HeardTurn) -> Iterable[str]:
    if not any(_SIGNS.get(word.text) == "@" for word in turn.words):
        return
    texts = [_joint(turn.words, at) for at in range(len(turn.words))]
    for at, text in enumerate(texts):
        if _SIGNS.get(text) == "@":
            local = _part(texts[max(at - _LONGEST_ADDRESS, 0) : at][::-1])[::-1]
            domain = _part(texts[at + 1 : at + _LONGEST_ADDRESS])
            host = "".join(domain)
            if local and "." in host[1:-1]:
                yield "".join(local) + "@" + host


def _joint(words: Sequence[Word], at: int) -> str:
    """A full stop inside an address touches the words on both sides."""
    text = words[at].text
    inside = 0 < at < len(words) - 1 and words[at - 1].end == words[at].start
    inside = inside and words[at].end == words[at + 1].start
    return "|" if text == "." and not inside else text


def _part(texts: list[str]) -> list[str]:
    """Words joined by spoken signs: `fiona dot d` and no further."""
    part: list[str] = []
    for text in texts:
        sign = _SIGNS.get(text) or (text if text in {".", "-", "_"} else None)
        if sign == "@" or (sign is None and part and part[-1] not in {".", "-", "_"}):
            break
        if not (sign or text.isalnum()):
            break
        part.append(sign or text)
    while part and part[-1] in {".", "-", "_"}:
        part.pop()
    return part
