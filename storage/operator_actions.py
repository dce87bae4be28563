"""The table `operator_actions`: who did what, when and why. Lines are only ever added."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from storage.postgres import Crossing


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """What an operator did. `subject` is what it was done to, as `<thing>:<its id or name>`."""

    acted_at: datetime
    acted_by: str
    action: str
    reason: str
    tenant_id: str | None
    subject: str
    details: Mapping[str, Any]


async def note(
    operator: Crossing,
    *,
    by: str,
    action: str,
    reason: str,
    subject: str,
    tenant: str | None = None,
    details: Mapping[str, Any] | None = None,
) -> None:
    """Add a line, in the transaction that does what it tells of.

    `action` is a topic and a verb (`dead_letters.edit`); `subject` is `dead_letter:<id>`,
    `replay:<name>`, `pause:<id>`. No personal data: the lines are kept for good.
    """
    await operator.execute(
        """
        INSERT INTO operator_actions (acted_by, action, reason, tenant_id, subject, details)
        VALUES ($1, $2, $3, $4, $5, $6)
        """,
        by,
        action,
        reason,
        tenant,
        subject,
        dict(details or {}),
    )


async def history(operator: Crossing, subjects: Sequence[str]) -> list[Action]:
    """What was done to these, oldest first."""
    rows = await operator.rows(
        """
        SELECT acted_at, acted_by, action, reason, tenant_id, subject, details
          FROM operator_actions
         WHERE subject = ANY($1)
         ORDER BY acted_at, action_id
        """,
        list(subjects),
    )
    return [Action(**row) for row in rows]


def of_dead_letter(dead_letter_id: UUID) -> str:
    """The subject of what is done to a dead letter."""
    return f"dead_letter:{dead_letter_id}"
