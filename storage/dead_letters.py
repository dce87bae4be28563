"""The table `dead_letters`: messages that nobody could handle, as they were, and why."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from storage.postgres import Crossing, Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetter:
    """A message that died. `queue` is where it worked; errors of one place share a fingerprint."""

    dead_letter_id: UUID
    message_id: UUID | None
    tenant_id: str | None
    queue: str
    provider: str | None
    kind: str
    fingerprint: str
    error_class: str
    error: str
    stack: str
    attempts: int
    died_at: datetime
    headers: dict[str, Any]
    content_type: str | None
    body: bytes


async def archive(archivist: Crossing, letter: DeadLetter) -> bool:
    """Keep a dead letter; False if it is kept already."""
    kept = await archivist.value(
        """
        INSERT INTO dead_letters
               (dead_letter_id, message_id, tenant_id, queue, provider, kind, fingerprint,
                error_class, error, stack, attempts, died_at, headers, content_type, body)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
        ON CONFLICT (dead_letter_id) DO NOTHING
        RETURNING true
        """,
        letter.dead_letter_id,
        letter.message_id,
        letter.tenant_id,
        letter.queue,
        letter.provider,
        letter.kind,
        letter.fingerprint,
        letter.error_class,
        letter.error,
        letter.stack,
        letter.attempts,
        letter.died_at,
        letter.headers,
        letter.content_type,
        letter.body,
    )
    return kept is not None


async def end(tx: Transaction | Crossing, dead_letter_id: UUID, *, how: str) -> None:
    """Note how a dead letter came to its end: `succeeded`, `discarded` or `edited`.

    The first end holds.
    """
    await tx.execute(
        """
        INSERT INTO dead_letter_ends (dead_letter_id, how)
        VALUES ($1, $2)
        ON CONFLICT (dead_letter_id) DO NOTHING
        """,
        dead_letter_id,
        how,
    )
