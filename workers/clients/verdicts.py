"""What a provider of messages says to one: taken, or not for this person."""

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Taken:
    """They will send it; `reference` is their name for it."""

    reference: str


@dataclass(frozen=True, slots=True)
class TurnedDown:
    """They will not send it to this person, today or ever; `reason` is a word of ours."""

    reason: str


Verdict: TypeAlias = Taken | TurnedDown
