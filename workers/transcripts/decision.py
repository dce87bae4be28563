"""The decision: what three witnesses say together, weighed against the business's threshold.

    tool booked, nothing said against it ──▶ 0.90, with the conversation 0.98
    conversation agreed in all its parts ──▶ 0.86, each field of the analysis +0.03 or -0.01
    anything that contradicts            ──▶ a person reads it

The analysis alone never books: it is a guess made afterwards, and can be planted.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeAlias

from messages.phones import phone_or_none
from workers.transcripts.agreement import Place
from workers.transcripts.analysis import Fields
from workers.transcripts.conversation import Business, Conversation
from workers.transcripts.hearing import LANGUAGES
from workers.transcripts.names import plain_name
from workers.transcripts.reading import Reading, read, staff_named

_CONVERSATION: Final = 0.86
_TOOL_ALONE: Final = 0.90
_TOOL_UNHEARD: Final = 0.85  # there is no transcript that could contradict
_TOOL_AND_CONVERSATION: Final = 0.98
_AGREES: Final = 0.03
_DIFFERS: Final = 0.01  # little: the analysis is often stale where the conversation was corrected
# What only says that the conversation alone would not be enough; a tool call fills the gap.
_SILENCE: Final = frozenset(
    {
        "date_unclear", "time_unclear", "not_accepted", "not_confirmed", "date_heard_once",
        "time_heard_once", "time_not_repeated", "service_unknown", "service_ambiguous",
        "name_unknown", "name_heard_once", "name_of_someone_else",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Evidence:
    """Where `what` was said; `turn` is None where a tool call or the analysis says it."""

    what: str
    turn: int | None
    start: int = 0
    end: int = 0


@dataclass(frozen=True, slots=True)
class Agreed:
    """Caller and agent agreed; `moves` says that it replaces an appointment made before."""

    services: tuple[str, ...]
    staff: str | None
    starts_at: datetime
    name: str
    phone: str | None
    email: str | None
    language: str
    moves: bool
    confidence: float
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class Review:
    """A person must read the call; `reasons` are constants, the rest is what is known."""

    reasons: tuple[str, ...]
    starts_at: datetime | None = None
    services: tuple[str, ...] = ()
    name: str | None = None
    confidence: float = 0.0
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class Nothing:
    """The call asks for nothing of the business."""


Decision: TypeAlias = Agreed | Review | Nothing


def understand(
    conversation: Conversation, business: Business, called_at: datetime, *, threshold: float
) -> Decision:
    """Read a call and decide: the whole way from conversation to decision."""
    reading = read(conversation, business, called_at)
    return decide(reading, conversation, business, threshold=threshold)


def decide(
    reading: Reading, conversation: Conversation, business: Business, *, threshold: float
) -> Decision:
    """Agreed if the witnesses carry it over the threshold, else a review, or nothing at all."""
    if reading.tool.call is not None:
        return _by_tool(reading, business, threshold)
    if conversation.analysis.in_voicemail:
        return Nothing()
    if reading.objections:
        return _not_agreed(reading)
    return _by_conversation(reading, threshold)


def _by_tool(reading: Reading, business: Business, threshold: float) -> Decision:
    said = reading.tool_fields
    reasons = [*_missing(said), *_against_tool(reading), *reading.tool_objections]
    if reading.tool.several:
        reasons.append("tool_booked_several")
    if reasons or said.starts_at is None or said.name is None:
        return _review(reading, reasons)
    confidence = _TOOL_ALONE if reading.spoken else _TOOL_UNHEARD
    if reading.spoken and not reading.objections:
        confidence = _TOOL_AND_CONVERSATION
    agreed = Agreed(
        services=said.services,
        staff=staff_named(said.staff, business) or reading.staff,
        starts_at=said.starts_at,
        name=" ".join(said.name.split()),
        phone=phone_or_none(said.phone, region=business.country) or reading.phone,
        email=said.email or reading.email,
        language=reading.language,
        moves=reading.tool.moves or reading.standing.moves,
        confidence=confidence,
        evidence=(Evidence("tool_call", None), *_evidence(reading)),
    )
    return agreed if confidence >= threshold else _review(reading, ["below_threshold"])


def _missing(said: Fields) -> Iterable[str]:
    if said.starts_at is None:
        yield "tool_time_unreadable"
    if not said.services:
        yield "tool_service_unknown"
    if said.name is None:
        yield "tool_name_missing"


def _against_tool(reading: Reading) -> Iterable[str]:
    said, language = reading.tool_fields, LANGUAGES[reading.language]
    yield from (reason for reason in reading.objections if reason not in _SILENCE)
    if reading.starts_at and said.starts_at and reading.starts_at != said.starts_at:
        yield "tool_and_conversation_differ"
    codes = reading.choice.codes if not reading.choice.objections else ()
    if codes and said.services and codes != said.services:
        yield "tool_and_conversation_differ"
    heard, told = (plain_name(name or "", language) for name in (reading.naming.name, said.name))
    if heard and told and heard != told:
        yield "tool_and_conversation_differ"


def _by_conversation(reading: Reading, threshold: float) -> Decision:
    starts_at, name = reading.starts_at, reading.naming.name
    confidence = _confidence(reading)
    if starts_at is None or name is None:
        return _review(reading, reading.objections)
    if confidence < threshold:
        return _review(reading, ["below_threshold"], confidence)
    return Agreed(
        services=reading.choice.codes,
        staff=reading.staff,
        starts_at=starts_at,
        name=name,
        phone=reading.phone,
        email=reading.email,
        language=reading.language,
        moves=reading.standing.moves,
        confidence=confidence,
        evidence=_evidence(reading),
    )


def _confidence(reading: Reading) -> float:
    language = LANGUAGES[reading.language]
    said = reading.analysis
    votes = (
        (said.starts_at, reading.starts_at),
        (said.services, reading.choice.codes),
        (plain_name(said.name or "", language), plain_name(reading.naming.name or "", language)),
    )
    weights = (_AGREES if theirs == ours else -_DIFFERS for theirs, ours in votes if theirs)
    return round(_CONVERSATION + sum(weights), 2)


def _not_agreed(reading: Reading) -> Decision:
    unheard = not reading.spoken and bool(reading.analysis.booked or reading.analysis.starts_at)
    if reading.open_matter or unheard or reading.tool.cancelled:
        return _review(reading, reading.objections)
    return Nothing()


def _review(reading: Reading, reasons: Iterable[str], confidence: float = 0.0) -> Review:
    return Review(
        reasons=tuple(dict.fromkeys(reasons)),
        starts_at=reading.starts_at,
        services=reading.choice.codes,
        name=reading.naming.name,
        confidence=confidence,
        evidence=_evidence(reading),
    )


def _evidence(reading: Reading) -> tuple[Evidence, ...]:
    stands = reading.standing
    places: list[tuple[str, Place]] = list(stands.places)
    places += [("service", place) for place in reading.choice.places]
    if reading.naming.place:
        places.append(("name", reading.naming.place))
    turns = (("accepted", stands.accepted), ("confirmed", stands.committed))
    whole = [Evidence(what, turn) for what, turn in turns if turn is not None]
    return (*(Evidence(what, *place) for what, place in places), *whole)
