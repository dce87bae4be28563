"""Many dead letters at a time: lists and groups of them. No bodies and no words of an error here:

they may name people, and are shown with a single letter only (`dead_letter_history.py`).
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from storage.dead_letter_selection import SELECTED, STATUS, Selection
from storage.postgres import Crossing

TENANTS: Final = 3  # as many as a group names


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A dead letter in a line; `status` is `open` or how it ended."""

    dead_letter_id: UUID
    died_at: datetime
    queue: str
    error_class: str
    tenant_id: str | None
    provider: str | None
    kind: str
    attempts: int
    fingerprint: str
    message_id: UUID | None
    origin_id: UUID | None
    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Dead letters of one place in the code, with those tenants that have most and the newest."""

    fingerprint: str
    queue: str
    error_class: str
    letters: int
    first_died_at: datetime
    last_died_at: datetime
    tenants: int
    most_of: list[str]
    sample_id: UUID


async def have_room(operator: Crossing) -> None:
    """Let this transaction sort and hash in memory, and plan without compiling.

    A million letters take half the time; a few take a tenth of it.
    """
    await operator.execute(
        "SELECT set_config('work_mem', '64MB', true), set_config('jit', 'off', true)"
    )


async def newest(operator: Crossing, selection: Selection, *, limit: int) -> list[Listed]:
    """The last that died of those selected."""
    rows = await operator.rows(
        f"""
        SELECT dead_letter_id, died_at, queue, error_class, tenant_id, provider, kind, attempts,
               fingerprint, message_id, origin_id, {STATUS} AS status
          FROM dead_letters AS letter
         WHERE {SELECTED}
         ORDER BY died_at DESC, dead_letter_id DESC
         LIMIT $11
        """,  # noqa: S608 -- the parts are ours
        *selection.values(),
        limit,
    )
    return [Listed(**row) for row in rows]


async def count(operator: Crossing, selection: Selection) -> int:
    """How many are selected."""
    counted = await operator.value(
        f"SELECT count(*) FROM dead_letters AS letter WHERE {SELECTED}",  # noqa: S608 -- as above
        *selection.values(),
    )
    return int(counted)


async def groups(operator: Crossing, selection: Selection, *, limit: int) -> list[Group]:
    """The selected by their fingerprints, the largest group first.

    One pass over an index that has all of it, unless the selection asks for other columns.
    """
    rows = await operator.rows(
        f"""
        WITH counted AS (
            SELECT fingerprint, tenant_id, count(*) AS letters, min(queue) AS queue,
                   min(error_class) AS error_class, min(died_at) AS first, max(died_at) AS last
              FROM dead_letters AS letter
             WHERE {SELECTED}
             GROUP BY fingerprint, tenant_id
        )
        SELECT grouped.*, sample.dead_letter_id AS sample_id
          FROM (
            SELECT fingerprint, min(queue) AS queue, min(error_class) AS error_class,
                   sum(letters)::bigint AS letters, min(first) AS first_died_at,
                   max(last) AS last_died_at, count(tenant_id) AS tenants,
                   (coalesce(array_agg(tenant_id ORDER BY letters DESC, tenant_id)
                    FILTER (WHERE tenant_id IS NOT NULL), '{{}}'))[:{TENANTS}] AS most_of
              FROM counted
             GROUP BY fingerprint
             ORDER BY letters DESC, fingerprint
             LIMIT $11
          ) AS grouped
         CROSS JOIN LATERAL (
            SELECT letter.dead_letter_id
              FROM dead_letters AS letter
             WHERE letter.fingerprint = grouped.fingerprint
               AND letter.died_at = grouped.last_died_at AND {SELECTED}
             LIMIT 1
          ) AS sample
         ORDER BY letters DESC, fingerprint
        """,  # noqa: S608 -- as above
        *selection.values(),
        limit,
    )
    return [Group(**row) for row in rows]
