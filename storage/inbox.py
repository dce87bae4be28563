"""The table `inbox`: which handler has heard which message."""

from uuid import UUID

from storage.postgres import Transaction


async def claim(tx: Transaction, *, handler: str, message_id: UUID) -> bool:
    """True for the first to hear the message; a repeat gets False.

    If two hear it at the same moment, the second waits here for the first: it gets False
    if that one commits, and True if that one fails.
    """
    claimed = await tx.value(
        """
        INSERT INTO inbox (handler, message_id, tenant_id)
        VALUES ($1, $2, $3)
        ON CONFLICT DO NOTHING
        RETURNING true
        """,
        handler,
        message_id,
        tx.tenant,
    )
    return claimed is not None
