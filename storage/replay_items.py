"""The table `replay_items`: what each replay sends, in its order, and how far it has come."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from storage import dead_letter_selection, webhook_selection
from storage.postgres import Crossing

# The next of them with their bodies, but no more than so many bytes together, or a single one.
_NEXT: Final = """
    SELECT {columns}, open
      FROM (SELECT {columns}, ({open}) AS open,
                   sum(octet_length(body)) OVER (ORDER BY position) - octet_length(body) AS before
              FROM (SELECT position, item_id
                      FROM replay_items
                     WHERE replay_id = $1 AND position > $2
                       AND sent_at IS NULL AND left_out IS NULL
                     ORDER BY position
                     LIMIT $3) AS item
              JOIN {table} AS {source} ON {source}.{key} = item.item_id) AS next
     WHERE before < $4
     ORDER BY position
    """
_NEXT_LETTERS: Final = _NEXT.format(
    columns="position, dead_letter_id, message_id, queue, headers, content_type, body",
    source="letter", table="dead_letters", key="dead_letter_id", open=dead_letter_selection.OPEN,
)  # fmt: skip
_NEXT_WEBHOOKS: Final = _NEXT.format(
    columns="position, message_id, provider, endpoint, event, received_at, body",
    source="webhook", table="webhook_events", key="message_id", open=webhook_selection.OPEN,
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A dead letter in a replay. It is not `open` if it has come to an end since."""

    position: int
    open: bool
    dead_letter_id: UUID
    message_id: UUID | None
    queue: str
    headers: dict[str, Any]
    content_type: str | None
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchivedWebhook:
    """A webhook in a replay. It is not `open` if it is done, or was discarded or edited."""

    position: int
    open: bool
    message_id: UUID
    provider: str
    endpoint: str
    event: str
    received_at: datetime
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a replay has come."""

    items: int
    sent: int
    ended: int  # left out, because it came to an end before it was sent
    no_queue: int  # left out, because no queue of ours has that name

    @property
    def left(self) -> int:
        """What is still to be sent."""
        return self.items - self.sent - self.ended - self.no_queue


@dataclass(frozen=True, slots=True, kw_only=True)
class Fates:
    """What became of what was sent; the rest is under way."""

    succeeded: int
    died_again: int
    ended_by_hand: int  # discarded or edited


async def next_letters(
    operator: Crossing, replay_id: UUID, *, after: int, limit: int, max_bytes: int
) -> list[Letter]:
    """The next dead letters to be sent."""
    rows = await operator.rows(_NEXT_LETTERS, replay_id, after, limit, max_bytes)
    return [Letter(**row) for row in rows]


async def next_webhooks(
    operator: Crossing, replay_id: UUID, *, after: int, limit: int, max_bytes: int
) -> list[ArchivedWebhook]:
    """The next webhooks to be sent."""
    rows = await operator.rows(_NEXT_WEBHOOKS, replay_id, after, limit, max_bytes)
    return [ArchivedWebhook(**row) for row in rows]


async def note_sent(operator: Crossing, replay_id: UUID, positions: Sequence[int]) -> None:
    """RabbitMQ has them."""
    await operator.execute(
        """
        UPDATE replay_items
           SET sent_at = now()
         WHERE replay_id = $1 AND position = ANY($2)
        """,
        replay_id,
        positions,
    )


async def leave_out(
    operator: Crossing, replay_id: UUID, positions: Sequence[int], *, because: str
) -> None:
    """They are not sent: they `ended` meanwhile, or there is `no_queue` for them."""
    await operator.execute(
        """
        UPDATE replay_items
           SET left_out = $3
         WHERE replay_id = $1 AND position = ANY($2)
        """,
        replay_id,
        positions,
        because,
    )


async def progress(operator: Crossing, replay_id: UUID) -> Progress:
    """How far it has come."""
    row = await operator.row(
        """
        SELECT count(*) AS items,
               count(sent_at) AS sent,
               count(*) FILTER (WHERE left_out = 'ended') AS ended,
               count(*) FILTER (WHERE left_out = 'no_queue') AS no_queue
          FROM replay_items
         WHERE replay_id = $1
        """,
        replay_id,
    )
    return Progress(**row) if row else Progress(items=0, sent=0, ended=0, no_queue=0)


async def fates_of_letters(operator: Crossing, replay_id: UUID) -> Fates:
    """What became of the dead letters that were sent."""
    row = await operator.row(
        """
        SELECT count(*) FILTER (WHERE how = 'succeeded') AS succeeded,
               count(*) FILTER (WHERE how IS NULL AND died_again) AS died_again,
               count(*) FILTER (WHERE how IN ('discarded', 'edited')) AS ended_by_hand
          FROM (SELECT ended.how,
                       EXISTS (SELECT FROM dead_letters AS later
                                WHERE later.message_id = letter.message_id
                                  AND later.queue = letter.queue
                                  AND later.died_at > letter.died_at
                                  AND later.archived_at > replay.made_at) AS died_again
                  FROM replays AS replay
                  JOIN replay_items AS item USING (replay_id)
                  JOIN dead_letters AS letter ON letter.dead_letter_id = item.item_id
                  LEFT JOIN dead_letter_ends AS ended USING (dead_letter_id)
                 WHERE replay_id = $1 AND item.sent_at IS NOT NULL) AS sent
        """,
        replay_id,
    )
    return Fates(**row) if row else Fates(succeeded=0, died_again=0, ended_by_hand=0)


async def fates_of_webhooks(operator: Crossing, replay_id: UUID) -> Fates:
    """What became of the webhooks that were sent. One that is ignored once more, for the same
    reason, leaves no trace.
    """
    row = await operator.row(
        """
        SELECT count(*) FILTER (WHERE outcome = 'done') AS succeeded,
               count(*) FILTER (WHERE outcome <> 'done' AND died_again) AS died_again,
               0::bigint AS ended_by_hand
          FROM (SELECT webhook.outcome,
                       EXISTS (SELECT FROM dead_letters AS later
                                WHERE later.message_id = webhook.message_id
                                  AND later.archived_at > replay.made_at) AS died_again
                  FROM replays AS replay
                  JOIN replay_items AS item USING (replay_id)
                  JOIN webhook_events AS webhook ON webhook.message_id = item.item_id
                 WHERE replay_id = $1 AND item.sent_at IS NOT NULL) AS sent
        """,
        replay_id,
    )
    return Fates(**row) if row else Fates(succeeded=0, died_again=0, ended_by_hand=0)
