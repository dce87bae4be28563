"""What speaks against an agreement: in the whole call, in the slot itself, and after it."""

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from workers.transcripts.consent import commits, refuses
from workers.transcripts.conversation import Role
from workers.transcripts.hearing import HeardCue, HeardTurn
from workers.transcripts.languages.language import Cue
from workers.transcripts.table import Table, named_days

_TWICE: Final = 2  # day and time must be heard twice: one damaged word must not move anybody
_OPENING: Final = 3  # turns in which an agent says that she calls about an appointment
_ANYWHERE: Final = {
    Cue.MACHINE: "answering_machine",
    Cue.WRONG_NUMBER: "wrong_number",
    Cue.INJECTION: "instructions_in_speech",
    Cue.ABUSE: "joke_or_abuse",
}


def everywhere(turns: Sequence[HeardTurn]) -> Iterable[str]:
    """Objections that no later word heals."""
    for turn in turns:
        for cue, reason in _ANYWHERE.items():
            if cue in turn.found:
                yield reason
        if turn.role is Role.OTHER:
            yield "unknown_speaker"
        if turn.damaged:
            yield "transcript_damaged"
        if turn.role is Role.AGENT and any(d.resolved.broken for d in turn.days):
            yield "date_contradicts_itself"
        if Cue.CALLBACK in turn.found:
            yield "callback_promised"


def against_slot(turns: Sequence[HeardTurn], table: Table, accepted: int) -> Iterable[str]:
    """Objections to the slot on the table, and what was said after it was settled."""
    if table.settled < 0:
        return
    if not table.time_kept:
        yield "time_not_repeated"
    if _is_about_another(turns):
        yield "existing_appointment"
    yield from _unmended(turns, table)
    yield from _too_thin(turns, table)
    later = _later(turns, table, accepted)
    for turn in turns[min(table.time_settled, table.day_settled, table.settled) + 1 :]:
        if turn.role is not Role.AGENT and _moved_on(turn, turns, table, later):
            yield "other_time_named"
        if turn.index > table.settled:
            yield from _doubts(turn, later)
            yield from _changes(turn, turns, table, later)


class _Later(NamedTuple):
    """The last turns in which the agent names the slot or commits to it, -1 where none.

    `whole` names day and time and commits, and the caller agrees after it.
    """

    time: int
    day: int
    commit: int
    whole: int
    accepted: int


def _later(turns: Sequence[HeardTurn], table: Table, accepted: int) -> _Later:
    agent = [turn for turn in turns if turn.role is Role.AGENT]
    times = [turn.index for turn in agent if table.names_time(turn)]
    days = [turn.index for turn in agent if table.names_day(turn)]
    commit = [turn.index for turn in agent if commits(turn, table)]
    whole = set(times) & set(days) & set(commit)
    return _Later(
        time=max(times, default=-1),
        day=max(days, default=-1),
        commit=max(commit, default=-1),
        whole=max((index for index in whole if index < accepted), default=-1),
        accepted=accepted,
    )


def _is_about_another(turns: Sequence[HeardTurn]) -> bool:
    """The caller asks about an appointment she has, or is reminded of it, and moves nothing."""
    asked = any(turn.role is Role.USER and Cue.EXISTING in turn.found for turn in turns)
    reminded = any(Cue.REMINDER in turn.found for turn in turns[:_OPENING])
    return (asked or reminded) and not any(Cue.MOVE in turn.found for turn in turns)


def _unmended(turns: Sequence[HeardTurn], table: Table) -> Iterable[str]:
    """A date of the caller that contradicts itself, which no full date of the agent replaced."""
    broken = [
        turn.index
        for turn in turns
        for day in turn.days
        if turn.role is not Role.AGENT and day.resolved.broken and day.day.after_last is None
    ]
    mended = [
        turn.index
        for turn in turns
        for day in turn.days
        if turn.role is Role.AGENT and day.day.day is not None and day.resolved.days == table.days
    ]
    if broken and (not mended or max(mended) < max(broken)):
        yield "date_contradicts_itself"


def _too_thin(turns: Sequence[HeardTurn], table: Table) -> Iterable[str]:
    if sum(table.names_time(turn) for turn in turns) < _TWICE:
        yield "time_heard_once"
    if sum(_day_weight(turn, table) for turn in turns) < _TWICE:
        yield "date_heard_once"
    if any(Cue.MOVE in turn.found for turn in turns) and not _is_new(turns, table):
        yield "old_or_new_date"


