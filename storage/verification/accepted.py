"""P2: which webhooks, known to have been accepted, are in none of our tables."""

from collections.abc import Sequence
from uuid import UUID

from storage.postgres import Crossing


async def nowhere(verifier: Crossing, message_ids: Sequence[UUID]) -> list[UUID]:
    """Those of these webhooks that no table has."""
    rows = await verifier.rows(
        """
        SELECT accepted.id
          FROM unnest($1::uuid[]) AS accepted (id)
         WHERE NOT EXISTS (SELECT FROM webhook_events WHERE message_id = accepted.id)
           AND NOT EXISTS (SELECT FROM webhook_spool WHERE message_id = accepted.id)
           AND NOT EXISTS (SELECT FROM dead_letters WHERE message_id = accepted.id)
           AND NOT EXISTS (SELECT FROM parked_messages WHERE message_id = accepted.id)
        """,
        message_ids,
    )
    return [row["id"] for row in rows]
