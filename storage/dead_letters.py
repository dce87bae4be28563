"""The table `dead_letters`: messages that nobody could handle, as they were, and why."""

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from storage.postgres import Crossing, Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetter:
    """A message that died. `queue` is where it worked; errors of one place share a fingerprint.

    An edit is a dead letter, too: it names its origin, and how its body differs from that one's.
    """

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
    origin_id: UUID | None = None
    difference: str | None = None


COLUMNS: Final = ", ".join(each.name for each in fields(DeadLetter))


async def archive(keeper: Crossing, letter: DeadLetter) -> bool:
    """Keep a dead letter; False if it is kept already."""
    kept = await keeper.value(
        f"""
        INSERT INTO dead_letters ({COLUMNS})
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
        ON CONFLICT (dead_letter_id) DO NOTHING
        RETURNING true
        """,  # noqa: S608 -- the columns are ours
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
        letter.origin_id,
        letter.difference,
    )
    return kept is not None


async def end(tx: Transaction | Crossing, dead_letter_id: UUID, *, how: str) -> bool:
    """Note how a dead letter came to its end: `succeeded`, `discarded` or `edited`.

    The first end holds; False if this one is not it.
    """
    ended = await tx.value(
        """
        INSERT INTO dead_letter_ends (dead_letter_id, how)
        VALUES ($1, $2)
        ON CONFLICT DO NOTHING
        RETURNING true
        """,
        dead_letter_id,
        how,
    )
    return ended is not None
