"""The table `parked_messages`: what arrived for something that an operator has paused."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from storage.postgres import Crossing, Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Parked:
    """A message as it was delivered, and the pause that it waits for.

    `queue` is the live queue of its handler, whichever lane it came from.
    """

    queue: str
    message_id: UUID
    pause_id: UUID
    correlation_id: str | None
    content_type: str | None
    headers: dict[str, Any]
    body: bytes


async def park(tx: Transaction, message: Parked) -> None:
    """Keep a message; a repeat is the same message.

    It may be parked already and in the hand of a relay, which sent it here and forgets it in a
    moment. So a repeat is an update: it waits for the relay, and then the message is kept anew.
    """
    await tx.execute(
        """
        INSERT INTO parked_messages
               (queue, message_id, tenant_id, pause_id, correlation_id, content_type, headers, body)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        ON CONFLICT (queue, message_id, pause_id) DO UPDATE SET headers = EXCLUDED.headers
        """,
        message.queue,
        message.message_id,
        tx.tenant,
        message.pause_id,
        message.correlation_id,
        message.content_type,
        message.headers,
        message.body,
    )


async def released(
    relay: Crossing, *, since: timedelta, queues: Sequence[str], most: int, size: int
) -> list[Parked]:
    """The oldest messages of a pause that ended at least so long ago, locked for this relay.

    As many as go into `size` bytes, and one more; messages of other queues are left alone.
    """
    rows = await relay.rows(
        """
        WITH ended AS (
            SELECT pause_id
              FROM pauses
             WHERE resumed_at < now() - $1::interval
               AND EXISTS (SELECT FROM parked_messages AS waiting
                            WHERE waiting.pause_id = pauses.pause_id
                              AND waiting.queue = ANY($2))
             ORDER BY resumed_at
             LIMIT 1
        ), oldest AS (
            SELECT queue, message_id, pause_id, parked_at, octet_length(body) AS size
              FROM parked_messages
             WHERE pause_id = (SELECT pause_id FROM ended) AND queue = ANY($2)
             ORDER BY parked_at
             LIMIT $3
               FOR UPDATE SKIP LOCKED
        ), batch AS (
            SELECT queue, message_id, pause_id, size,
                   sum(size) OVER (ORDER BY parked_at, queue, message_id) AS so_far
              FROM oldest
        )
        SELECT queue, message_id, pause_id, correlation_id, content_type, headers, body
          FROM batch
          JOIN parked_messages USING (queue, message_id, pause_id)
         WHERE so_far - size < $4
         ORDER BY so_far
        """,
        since,
        queues,
        most,
        size,
    )
    return [Parked(**row) for row in rows]


async def forget(relay: Crossing, sent: Sequence[Parked]) -> None:
    """Take messages away that RabbitMQ has."""
    await relay.execute(
        """
        DELETE FROM parked_messages
         USING unnest($1::text[], $2::uuid[], $3::uuid[]) AS sent (queue, message_id, pause_id)
         WHERE (parked_messages.queue, parked_messages.message_id, parked_messages.pause_id)
             = (sent.queue, sent.message_id, sent.pause_id)
        """,
        [message.queue for message in sent],
        [message.message_id for message in sent],
        [message.pause_id for message in sent],
    )
