"""How day and time come onto the table: what the agent names, and which offer the caller picks."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Final, TypeVar

from workers.transcripts.conversation import Role
from workers.transcripts.hearing import HeardTime, HeardTurn
from workers.transcripts.languages.language import Bound, Cue
from workers.transcripts.table import Table, named_days, starting_times

_Meaning = TypeVar("_Meaning")
_PICKS: Final = {Cue.PICK_FIRST: 0, Cue.PICK_SECOND: 1, Cue.PICK_MIDDLE: None, Cue.PICK_LAST: -1}


def laid(turns: Sequence[HeardTurn]) -> Table:
    """What is on the table when the call ends: a later word of the agent replaces an earlier."""
    table = Table()
    for turn in turns:
        if turn.role is Role.AGENT:
            _agent_says(turn, table, turns)
        elif turn.role is Role.USER:
            _caller_picks(turn, table)
    return table


def _agent_says(turn: HeardTurn, table: Table, turns: Sequence[HeardTurn]) -> None:
    days = _distinct(day.resolved.days for day in named_days(turn) if day.resolved.days)
    times = _distinct(time.time.minutes for time in _offered_times(turn))
    if len(days) > 1 or len(times) > 1:
        _lay_out(turn, table, days, times)
        return
    if days and not _in_passing(turn, table, turns):
        changed = table.days is not None and not table.days & days[0]
        if changed or (table.days is None and not _caller_said(days[0], turns[: turn.index])):
            table.settled = table.day_settled = turn.index
        table.time_kept = not changed or bool(times) or _same_time(turn, turns)
        table.days = days[0] if table.days is None or changed else table.days & days[0]
    if times:
        _set_time(turn, table, times[0])


def _in_passing(turn: HeardTurn, table: Table, turns: Sequence[HeardTurn]) -> bool:
    """A day the agent tells of something else (`the contract comes tomorrow`): nobody asked to
    move, no time goes with it, and nothing is asked or entered.
    """
    if table.days is None or table.minutes is None or turn.index == 0 or turn.asks:
        return False
    before = turns[turn.index - 1]
    moving = {Cue.COMMIT, Cue.CHANGE, Cue.SAME_TIME, Cue.OFFER}
    quiet = not turn.found & moving and Cue.CHANGE not in before.found and not before.days
    return quiet and not turn.times


def _caller_said(days: frozenset[date], turns: Sequence[HeardTurn]) -> bool:
    """Whether the caller had named the day that the agent now takes up."""
    return any(
        day.place.stands and day.resolved.days == days
        for turn in turns
        if turn.role is Role.USER
        for day in turn.days
    )


def _set_time(turn: HeardTurn, table: Table, minutes: frozenset[int]) -> None:
    common = table.minutes & minutes if table.minutes else frozenset()
    if not common:
        table.settled = table.time_settled = turn.index
    table.minutes = common or minutes
    table.time_kept = True


def _lay_out(
    turn: HeardTurn,
    table: Table,
    days: list[frozenset[date]],
    times: list[frozenset[int]],
) -> None:
    """Several offers at once: nothing is settled until one of them is taken."""
    table.settled = table.time_settled = table.day_settled = turn.index
    table.menu_days, table.menu_times = tuple(days), tuple(times)
    table.days = days[0] if len(days) == 1 else (None if days else table.days)
    table.minutes = times[0] if len(times) == 1 else None


def _caller_picks(turn: HeardTurn, table: Table) -> None:
    """The caller takes one of several offers, by its hour, its day, or its place in the list."""
    if len(table.menu_times) > 1 and table.minutes is None:
        said = [time.time.minutes for time in turn.times if time.place.stands]
        if minutes := _one_of(table.menu_times, said, turn):
            table.minutes, table.time_settled = minutes, turn.index
            table.settled = table.picked = turn.index
    if len(table.menu_days) > 1 and table.days is None:
        named = [day.resolved.days for day in turn.days if day.place.stands]
        if days := _one_of(table.menu_days, named, turn):
            table.days, table.day_settled = days, turn.index
            table.settled = table.picked = turn.index


def _one_of(
    offers: tuple[frozenset[_Meaning], ...], said: list[frozenset[_Meaning]], turn: HeardTurn
) -> frozenset[_Meaning] | None:
    taken = [offer for offer in offers if any(offer & meaning for meaning in said)]
    places = {_PICKS[cue] for cue in turn.found if cue in _PICKS}
    if not taken and len(places) == 1 and not turn.asks:
        place = places.pop()
        middle = len(offers) // 2 if len(offers) % 2 else len(offers)
        taken = list(offers[middle : middle + 1] if place is None else offers[place:][:1])
    return taken[0] if len(taken) == 1 else None


def _distinct(said: Iterable[frozenset[_Meaning]]) -> list[frozenset[_Meaning]]:
    kept: list[frozenset[_Meaning]] = []
    for meaning in said:
        same = next((n for n, other in enumerate(kept) if other & meaning), None)
        if same is None:
            kept.append(meaning)
        else:
            kept[same] &= meaning
    return kept


def _offered_times(turn: HeardTurn) -> list[HeardTime]:
    """From-times count only where the agent says that it is entered: `ab zwölf ist reserviert`."""
    entered = Cue.COMMIT in turn.found
    return [time for time in starting_times(turn) if time.time.bound is Bound.AT or entered]


def _same_time(turn: HeardTurn, turns: Sequence[HeardTurn]) -> bool:
    before = turns[max(turn.index - 1, 0)]
    return Cue.SAME_TIME in turn.found or Cue.SAME_TIME in before.found
