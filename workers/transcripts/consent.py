"""Who agreed to what is on the table: the caller takes it, the agent commits to it."""

from collections.abc import Sequence
from typing import Final

from workers.transcripts.conversation import Role
from workers.transcripts.hearing import HeardTurn
from workers.transcripts.languages.language import Cue
from workers.transcripts.table import Table

UNCERTAIN: Final = frozenset({Cue.HEDGE, Cue.DOUBT, Cue.WITHDRAW})


def accepted(turns: Sequence[HeardTurn], table: Table) -> int | None:
    """The last turn in which the caller took the slot that stands."""
    taken = None
    for turn in turns[max(table.settled, 0) :]:
        if turn.role is Role.USER and _takes(turn, turns, table):
            taken = turn.index
    if taken is None and table.picked == table.settled:
        return table.picked
    if taken is None and _asked_for(turns, table):
        return table.settled - 1
    return taken


def committed(turns: Sequence[HeardTurn], table: Table) -> int | None:
    """The last turn in which the agent says that the slot that stands is entered."""
    for turn in reversed(turns[max(table.settled, 0) :]):
        if turn.role is Role.AGENT and commits(turn, table):
            return turn.index
    return None


def commits(turn: HeardTurn, table: Table) -> bool:
    """Whether the agent says here that it is entered, or states day or time as a fact."""
    if turn.found & {Cue.WITHDRAW, Cue.CALLBACK}:
        return False
    if any(cue.cue is Cue.COMMIT and not cue.asked for cue in turn.cues):
        return True
    if Cue.OFFER in turn.found:
        return False
    said = [time.place for time in turn.times if time.time.minutes & (table.minutes or frozenset())]
    said += [day.place for day in turn.days if day.resolved.days & (table.days or frozenset())]
    return any(place.stands and not place.asked for place in said)


def refuses(turn: HeardTurn) -> bool:
    """Whether the turn begins with a no."""
    return any(cue.cue is Cue.REFUSE and cue.opening for cue in turn.cues)


def _takes(turn: HeardTurn, turns: Sequence[HeardTurn], table: Table) -> bool:
    if turn.found & UNCERTAIN or refuses(turn) or table.contradicts(turn):
        return False
    if table.repeats(turn) and not turn.asks:
        return True
    before = _agent_before(turns, turn.index)
    relevant = before is not None and (table.repeats(before) or Cue.COMMIT in before.found)
    return relevant and any(cue.cue is Cue.ACCEPT for cue in turn.cues)


def _asked_for(turns: Sequence[HeardTurn], table: Table) -> bool:
    """The caller asked for what the agent then entered: no further yes is needed."""
    if table.settled < 1 or Cue.COMMIT not in turns[table.settled].found:
        return False
    before = turns[table.settled - 1]
    wished = before.role is Role.USER and not before.found & UNCERTAIN
    return wished and table.repeats(before) and not table.contradicts(before)


def _agent_before(turns: Sequence[HeardTurn], index: int) -> HeardTurn | None:
    return next((turns[n] for n in range(index - 1, -1, -1) if turns[n].role is Role.AGENT), None)
