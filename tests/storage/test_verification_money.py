"""PostgreSQL must come to the same cent as the actor that priced the call."""

from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Final

import asyncpg

from messages.calls import CallEnded, Direction
from messages.message import id_of
from storage.costs import Cost
from storage.exchange_rates import Rates
from storage.postgres import Pool
from storage.tenants import TelephonyPrice
from storage.verification.money import AMOUNTS, MARGINS, MARKUPS, RATES, SUMS
from storage.verification.question import Scope
from storage.verification.snapshot import snapshot
from tests.seeds import seed
from tests.workers.clocked import add_tenant
from workers.costs.amounts import Terms, cost_of

PUBLISHED: Final = Rates(
    day=date(2026, 11, 20),
    per_euro={
        "USD": Decimal("1.1402"),
        "CHF": Decimal("0.9384"),
        "JPY": Decimal("179.85"),
        "GBP": Decimal("0.86125"),
        "KWD": Decimal("0.3512"),
        "HUF": Decimal("401.33"),
    },
)
CURRENCIES: Final = ("EUR", *PUBLISHED.per_euro)


def priced(chance: Random, number: int) -> Cost:
    currency = chance.choice(CURRENCIES)
    ended = CallEnded(
        message_id=id_of("calls.ended", number),
        call_id=f"call_{number}",
        tenant_id=f"in-{currency.lower()}",
        direction=Direction.INBOUND,
        business_number="+493012345678",
        ended_at=datetime(2026, 11, 20, 17, tzinfo=UTC),
        lasted=timedelta(seconds=chance.randrange(4000)),
        # Halves of a cent, so that many lie exactly between two amounts.
        retell_cents=Decimal(chance.randrange(4000)) / chance.choice((1, 2, 8, 1000)),
    )
    price = TelephonyPrice(
        per_minute=Decimal(chance.randrange(200)) / 10000, currency=chance.choice(CURRENCIES)
    )
    terms = Terms(currency=currency, markup_percent=Decimal("12.5"), telephony=price)
    return cost_of(ended, terms, PUBLISHED)


async def test_the_actor_and_the_verifier_come_to_the_same_cent(
    owner: asyncpg.Connection, pool: Pool
) -> None:
    chance = Random(seed())
    for currency in CURRENCIES:
        await add_tenant(owner, f"in-{currency.lower()}", currency=currency)
    await owner.execute("UPDATE tenants SET markup_percent = 12.5")
    await owner.copy_records_to_table(
        "exchange_rates",
        records=[(PUBLISHED.day, name, rate) for name, rate in PUBLISHED.per_euro.items()],
    )
    costs = [priced(chance, number) for number in range(3000)]
    rows = [{**asdict(each), "tenant_id": f"in-{each.currency.lower()}"} for each in costs]
    await owner.copy_records_to_table(
        "platform_costs", records=[tuple(row.values()) for row in rows], columns=list(rows[0])
    )
    async with snapshot(pool) as verifier:
        for question in (AMOUNTS, MARGINS, SUMS, RATES, MARKUPS):
            assert (await question.wrong(verifier, Scope())).rows == []
