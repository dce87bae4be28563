"""The table `webhook_spool`: where accepted webhooks wait while RabbitMQ is away."""

from uuid import UUID

from messages.webhook import Webhook
from storage.postgres import Crossing, Transaction


async def put(tx: Transaction, webhook: Webhook) -> None:
    """Keep a webhook until it can be published; a repeat is the same webhook."""
    await tx.execute(
        """
        INSERT INTO webhook_spool
               (message_id, provider, endpoint, event, tenant_id, traceparent, received_at, body)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        ON CONFLICT DO NOTHING
        """,
        webhook.message_id,
        webhook.provider,
        webhook.endpoint,
        webhook.event,
        webhook.tenant_id,
        webhook.traceparent,
        webhook.received_at,
        webhook.body,
    )


async def rehearse(tx: Transaction) -> None:
    """Do all that `put` does but the row; raises what it would raise."""
    await tx.execute(
        """
        INSERT INTO webhook_spool (message_id, provider, endpoint, event, received_at, body)
        SELECT gen_random_uuid(), '', '', '', now(), ''
         WHERE false
        """
    )


async def oldest(relay: Crossing, *, limit: int) -> list[Webhook]:
    """The webhooks that wait longest, locked for this relay."""
    rows = await relay.rows(
        """
        SELECT message_id, provider, endpoint, event, tenant_id, traceparent, received_at, body
          FROM webhook_spool
         ORDER BY spooled_at
         LIMIT $1
           FOR UPDATE SKIP LOCKED
        """,
        limit,
    )
    return [Webhook(**row) for row in rows]


async def forget(relay: Crossing, message_ids: list[UUID]) -> None:
    """Take webhooks away that RabbitMQ has."""
    await relay.execute("DELETE FROM webhook_spool WHERE message_id = ANY($1)", message_ids)
