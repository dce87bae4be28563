"""What caller and agent settled on, and what speaks against it: the heart of promise P8.

    agent names day and time ──▶ caller takes them ──▶ agent commits ──▶ nobody takes it back
         (settled)                  (accepted)           (committed)         (no objection)

A slot counts only if all four are there, in the last form it had. A later day or time of the
agent begins anew; what the caller says counts once the agent takes it up.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from workers.transcripts.consent import accepted, committed
from workers.transcripts.hearing import HeardTurn
from workers.transcripts.languages.language import Cue, Half
from workers.transcripts.objections import against_slot, everywhere
from workers.transcripts.offers import laid
from workers.transcripts.table import Table
from workers.transcripts.times import clock_time


class Place(NamedTuple):
    """Where something was said: characters `start` to `end` of turn number `turn`."""

    turn: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Standing:
    """How the conversation stands when the call ends.

    `day` and `minutes` are the last that were on the table, agreed or not; `objections` say why
    they are no agreement, and are empty where they are one.
    """

    day: date | None = None
    minutes: int | None = None
    settled: int = -1
    accepted: int | None = None
    committed: int | None = None
    objections: tuple[str, ...] = ()
    moves: bool = False
    places: tuple[tuple[str, Place], ...] = ()


def standing(turns: Sequence[HeardTurn]) -> Standing:
    """The slot that stands at the end of the call, or what is against it."""
    table = laid(turns)
    day = next(iter(table.days)) if table.days and len(table.days) == 1 else None
    minutes = clock_time(table.minutes, _halves(turns)) if table.minutes else None
    taken = accepted(turns, table) if table.settled >= 0 else None
    entered = committed(turns, table) if table.settled >= 0 else None
    missing = {
        "date_unclear": day is None,
        "time_unclear": minutes is None,
        "not_accepted": taken is None,
        "not_confirmed": entered is None,
    }
    objections = (
        *everywhere(turns),
        *(reason for reason, applies in missing.items() if applies),
        *against_slot(turns, table, taken or 0),
    )
    return Standing(
        day=day,
        minutes=minutes,
        settled=table.settled,
        accepted=taken,
        committed=entered,
        objections=tuple(dict.fromkeys(objections)),
        moves=any(Cue.MOVE in turn.found for turn in turns[: table.settled + 1]),
        places=tuple(_places(turns, table)),
    )


def _halves(turns: Sequence[HeardTurn]) -> frozenset[Half]:
    return frozenset(half for turn in turns for half in turn.halves)


def _places(turns: Sequence[HeardTurn], table: Table) -> Iterable[tuple[str, Place]]:
    for turn in turns:
        for time in turn.times:
            if time.place.stands and time.time.minutes & (table.minutes or frozenset()):
                yield "time", Place(turn.index, *turn.span(time.place.first, time.place.after))
        for day in turn.days:
            if day.place.stands and day.resolved.days & (table.days or frozenset()):
                yield "date", Place(turn.index, *turn.span(day.place.first, day.place.after))
