"""The table `replays`: selections that were frozen, to be sent once more on the bulk lane.

made ──▶ finished      nothing is left to be sent
  └────▶ cancelled     what was not sent stays as it was
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from storage.postgres import AWAY, Crossing, Pool
from storage.replay_sources import CHOSEN, AnySelection, source_of


class NameUsed(Exception):
    """There is a replay of this name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """A replay. `selection` is what was asked for, and `items` is how many there were."""

    replay_id: UUID
    name: str
    source: str
    selection: dict[str, Any]
    asked_by: str
    reason: str
    per_second: int
    items: int
    made_at: datetime
    finished_at: datetime | None
    cancelled_at: datetime | None

    @property
    def is_open(self) -> bool:
        """Whether there may be something left to be sent."""
        return self.finished_at is None and self.cancelled_at is None


async def make(
    operator: Crossing,
    replay_id: UUID,
    selection: AnySelection,
    *,
    name: str,
    by: str,
    reason: str,
    per_second: int,
) -> int:
    """Freeze what is selected now, oldest first; return how many. Raises NameUsed."""
    source = source_of(selection)
    try:
        frozen = await operator.value(
            f"""
            WITH item AS (
                INSERT INTO replay_items (replay_id, position, item_id)
                SELECT $11, row_number() OVER (ORDER BY at, item_id), item_id
                  FROM ({CHOSEN[source]}) AS chosen
                RETURNING item_id
            )
            INSERT INTO replays
                   (replay_id, name, source, selection, asked_by, reason, per_second, items)
            SELECT $11, $12, $13, $14, $15, $16, $17, (SELECT count(*) FROM item)
            RETURNING items
            """,  # noqa: S608 -- both parts are ours
            *selection.values(),
            replay_id,
            name,
            source,
            selection.as_json(),
            by,
            reason,
            per_second,
        )
    except asyncpg.UniqueViolationError as error:
        if error.constraint_name == "one_replay_of_a_name":
            raise NameUsed from error
        raise
    return int(frozen)


async def find(operator: Crossing, name: str) -> Replay | None:
    """The replay of that name."""
    row = await operator.row(
        """
        SELECT replay_id, name, source, selection, asked_by, reason, per_second, items,
               made_at, finished_at, cancelled_at
          FROM replays
         WHERE name = $1
        """,
        name,
    )
    return Replay(**row) if row else None


async def latest(operator: Crossing, *, limit: int) -> list[Replay]:
    """The replays that were made last, newest first."""
    rows = await operator.rows(
        """
        SELECT replay_id, name, source, selection, asked_by, reason, per_second, items,
               made_at, finished_at, cancelled_at
          FROM replays
         ORDER BY made_at DESC
         LIMIT $1
        """,
        limit,
    )
    return [Replay(**row) for row in rows]


async def finish(operator: Crossing, replay_id: UUID) -> bool:
    """Note that nothing is left to be sent; False if it is over already."""
    finished = await operator.value(
        """
        UPDATE replays
           SET finished_at = now()
         WHERE replay_id = $1 AND finished_at IS NULL AND cancelled_at IS NULL
        RETURNING true
        """,
        replay_id,
    )
    return finished is not None


async def cancel(operator: Crossing, replay_id: UUID) -> bool:
    """End it where it is; False if it is over already."""
    cancelled = await operator.value(
        """
        UPDATE replays
           SET cancelled_at = now()
         WHERE replay_id = $1 AND finished_at IS NULL AND cancelled_at IS NULL
        RETURNING true
        """,
        replay_id,
    )
    return cancelled is not None


@asynccontextmanager
async def sole_runner(pool: Pool, replay_id: UUID) -> AsyncIterator[bool]:
    """Be the only one to run a replay; False if another is. The lock ends with its connection."""
    key = _lock_of(replay_id)
    async with pool.acquire() as connection:
        alone = await connection.fetchval("SELECT pg_try_advisory_lock($1)", key)
        try:
            yield bool(alone)
        finally:
            with suppress(*AWAY):  # the lock has ended with its connection
                if alone:
                    await connection.execute("SELECT pg_advisory_unlock($1)", key)


async def runs(operator: Crossing, replay_id: UUID) -> bool:
    """Whether a process has it in hand now."""
    return bool(
        await operator.value(
            """
            SELECT EXISTS (
                SELECT FROM pg_locks
                 WHERE locktype = 'advisory' AND objsubid = 1 AND granted
                   AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
                   AND (classid::bigint << 32) | objid::bigint = $1)
            """,
            _lock_of(replay_id),
        )
    )


def _lock_of(replay_id: UUID) -> int:
    return int.from_bytes(replay_id.bytes[:8], signed=True)
