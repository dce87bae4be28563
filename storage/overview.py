"""What became of everything, of all tenants: for tools that log in as the owner."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from storage.owner import Owner


@dataclass(frozen=True, slots=True, kw_only=True)
class CallState:
    """How far a call has come; amounts are minor units, None until there is a cost."""

    call_id: str
    tenant_id: str
    ended: bool
    analyzed: bool
    answer: str | None  # the kind of the answer to its booking
    alternatives: int
    final: bool
    cost_minor: int | None
    charge_minor: int | None
    currency: str | None
    rate_date: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NotificationState:
    """What somebody was told, or is still to be told."""

    tenant_id: str | None
    call_id: str | None
    channel: str
    template: str
    recipient: str | None
    reference: str | None
    settled: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetters:
    """How many died alike."""

    queue: str
    error_class: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """How much there is of what a person may have to look at, and of what still waits."""

    webhooks_done: int
    webhooks_ignored: int
    webhooks_dead: int
    unreadable: int
    confirmed_appointments: int
    waiting: int  # in the outbox and in the spool


async def calls(owner: Owner) -> list[CallState]:
    """Every call, in the order in which they were first heard of."""
    rows = await owner.rows(
        """
        SELECT c.call_id, c.tenant_id,
               c.ended_at IS NOT NULL AS ended,
               c.analyzed_at IS NOT NULL AS analyzed,
               b.answer ->> 'kind' AS answer,
               coalesce(jsonb_array_length(b.answer -> 'alternatives'), 0) AS alternatives,
               coalesce(p.final, false) AS final,
               p.cost_minor, p.charge_minor, p.currency, p.rate_date
          FROM calls c
          LEFT JOIN booking_answers b ON b.call_id = c.call_id
          LEFT JOIN platform_costs p ON p.call_id = c.call_id
         ORDER BY c.first_heard_at
        """
    )
    return [CallState(**_named(row)) for row in rows]


async def notifications(owner: Owner) -> list[NotificationState]:
    """Everything that anybody was told, oldest first."""
    rows = await owner.rows(
        """
        SELECT tenant_id, call_id, channel, template, recipient, reference,
               (sent_at IS NOT NULL OR refused_at IS NOT NULL) AS settled
          FROM notifications
         ORDER BY written_at
        """
    )
    return [NotificationState(**_named(row)) for row in rows]


async def quarantined_numbers(owner: Owner) -> list[str]:
    """The numbers that were called and belong to nobody."""
    rows = await owner.rows("SELECT number FROM quarantined_numbers ORDER BY number")
    return [row["number"] for row in rows]


async def dead_letters(owner: Owner) -> list[DeadLetters]:
    """What nobody could handle, the most frequent first."""
    rows = await owner.rows(
        """
        SELECT queue, error_class, count(*) AS count
          FROM dead_letters
         GROUP BY queue, error_class
         ORDER BY count(*) DESC, queue, error_class
        """
    )
    return [DeadLetters(**_named(row)) for row in rows]


async def totals(owner: Owner) -> Totals:
    """Counts of what needs no name."""
    rows = await owner.rows(
        """
        SELECT (SELECT count(*) FROM webhook_events WHERE outcome = 'done') AS webhooks_done,
               (SELECT count(*) FROM webhook_events WHERE outcome = 'ignored') AS webhooks_ignored,
               (SELECT count(*) FROM webhook_events WHERE outcome = 'dead') AS webhooks_dead,
               (SELECT count(*) FROM webhook_events WHERE reason = 'unreadable') AS unreadable,
               (SELECT count(*)
                  FROM appointments
                 WHERE confirmed_at IS NOT NULL
                   AND cancelled_at IS NULL) AS confirmed_appointments,
               (SELECT count(*) FROM outbox)
                 + (SELECT count(*) FROM webhook_spool) AS waiting
        """
    )
    return Totals(**_named(rows[0]))


def _named(row: Any) -> dict[str, Any]:
    return dict(row.items())
