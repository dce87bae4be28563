"""The table `webhook_events`: every accepted webhook, raw, with what became of it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from messages.webhook import Webhook
from storage.postgres import Crossing, Reader, Transaction
from storage.webhook_selection import SELECTED, WebhookSelection

UNKNOWN_NUMBER: Final = "unknown_number"  # waits in quarantine for a person to assign it

# As it stands in `receive`, and in statements that do more with what is received.
RECEIVE_IF: Final = """
    INSERT INTO webhook_events AS known
           (message_id, tenant_id, provider, endpoint, event, received_at, attempts,
            outcome, reason, body)
    SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10
     {condition}
    ON CONFLICT (message_id) DO UPDATE
       SET tenant_id = EXCLUDED.tenant_id,
           settled_at = now(),
           attempts = EXCLUDED.attempts,
           outcome = EXCLUDED.outcome,
           reason = EXCLUDED.reason
     WHERE known.outcome <> 'done'
       AND (known.outcome, known.reason) IS DISTINCT FROM (EXCLUDED.outcome, EXCLUDED.reason)
    RETURNING true
    """


_RECEIVE: Final = RECEIVE_IF.format(condition="")


async def receive(
    tx: Transaction | Crossing,
    webhook: Webhook,
    *,
    tenant: str | None,
    ignored_because: str | None = None,
    died_of: str | None = None,
) -> bool:
    """Archive a webhook with its outcome; False if that outcome was known, a repeat then.

    This is the inbox of webhooks: one statement counts each once. What is done stays done;
    what was ignored or died before may still be done by a replay.
    """
    values = received(webhook, tenant=tenant, ignored_because=ignored_because, died_of=died_of)
    return await tx.value(_RECEIVE, *values) is not None


def received(
    webhook: Webhook,
    *,
    tenant: str | None,
    ignored_because: str | None = None,
    died_of: str | None = None,
) -> tuple[object, ...]:
    """The values of RECEIVE_IF, $1 to $10."""
    outcome = "ignored" if ignored_because else "dead" if died_of else "done"
    return (
        webhook.message_id,
        tenant,
        webhook.provider,
        webhook.endpoint,
        webhook.event,
        webhook.received_at,
        webhook.attempts,
        outcome,
        ignored_because or died_of,
        webhook.body,
    )


async def body_of(db: Reader | Crossing, message_id: UUID) -> bytes | None:
    """The raw body, as the provider posted it; None if we never archived it."""
    body: bytes | None = await db.value(
        "SELECT body FROM webhook_events WHERE message_id = $1", message_id
    )
    return body


@dataclass(frozen=True, slots=True, kw_only=True)
class Archived:
    """A webhook of the archive without its body, which has so many bytes."""

    message_id: UUID
    tenant_id: str | None
    provider: str
    endpoint: str
    event: str
    received_at: datetime
    settled_at: datetime
    attempts: int
    outcome: str
    reason: str | None
    size: int


async def archived(
    operator: Crossing, selection: WebhookSelection, *, limit: int
) -> list[Archived]:
    """What is selected, newest first."""
    rows = await operator.rows(
        f"""
        SELECT message_id, tenant_id, provider, endpoint, event, received_at, settled_at, attempts,
               outcome, reason, octet_length(body) AS size
          FROM webhook_events AS webhook
         WHERE {SELECTED}
         ORDER BY received_at DESC, message_id
         LIMIT $11
        """,  # noqa: S608 -- both parts are ours
        *selection.values(),
        limit,
    )
    return [Archived(**row) for row in rows]


async def beginning_with(operator: Crossing, first: UUID, last: UUID, *, limit: int) -> list[UUID]:
    """The ids from `first` to `last`, both included, as a prefix of an id means them."""
    rows = await operator.rows(
        """
        SELECT message_id
          FROM webhook_events
         WHERE message_id BETWEEN $1 AND $2
         LIMIT $3
        """,
        first,
        last,
        limit,
    )
    return [row["message_id"] for row in rows]
