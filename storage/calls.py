"""The table `calls`. Every statement about it stands here, one function each."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from messages.calls import Direction
from messages.webhook import Webhook
from storage import webhook_events
from storage.postgres import Transaction
from storage.webhook_events import RECEIVE_IF


@dataclass(frozen=True, slots=True, kw_only=True)
class CallFacts:
    """What one webhook tells of a call; None is what it does not tell."""

    call_id: str
    direction: Direction
    business_number: str | None = None
    customer_number: str | None = None
    agent_id: str | None = None
    rang_at: datetime | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    lasted: timedelta | None = None
    ended_by: str | None = None
    analyzed_at: datetime | None = None
    transferred_to: str | None = None
    recording_url: str | None = None
    analysis_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """Which turns of a call's life were first heard of now."""

    started: bool
    ended: bool
    analyzed: bool


_STILL_ITS_NUMBER: Final = """
    WHERE $25::text IS NULL
       OR EXISTS (SELECT FROM phone_numbers WHERE number = $25 AND tenant_id = $2)
    """
_HEAR: Final = f"""
    WITH received AS ({RECEIVE_IF.format(condition=_STILL_ITS_NUMBER)}), before AS (
         SELECT started_at, ended_at, analyzed_at
           FROM calls
          WHERE call_id = $11
            FOR UPDATE
    )
    INSERT INTO calls AS known
           (call_id, tenant_id, direction, business_number, customer_number, agent_id, rang_at,
            started_at, ended_at, lasted, ended_by, analyzed_at, transferred_to, recording_url,
            analysis_id)
    SELECT $11, $2, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24
      FROM received
    ON CONFLICT (call_id) DO UPDATE
       SET business_number = greatest(known.business_number, EXCLUDED.business_number),
           customer_number = greatest(known.customer_number, EXCLUDED.customer_number),
           agent_id = greatest(known.agent_id, EXCLUDED.agent_id),
           rang_at = least(known.rang_at, EXCLUDED.rang_at),
           started_at = least(known.started_at, EXCLUDED.started_at),
           ended_at = greatest(known.ended_at, EXCLUDED.ended_at),
           lasted = greatest(known.lasted, EXCLUDED.lasted),
           ended_by = greatest(known.ended_by, EXCLUDED.ended_by),
           analyzed_at = least(known.analyzed_at, EXCLUDED.analyzed_at),
           transferred_to = greatest(known.transferred_to, EXCLUDED.transferred_to),
           recording_url = greatest(known.recording_url, EXCLUDED.recording_url),
           analysis_id = least(known.analysis_id, EXCLUDED.analysis_id)
    RETURNING (SELECT started_at FROM before) IS NULL AND started_at IS NOT NULL AS started,
              (SELECT ended_at FROM before) IS NULL AND ended_at IS NOT NULL AS ended,
              (SELECT analyzed_at FROM before) IS NULL AND analyzed_at IS NOT NULL AS analyzed
    """  # noqa: S608 -- both parts are ours


async def hear(
    tx: Transaction, webhook: Webhook, facts: CallFacts, *, routed_by: str | None
) -> News | None:
    """Archive a webhook and add what it tells to what is known; None if it was heard before,
    or if the number that it was routed by has been given to another tenant since.

    The order of webhooks makes no difference: of two times the earlier begin and the later end
    hold; texts that differ are rare and either is as good, but it must be the same one in every
    order, so it is the greater. Two webhooks that come first at the same moment may both hear
    that it is news; what is announced has the same ids. One statement, because it is the one
    that every call takes several times.
    """
    row = await tx.row(
        _HEAR,
        *webhook_events.received(webhook, tenant=tx.tenant),
        facts.call_id,
        facts.direction,
        facts.business_number,
        facts.customer_number,
        facts.agent_id,
        facts.rang_at,
        facts.started_at,
        facts.ended_at,
        facts.lasted,
        facts.ended_by,
        facts.analyzed_at,
        facts.transferred_to,
        facts.recording_url,
        facts.analysis_id,
        routed_by,
    )
    return News(**row) if row else None


async def quarantine(tx: Transaction, number: str) -> bool:
    """Note a number that belongs to nobody. True for the first time it is heard of."""
    first = await tx.value(
        """
        INSERT INTO quarantined_numbers AS known (number)
        VALUES ($1)
        ON CONFLICT (number) DO UPDATE SET last_seen = now()
        RETURNING xmax = 0
        """,
        number,
    )
    return bool(first)
