"""The table `platform_costs`: what each call cost, at the rates that held when first recorded."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import Enum, auto
from uuid import UUID

from storage.postgres import Reader, Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """The cost of one call. Amounts are exact but for the last two, which are whole minor units.

    Rates are units of each currency for one euro.
    """

    call_id: str
    final: bool
    retell_cents: Decimal
    telephony_minutes: int
    telephony_amount: Decimal
    telephony_currency: str
    rate_date: date
    usd_per_euro: Decimal
    telephony_per_euro: Decimal
    currency_per_euro: Decimal
    currency: str
    cost_minor: int
    charge_minor: int


class Recording(Enum):
    """What became of a cost that was to be recorded."""

    WRITTEN = auto()
    HEARD_BEFORE = auto()  # the same message; nothing was done
    NOT_WRITTEN = auto()  # a better one stands, or one at the rates of another day


async def record(tx: Transaction, cost: Cost, *, handler: str, message_id: UUID) -> Recording:
    """Hear a message and write the cost it tells, if it is better than what stands.

    Any order of messages ends with the same row: the final cost is better than a provisional
    one, of two provisional ones the greater is. The day of the rates never changes.
    """
    row = await tx.row(
        """
        WITH heard AS (
             INSERT INTO inbox (handler, message_id, tenant_id)
             VALUES ($1, $2, $3)
             ON CONFLICT DO NOTHING
             RETURNING true
        ), written AS (
             INSERT INTO platform_costs AS known
                    (call_id, tenant_id, final, retell_cents, telephony_minutes, telephony_amount,
                     telephony_currency, rate_date, usd_per_euro, telephony_per_euro,
                     currency_per_euro, currency, cost_minor, charge_minor)
             SELECT $4, $3, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16
               FROM heard
             ON CONFLICT (call_id) DO UPDATE
                SET final = EXCLUDED.final,
                    retell_cents = EXCLUDED.retell_cents,
                    telephony_minutes = EXCLUDED.telephony_minutes,
                    telephony_amount = EXCLUDED.telephony_amount,
                    telephony_currency = EXCLUDED.telephony_currency,
                    usd_per_euro = EXCLUDED.usd_per_euro,
                    telephony_per_euro = EXCLUDED.telephony_per_euro,
                    currency_per_euro = EXCLUDED.currency_per_euro,
                    currency = EXCLUDED.currency,
                    cost_minor = EXCLUDED.cost_minor,
                    charge_minor = EXCLUDED.charge_minor,
                    recorded_at = EXCLUDED.recorded_at
              WHERE NOT known.final
                AND (EXCLUDED.final OR EXCLUDED.retell_cents > known.retell_cents)
                AND EXCLUDED.rate_date = known.rate_date
             RETURNING true
        )
        SELECT EXISTS (SELECT FROM heard) AS heard, EXISTS (SELECT FROM written) AS written
        """,
        handler,
        message_id,
        tx.tenant,
        cost.call_id,
        cost.final,
        cost.retell_cents,
        cost.telephony_minutes,
        cost.telephony_amount,
        cost.telephony_currency,
        cost.rate_date,
        cost.usd_per_euro,
        cost.telephony_per_euro,
        cost.currency_per_euro,
        cost.currency,
        cost.cost_minor,
        cost.charge_minor,
    )
    if row is None or not row["heard"]:
        return Recording.HEARD_BEFORE
    return Recording.WRITTEN if row["written"] else Recording.NOT_WRITTEN


async def frozen_day(db: Reader, call_id: str) -> date | None:
    """The day whose rates this call is priced with, once it has a cost."""
    day: date | None = await db.value(
        "SELECT rate_date FROM platform_costs WHERE call_id = $1", call_id
    )
    return day
