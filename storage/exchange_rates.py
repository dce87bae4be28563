"""The table `exchange_rates`: units of a currency for one euro, as published day by day."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from storage.postgres import Reader, Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """All rates of one publication."""

    day: date
    per_euro: Mapping[str, Decimal]


async def latest(db: Reader, *, until: date) -> Rates | None:
    """The last publication that we know, on this day or before it."""
    rows = await db.rows(
        """
        SELECT rate_date, currency, per_euro
          FROM exchange_rates
         WHERE rate_date = (SELECT max(rate_date) FROM exchange_rates WHERE rate_date <= $1)
        """,
        until,
    )
    if not rows:
        return None
    return Rates(
        day=rows[0]["rate_date"], per_euro={row["currency"]: row["per_euro"] for row in rows}
    )


async def add(tx: Transaction, rates: Rates) -> None:
    """Keep a publication; one that is known stays as it is."""
    await tx.execute(
        """
        INSERT INTO exchange_rates (rate_date, currency, per_euro)
        SELECT $1, currency, per_euro
          FROM unnest($2::text[], $3::numeric[]) AS rate (currency, per_euro)
        ON CONFLICT (rate_date, currency) DO NOTHING
        """,
        rates.day,
        list(rates.per_euro.keys()),
        list(rates.per_euro.values()),
    )