def _is_new(turns: Sequence[HeardTurn], table: Table) -> bool:
    """Whether the slot is where an appointment moves to, and not the one it leaves.

    The agent names its day and time together; and it is not the day the caller spoke of first,
    where she named another one later.
    """
    together = any(
        turn.role is Role.AGENT and table.names_time(turn) and table.names_day(turn)
        for turn in turns
    )
    caller = [turn for turn in turns if turn.role is Role.USER]
    named = [day.resolved.days for turn in caller for day in named_days(turn)]
    wanted = table.days or frozenset()
    back = bool(named) and bool(named[0] & wanted) and any(not days & wanted for days in named)
    return together and not back


def _day_weight(turn: HeardTurn, table: Table) -> int:
    """How many parts of a date support the day: weekday and number are two."""
    return sum(
        part is not None
        for day in turn.days
        if day.place.stands and day.resolved.days & (table.days or frozenset())
        for part in (day.day.weekday, day.day.day, day.day.offset)
    )


def _doubts(turn: HeardTurn, later: _Later) -> Iterable[str]:
    if Cue.WITHDRAW in turn.found and not _is_policy(turn):
        yield "withdrawn"
    if Cue.WHICH_DAY in turn.found:
        yield "which_day_asked"
    if turn.role is Role.AGENT:
        return
    if (Cue.DOUBT in turn.found and later.whole < turn.index) or Cue.HEDGE in turn.found:
        yield "caller_unsure"
    if Cue.WAVER in turn.found and later.commit < turn.index:
        yield "caller_wavers"


def _changes(
    turn: HeardTurn, turns: Sequence[HeardTurn], table: Table, later: _Later
) -> Iterable[str]:
    if turn.role is Role.AGENT:
        before = turns[turn.index - 1]
        if Cue.CHANGED in turn.found and _asked_to_change(before, table):
            yield "change_not_understood"
        return
    if _turned_down(turn, turns, table, later):
        yield "refused"
    if Cue.SAME_TIME in turn.found:
        yield "change_not_understood"


def _asked_to_change(turn: HeardTurn, table: Table) -> bool:
    return bool(turn.found & {Cue.RATHER, Cue.WAVER}) or table.strays(turn)


def _is_policy(turn: HeardTurn) -> bool:
    return turn.role is Role.AGENT and Cue.POLICY in turn.found


def _turned_down(turn: HeardTurn, turns: Sequence[HeardTurn], table: Table, later: _Later) -> bool:
    """A no to the slot itself; a no to `anything else?` turns nothing down."""
    before = turns[turn.index - 1] if turn.index else None
    if not refuses(turn) or before is None or before.role is not Role.AGENT:
        return False
    start = before.last_sentence()
    about_slot = any(first >= start for first in _slot_starts(before, table))
    about_slot = about_slot or any(_asks_consent(cue, start) for cue in before.cues)
    return about_slot and min(later.accepted, later.commit) <= turn.index


def _slot_starts(turn: HeardTurn, table: Table) -> list[int]:
    times = [t.place.first for t in turn.times if t.time.minutes & (table.minutes or frozenset())]
    days = [d.place.first for d in turn.days if d.resolved.days & (table.days or frozenset())]
    return times + days


def _asks_consent(cue: HeardCue, start: int) -> bool:
    return cue.first >= start and cue.cue in {Cue.COMMIT, Cue.ACCEPT}


def _weighs_another(turn: HeardTurn, table: Table, later: _Later) -> bool:
    """Beside our day or time the caller names another: `Friday we are away, can we do Saturday?`"""
    if turn.found & {Cue.RATHER, Cue.WAVER}:
        return table.strays(turn)
    wishes = turn.asks or Cue.CHANGE in turn.found
    return wishes and table.strays_in_day(turn) and later.day <= turn.index


def _moved_on(turn: HeardTurn, turns: Sequence[HeardTurn], table: Table, later: _Later) -> bool:
    """The caller names another time or day for the appointment, and nobody comes back to ours.

    Other hours are told in passing (`I call them at three`): they count only where the words
    around them are about coming, changing or asking.
    """
    other_time = turn.index > table.time_settled and table.other_time(turn)
    other_day = turn.index > table.day_settled and table.other_day(turn)
    if not other_time and not other_day:
        return turn.index > table.settled and _weighs_another(turn, table, later)
    time_again = not other_time or later.time > turn.index
    day_again = not other_day or later.day > turn.index
    if time_again and day_again:
        return False
    answer = next((t for t in turns[turn.index + 1 : turn.index + 4] if t.role is Role.AGENT), None)
    adopted = answer is not None and bool(answer.found & {Cue.COMMIT, Cue.CHANGE})
    return Cue.CHANGE in turn.found or turn.asks or adopted
