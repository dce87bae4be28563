"""The table `outbox`: messages written inside a transaction, published once it is true."""

from datetime import timedelta
from uuid import UUID

from messages.lanes import Lane
from messages.message import Message, Posted
from storage.postgres import Crossing, Transaction


async def put(tx: Transaction, *messages: Message) -> None:
    """Leave messages to be sent, if and only if this transaction commits.

    A message that waits already, because its cause was repeated, is not written again.
    """
    if not messages:
        return
    entries = [message.posted(tx.lane) for message in messages]
    await tx.execute(
        """
        INSERT INTO outbox (message_id, kind, call_id, tenant_id, body, lane)
        SELECT message_id, kind, call_id, $4, body, $6
          FROM unnest($1::uuid[], $2::text[], $3::text[], $5::bytea[])
               AS entry (message_id, kind, call_id, body)
        ON CONFLICT (message_id) DO NOTHING
        """,
        [entry.message_id for entry in entries],
        [entry.kind for entry in entries],
        [entry.call_id for entry in entries],
        tx.tenant,
        [entry.body for entry in entries],
        tx.lane,
    )
    tx.announced.extend(entries)


async def left_behind(relay: Crossing, *, older_than: timedelta, limit: int) -> list[Posted]:
    """The oldest entries that their own process should have sent by now, locked for this relay."""
    rows = await relay.rows(
        """
        SELECT message_id, kind, call_id, body, lane
          FROM outbox
         WHERE written_at < now() - $1::interval
         ORDER BY written_at
         LIMIT $2
           FOR UPDATE SKIP LOCKED
        """,
        older_than,
        limit,
    )
    return [Posted(**{**row, "lane": Lane(row["lane"])}) for row in rows]


async def forget(relay: Crossing, message_ids: list[UUID]) -> None:
    """Take entries away that RabbitMQ has."""
    await relay.execute("DELETE FROM outbox WHERE message_id = ANY($1)", message_ids)
