"""Discarding dead letters: an end and a line of the audit for each, batch after batch."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from storage.dead_letter_selection import SELECTED, Selection
from storage.postgres import Crossing

_FIRST: Final = UUID(int=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """What one transaction discarded, and the letter it came to, from where the next begins."""

    discarded: int
    died_at: datetime
    dead_letter_id: UUID


async def discard(
    operator: Crossing,
    selection: Selection,
    *,
    by: str,
    reason: str,
    after: Batch | None,
    limit: int,
) -> Batch | None:
    """Discard the oldest of those selected that come after a batch, `limit` at most; None if none.

    Others may end the same letters meanwhile: the first end holds and is the only one noted.
    """
    row = await operator.row(
        f"""
        WITH chosen AS (
            SELECT letter.dead_letter_id, letter.died_at, letter.tenant_id
              FROM dead_letters AS letter
             WHERE {SELECTED}
               AND (letter.died_at, letter.dead_letter_id)
                 > (coalesce($11::timestamptz, '-infinity'), coalesce($12::uuid, '{_FIRST}'))
             ORDER BY letter.died_at, letter.dead_letter_id
             LIMIT $15
        ), ended AS (
            INSERT INTO dead_letter_ends (dead_letter_id, how)
            SELECT dead_letter_id, 'discarded' FROM chosen
            ON CONFLICT (dead_letter_id) DO NOTHING
            RETURNING dead_letter_id
        ), noted AS (
            INSERT INTO operator_actions (acted_by, action, reason, tenant_id, subject)
            SELECT $13, 'dead_letters.discard', $14, tenant_id, 'dead_letter:' || dead_letter_id
              FROM ended JOIN chosen USING (dead_letter_id)
            RETURNING 1
        )
        SELECT died_at, dead_letter_id, (SELECT count(*) FROM noted) AS discarded
          FROM chosen
         ORDER BY died_at DESC, dead_letter_id DESC
         LIMIT 1
        """,  # noqa: S608 -- the parts are ours
        *selection.values(),
        after.died_at if after else None,
        after.dead_letter_id if after else None,
        by,
        reason,
        limit,
    )
    return Batch(**row) if row else None
