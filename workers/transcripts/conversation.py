"""A call as this actor sees it: who said what, what the agent did, and for which business."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo


class Role(StrEnum):
    """Who speaks. `other` is a line whose speaker cannot be told, or a third party."""

    AGENT = "agent"
    USER = "user"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Turn:
    """What one side said before the other spoke."""

    role: Role
    text: str


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A function the agent called; it stands before turn number `before_turn`.

    `successful` is None where nothing says how it ended.
    """

    name: str
    arguments: Mapping[str, object]
    successful: bool | None
    result: str
    before_turn: int


@dataclass(frozen=True, slots=True)
class Analysis:
    """What the provider's model thought of the call afterwards: a guess, which can be planted."""

    fields: Mapping[str, object] = field(default_factory=dict)
    call_successful: bool | None = None
    in_voicemail: bool = False


@dataclass(frozen=True, slots=True)
class Conversation:
    """One call after it was analysed; `language` is the agent's language where its name tells."""

    turns: tuple[Turn, ...] = ()
    tool_calls: tuple[ToolCall, ...] = ()
    analysis: Analysis = Analysis()
    language: str | None = None
    from_number: str | None = None
    to_number: str | None = None
    direction: str | None = None
    started_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Service:
    """Something that can be booked, and the words people have for it."""

    code: str
    name: str
    minutes: int
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StaffMember:
    """Somebody who can be asked for."""

    code: str
    name: str


@dataclass(frozen=True, slots=True)
class Business:
    """What must be known of a business to understand its callers; `country` is `DE`, `US`, ..."""

    name: str
    services: tuple[Service, ...]
    staff: tuple[StaffMember, ...]
    zone: ZoneInfo
    country: str
    language: str
