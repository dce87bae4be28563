"""The table `provider_operations`: what we are about to do at a provider, before it is asked."""

from uuid import UUID

from storage.postgres import Transaction


async def intend(tx: Transaction, operation_id: UUID, *, provider: str, operation: str) -> bool:
    """Write down an intention. False if it was there: they may have been asked already."""
    new = await tx.value(
        """
        INSERT INTO provider_operations (operation_id, tenant_id, provider, operation, state)
        VALUES ($1, $2, $3, $4, 'intended')
        ON CONFLICT (operation_id) DO NOTHING
        RETURNING true
        """,
        operation_id,
        tx.tenant,
        provider,
        operation,
    )
    return new is not None


async def note_done(tx: Transaction, operation_id: UUID, *, reference: str) -> None:
    """They did it; `reference` is their name for it."""
    await tx.execute(
        """
        UPDATE provider_operations
           SET state = 'done', finished_at = now(), reference = $2, reason = NULL
         WHERE operation_id = $1
        """,
        operation_id,
        reference,
    )


async def note_refused(tx: Transaction, operation_id: UUID, *, reason: str) -> None:
    """They will not do it."""
    await tx.execute(
        """
        UPDATE provider_operations
           SET state = 'refused', finished_at = now(), reason = $2
         WHERE operation_id = $1 AND state <> 'done'
        """,
        operation_id,
        reason,
    )


async def note_unknown(tx: Transaction, operation_id: UUID, *, reason: str) -> None:
    """Nobody knows whether they did it: look before it is asked again."""
    await tx.execute(
        """
        UPDATE provider_operations
           SET state = 'unknown', reason = $2
         WHERE operation_id = $1 AND finished_at IS NULL
        """,
        operation_id,
        reason,
    )
