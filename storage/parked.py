"""The table `parked_messages`: what arrived for something that an operator has paused."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from storage.postgres import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Parked:
    """A message as it was delivered, and the pause that it waits for."""

    queue: str
    message_id: UUID
    pause_id: UUID
    correlation_id: str | None
    content_type: str | None
    headers: dict[str, Any]
    body: bytes


async def park(tx: Transaction, message: Parked) -> None:
    """Keep a message; a repeat is the same message."""
    await tx.execute(
        """
        INSERT INTO parked_messages
               (queue, message_id, tenant_id, pause_id, correlation_id, content_type, headers, body)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        ON CONFLICT DO NOTHING
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
