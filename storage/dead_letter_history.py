"""All that is known of one dead letter: itself, what became of it, its edits, its replays."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from storage.dead_letter_selection import STATUS
from storage.dead_letters import COLUMNS, DeadLetter
from storage.postgres import Crossing


@dataclass(frozen=True, slots=True, kw_only=True)
class Fate:
    """What became of a letter, in a word, and when: `since` is None while it is open."""

    status: str
    archived_at: datetime
    since: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Relative:
    """Another letter of the same story: the next death of the message, or an edit."""

    dead_letter_id: UUID
    died_at: datetime
    difference: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """A replay that has the letter; `sent_at` is None until it was its turn."""

    name: str
    asked_by: str
    made_at: datetime
    sent_at: datetime | None


async def beginning_with(operator: Crossing, first: UUID, last: UUID, *, limit: int) -> list[UUID]:
    """The ids from `first` to `last`, both included, as a prefix of an id means them."""
    rows = await operator.rows(
        """
        SELECT dead_letter_id FROM dead_letters
         WHERE dead_letter_id BETWEEN $1 AND $2
         ORDER BY dead_letter_id
         LIMIT $3
        """,
        first,
        last,
        limit,
    )
    return [row["dead_letter_id"] for row in rows]


async def letter_of(operator: Crossing, dead_letter_id: UUID) -> DeadLetter | None:
    """The letter with its body; None if there is none."""
    row = await operator.row(
        f"SELECT {COLUMNS} FROM dead_letters WHERE dead_letter_id = $1",  # noqa: S608 -- ours
        dead_letter_id,
    )
    return DeadLetter(**row) if row else None


async def fate_of(operator: Crossing, dead_letter_id: UUID) -> Fate:
    """What became of a letter that there is."""
    (row,) = await operator.rows(
        f"""
        SELECT {STATUS} AS status, letter.archived_at,
               coalesce(
                   (SELECT ended.ended_at FROM dead_letter_ends AS ended
                     WHERE ended.dead_letter_id = letter.dead_letter_id),
                   CASE WHEN letter.provider IS NULL
                        THEN (SELECT heard.heard_at FROM inbox AS heard
                               WHERE heard.message_id = letter.message_id
                                 AND heard.handler = letter.queue)
                        ELSE (SELECT webhook.settled_at FROM webhook_events AS webhook
                               WHERE webhook.message_id = letter.message_id
                                 AND webhook.outcome = 'done')
                   END,
                   (SELECT min(later.died_at) FROM dead_letters AS later
                     WHERE later.message_id = letter.message_id AND later.queue = letter.queue
                       AND later.died_at > letter.died_at)
               ) AS since
          FROM dead_letters AS letter
         WHERE letter.dead_letter_id = $1
        """,  # noqa: S608 -- the parts are ours
        dead_letter_id,
    )
    return Fate(**row)


async def other_deaths(
    operator: Crossing, letter: DeadLetter, *, limit: int = 20
) -> list[Relative]:
    """The other times that the same message died in the same place, newest first."""
    rows = await operator.rows(
        """
        SELECT dead_letter_id, died_at, NULL::text AS difference
          FROM dead_letters
         WHERE message_id = $1 AND queue = $2 AND dead_letter_id <> $3
         ORDER BY died_at DESC
         LIMIT $4
        """,
        letter.message_id,
        letter.queue,
        letter.dead_letter_id,
        limit,
    )
    return [Relative(**row) for row in rows]


async def edits_of(operator: Crossing, dead_letter_id: UUID) -> list[Relative]:
    """The letters that were made from this one."""
    rows = await operator.rows(
        """
        SELECT dead_letter_id, died_at, difference FROM dead_letters
         WHERE origin_id = $1
         ORDER BY died_at
        """,
        dead_letter_id,
    )
    return [Relative(**row) for row in rows]


async def replays_of(operator: Crossing, dead_letter_id: UUID) -> list[Replayed]:
    """The replays that were told to send this letter, oldest first."""
    rows = await operator.rows(
        """
        SELECT replay.name, replay.asked_by, replay.made_at, item.sent_at
          FROM replay_items AS item
          JOIN replays AS replay USING (replay_id)
         WHERE item.item_id = $1
         ORDER BY replay.made_at
        """,
        dead_letter_id,
    )
    return [Replayed(**row) for row in rows]
