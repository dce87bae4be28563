from datetime import date
from decimal import Decimal
from typing import Final

from storage import exchange_rates
from storage.exchange_rates import Rates
from storage.postgres import Pool, reader, transaction

THURSDAY: Final = Rates(day=date(2026, 11, 19), per_euro={"USD": Decimal("1.2")})
FRIDAY: Final = Rates(
    day=date(2026, 11, 20), per_euro={"USD": Decimal("1.1402"), "JPY": Decimal("179.85")}
)


async def known(pool: Pool, until: date) -> Rates | None:
    async with reader(pool, None) as db:
        return await exchange_rates.latest(db, until=until)


async def test_the_rates_of_a_day_are_those_of_the_last_publication_before_it(pool: Pool) -> None:
    async with transaction(pool, None) as tx:
        await exchange_rates.add(tx, FRIDAY)
        await exchange_rates.add(tx, THURSDAY)

    assert await known(pool, date(2026, 11, 22)) == FRIDAY
    assert await known(pool, date(2026, 11, 20)) == FRIDAY
    assert await known(pool, date(2026, 11, 19)) == THURSDAY
    assert await known(pool, date(2026, 11, 18)) is None


async def test_a_publication_that_is_known_never_changes(pool: Pool) -> None:
    for rate in ("1.1402", "9.9"):
        async with transaction(pool, None) as tx:
            day = Rates(day=FRIDAY.day, per_euro={"USD": Decimal(rate)})
            await exchange_rates.add(tx, day)

    rates = await known(pool, FRIDAY.day)
    assert rates is not None
    assert rates.per_euro["USD"] == Decimal("1.1402")
