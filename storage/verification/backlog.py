"""How much waits in tables, for the last lines of the report."""

from dataclasses import dataclass

from storage.backlog import outbox, parked, spool
from storage.dead_letter_selection import OPEN
from storage.postgres import Crossing


@dataclass(frozen=True, slots=True, kw_only=True)
class Backlogs:
    """Entries of each table that are not at their end yet."""

    outbox: int
    spool: int
    parked: int
    dead_letters: int


async def backlogs(verifier: Crossing) -> Backlogs:
    """What waits now."""
    return Backlogs(
        outbox=(await outbox(verifier)).entries,
        spool=(await spool(verifier)).entries,
        parked=(await parked(verifier)).entries,
        dead_letters=await _open_dead_letters(verifier),
    )


async def _open_dead_letters(verifier: Crossing) -> int:
    count: int = await verifier.value(
        f"SELECT count(*) FROM dead_letters AS letter WHERE {OPEN}"  # noqa: S608 -- ours
    )
    return count
