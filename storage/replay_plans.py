"""What a replay would send, before it is made: counted by tenant and kind, and some samples."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from messages import topology
from storage.dead_letter_selection import SELECTED, Selection
from storage.postgres import Crossing
from storage.replay_sources import CHOSEN, AnySelection, source_of

# The ids that one of our own messages carries in its body, which is not sure to be JSON.
_CALL: Final = """substring(encode(letter.body, 'escape') FROM '"call_id": *"([^"]+)"')"""
_NOTIFICATION: Final = (
    """substring(encode(letter.body, 'escape') FROM '"notification_id": *"([0-9a-f-]{36})"')"""
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """How many of a tenant go to one place as one kind. `done` are known there as done;
    `sent` were sent by an earlier replay and have not come to an end yet, as far as we know.
    """

    tenant_id: str | None
    part: str
    kind: str
    count: int
    oldest: datetime
    newest: datetime
    done: int
    sent: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One of the items."""

    item_id: UUID
    tenant_id: str | None
    part: str
    kind: str
    at: datetime
    why: str


async def shares(operator: Crossing, selection: AnySelection) -> list[Share]:
    """How many there are, the largest share first."""
    rows = await operator.rows(
        f"""
        SELECT tenant_id, part, kind, count(*) AS count, min(at) AS oldest, max(at) AS newest,
               count(*) FILTER (WHERE done) AS done,
               count(*) FILTER (WHERE NOT done AND EXISTS (
                   SELECT FROM replay_items AS item
                    WHERE item.item_id = chosen.item_id AND item.sent_at IS NOT NULL)) AS sent
          FROM ({CHOSEN[source_of(selection)]}) AS chosen
         GROUP BY tenant_id, part, kind
         ORDER BY count(*) DESC, tenant_id, part, kind
        """,  # noqa: S608 -- both parts are ours
        *selection.values(),
    )
    return [Share(**row) for row in rows]


async def samples(operator: Crossing, selection: AnySelection, *, limit: int) -> list[Sample]:
    """Some of them: the newest of each cause first, then the next of each."""
    rows = await operator.rows(
        f"""
        SELECT item_id, tenant_id, part, kind, at, why
          FROM (SELECT item_id, tenant_id, part, kind, at, why,
                       row_number() OVER (PARTITION BY alike ORDER BY at DESC, item_id) AS place
                  FROM ({CHOSEN[source_of(selection)]}) AS chosen) AS placed
         ORDER BY place, at DESC, item_id
         LIMIT $11
        """,  # noqa: S608 -- both parts are ours
        *selection.values(),
        limit,
    )
    return [Sample(**row) for row in rows]


async def asked_before(operator: Crossing, selection: Selection) -> dict[tuple[str, str], int]:
    """How many letters of each handler and kind have asked a provider: these look before they
    ask again.
    """
    rows = await operator.rows(
        f"""
        WITH letter AS (
            SELECT dead_letter_id, message_id, queue, kind, body
              FROM dead_letters AS letter
             WHERE letter.queue = ANY($11) AND {SELECTED}
        )
        SELECT queue, kind, count(DISTINCT dead_letter_id) AS count
          FROM (SELECT letter.queue, letter.kind, letter.dead_letter_id
                  FROM letter
                  JOIN appointments ON appointments.command_id = letter.message_id
                 UNION ALL
                SELECT letter.queue, letter.kind, letter.dead_letter_id
                  FROM letter
                  JOIN appointments ON appointments.call_id = {_CALL}
                                   AND appointments.command_id IS NOT NULL
                 WHERE letter.queue = $12
                 UNION ALL
                SELECT letter.queue, letter.kind, letter.dead_letter_id
                  FROM letter
                  JOIN notifications ON notifications.notification_id = {_NOTIFICATION}::uuid
                                    AND notifications.asked_at IS NOT NULL) AS asked
         GROUP BY queue, kind
        """,  # noqa: S608 -- all parts are ours
        *selection.values(),
        [
            work.name
            for work in topology.ALL
            if work.exchange == topology.MESSAGES and work.provider
        ],
        topology.BOOKINGS_AGREED.name,
    )
    return {(row["queue"], row["kind"]): row["count"] for row in rows}
