"""The first reading of a conversation: everything it says of an appointment, with places."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from workers.transcripts.agreement import Standing, standing
from workers.transcripts.analysis import Fields, analysed, fields_of
from workers.transcripts.choice import Choice, chosen
from workers.transcripts.contact import callers_number, dictated_email, dictated_number
from workers.transcripts.conversation import Business, Conversation, Role
from workers.transcripts.hearing import HeardTurn, heard, language_of
from workers.transcripts.languages.language import Cue
from workers.transcripts.names import Naming, name_of
from workers.transcripts.toolcalls import Booked, booked_by_tool

_FARTHEST: Final = timedelta(days=730)  # nobody is booked two years ahead


@dataclass(frozen=True, slots=True)
class Reading:
    """What the three witnesses say: the conversation, the agent's tools, the analysis.

    `starts_at` is what the conversation ends with, agreed or not; `objections` are all that
    speaks against it. `open_matter` says that somebody expects something of the business.
    """

    spoken: bool
    language: str
    standing: Standing
    choice: Choice
    naming: Naming
    starts_at: datetime | None
    staff: str | None
    phone: str | None
    email: str | None
    objections: tuple[str, ...]
    open_matter: bool
    tool: Booked
    tool_fields: Fields
    tool_objections: tuple[str, ...]
    analysis: Fields
    called_at: datetime


def read(conversation: Conversation, business: Business, called_at: datetime) -> Reading:
    """Read one call of one business, which began at `called_at`. Never raises."""
    called = called_at.astimezone(business.zone)
    language = language_of(conversation, business)
    turns = heard(conversation, business, called.date())
    stands, choice = standing(turns), chosen(turns, business)
    analysis = analysed(conversation.analysis, business, language, called)
    naming = name_of(turns, business, language, analysis.name)
    starts_at = _moment(stands, business.zone)
    tool = booked_by_tool(conversation)
    arguments = tool.call.arguments if tool.call else {}
    tool_fields = fields_of(arguments, business, language, called)
    return Reading(
        spoken=any(turn.words for turn in turns),
        language=language.code,
        standing=stands,
        choice=choice,
        naming=naming,
        starts_at=starts_at,
        staff=_staff(turns),
        phone=dictated_number(turns, language, business.country)
        or callers_number(conversation, business.country),
        email=dictated_email(turns),
        objections=(
            *stands.objections,
            *_impossible(starts_at, called),
            *choice.objections,
            *naming.objections,
        ),
        open_matter=_open_matter(turns, stands),
        tool=tool,
        tool_fields=tool_fields,
        tool_objections=(
            *_impossible(tool_fields.starts_at, called),
            *_taken_back(turns, tool),
        ),
        analysis=analysis,
        called_at=called,
    )


def staff_named(said: str | None, business: Business) -> str | None:
    """The code of the one member of staff a field names."""
    wanted = (said or "").casefold().strip()
    codes = [
        m.code
        for m in business.staff
        if wanted and wanted in {m.code.casefold(), m.name.casefold()}
    ]
    return codes[0] if len(codes) == 1 else None


def _moment(stands: Standing, zone: ZoneInfo) -> datetime | None:
    if stands.day is None or stands.minutes is None:
        return None
    day, minutes = stands.day, stands.minutes
    return datetime(day.year, day.month, day.day, minutes // 60, minutes % 60, tzinfo=zone)


def _impossible(starts_at: datetime | None, called: datetime) -> tuple[str, ...]:
    """Past, too far away, or an hour that the clocks skip or have twice."""
    if starts_at is None:
        return ()
    if starts_at.astimezone(UTC) <= called.astimezone(UTC):
        return ("date_past",)
    if starts_at - called > _FARTHEST:
        return ("date_too_far",)
    back = starts_at.astimezone(UTC).astimezone(starts_at.tzinfo)
    skipped = back.replace(tzinfo=None) != starts_at.replace(tzinfo=None)
    twice = starts_at.replace(fold=1).utcoffset() != starts_at.replace(fold=0).utcoffset()
    return ("clocks_change",) if skipped or twice else ()


def _staff(turns: Sequence[HeardTurn]) -> str | None:
    """Whom the agent named last, if it was one person."""
    named = [set(turn.staff) for turn in turns if turn.role is Role.AGENT and turn.staff]
    return next(iter(named[-1])) if named and len(named[-1]) == 1 else None


def _open_matter(turns: Sequence[HeardTurn], stands: Standing) -> bool:
    """Whether somebody owes something: a promise, an entry, a cancellation, a change."""
    waiting = {Cue.CALLBACK, Cue.CANCEL, Cue.WITHDRAW}
    promised = any(turn.found & waiting for turn in turns)
    entered = any(
        cue.cue is Cue.COMMIT and not cue.asked
        for turn in turns[1:]
        if turn.role is Role.AGENT
        for cue in turn.cues
    )
    return promised or entered or stands.accepted is not None or stands.committed is not None


def _taken_back(turns: Sequence[HeardTurn], tool: Booked) -> tuple[str, ...]:
    """What was said after the agent's tool had booked."""
    if tool.call is None:
        return ()
    later = turns[tool.call.before_turn :]
    caller = [turn for turn in later if turn.role is not Role.AGENT]
    reasons = []
    if any(Cue.WITHDRAW in turn.found and Cue.POLICY not in turn.found for turn in later):
        reasons.append("withdrawn")
    if any(turn.found & {Cue.HEDGE, Cue.WHICH_DAY} for turn in caller):
        reasons.append("caller_unsure")
    return tuple(reasons)
