import asyncio
import json
from datetime import date, timedelta
from decimal import Decimal
from itertools import permutations, product
from typing import Any, Final, TypeAlias

import asyncpg
import pytest

from messages.calls import CallAnalyzed, CallEnded, Direction
from messages.costs import CostRecorded
from messages.message import id_of
from storage.postgres import Pool
from tests.workers.clocked import Clock, add_tenant, process, told, utc
from tests.world import World
from workers.clients.errors import ProviderUnavailable
from workers.context import Context
from workers.costs.actor import on_analyzed, on_ended
from workers.costs.amounts import CurrencyNotPublished

DAILY: Final = "/stats/eurofxref/eurofxref-daily.xml"
NINETY_DAYS: Final = "/stats/eurofxref/eurofxref-hist-90d.xml"
NUMBERS: Final = {"eur": "+493012345601", "usd": "+493012345602", "chf": "+493012345603",
                  "jpy": "+493012345604"}  # fmt: skip
Closed: TypeAlias = CallEnded | CallAnalyzed


def ended(call: str = "call_1", *, tenant: str = "eur", variant: int = 0, **new: Any) -> CallEnded:
    facts: dict[str, Any] = {
        "message_id": id_of("calls.ended", call, variant),
        "call_id": call,
        "tenant_id": f"salon-{tenant}",
        "direction": Direction.INBOUND,
        "business_number": NUMBERS.get(tenant),
        "ended_at": utc("2026-11-20T16:59"),
        "lasted": timedelta(seconds=90),
        "retell_cents": Decimal(0),
    }
    return CallEnded(**(facts | new))


def analyzed(call: str = "call_1", *, tenant: str = "eur", **new: Any) -> CallAnalyzed:
    changed = {
        "message_id": id_of("calls.analyzed", call),
        "kind": "calls.analyzed",
        "webhook_id": id_of("webhook", call),
        "retell_cents": Decimal(70),
    } | new
    return CallAnalyzed(**(ended(call, tenant=tenant).model_dump() | changed))


async def hear(context: Context, message: Closed) -> None:
    if isinstance(message, CallEnded):
        await on_ended(context, message)
    else:
        await on_analyzed(context, message)


async def row_of(owner: asyncpg.Connection, call: str = "call_1") -> dict[str, Any]:
    row = await owner.fetchrow("SELECT * FROM platform_costs WHERE call_id = $1", call)
    assert row is not None
    return {name: value for name, value in row.items() if name not in ("call_id", "recorded_at")}


@pytest.mark.parametrize(
    ("tenant", "cost", "charge"),
    [("eur", 63, 76), ("usd", 72, 86), ("chf", 59, 71), ("jpy", 113, 136)],
)
async def test_a_call_is_recorded_to_the_cent_and_told(
    context: Context, owner: asyncpg.Connection, tenant: str, cost: int, charge: int
) -> None:
    await on_analyzed(context, analyzed(tenant=tenant))

    row = await row_of(owner)
    assert (row["cost_minor"], row["charge_minor"]) == (cost, charge)
    assert row["margin_minor"] == charge - cost
    assert (row["rate_date"], row["usd_per_euro"]) == (date(2026, 11, 20), Decimal("1.1402"))

    (body,) = await told(owner, "costs.recorded")
    recorded = CostRecorded.model_validate_json(body)
    assert (recorded.cost.minor, recorded.charge.minor) == (cost, charge)
    assert recorded.cost.currency == tenant.upper()


async def test_any_order_and_any_repetition_end_with_the_same_row(
    context: Context, owner: asyncpg.Connection
) -> None:
    rows = []
    orders = [order for many in (2, 3, 4) for order in product("ea", repeat=many)]
    for number, order in enumerate(order for order in orders if "a" in order):
        call = f"call_{number}"
        for turn in order:
            first = ended(call, retell_cents=Decimal(90))  # Retell may correct itself downwards
            await hear(context, first if turn == "e" else analyzed(call))
        rows.append(await row_of(owner, call))

    assert all(row == rows[0] for row in rows)
    assert rows[0]["final"]
    assert rows[0]["retell_cents"] == 70
    assert len(await told(owner, "costs.recorded")) == len(rows)


async def test_of_provisional_costs_the_greater_stands_and_the_final_one_beats_both(
    context: Context, owner: asyncpg.Connection
) -> None:
    for number, order in enumerate(permutations((0, 90, 30))):
        for variant, cents in enumerate(order):
            await on_ended(
                context, ended(f"call_{number}", variant=variant, retell_cents=Decimal(cents))
            )
        assert (await row_of(owner, f"call_{number}"))["retell_cents"] == 90

    await on_analyzed(context, analyzed("call_0"))
    assert (await row_of(owner, "call_0"))["retell_cents"] == 70


async def test_messages_heard_at_the_same_moment_end_with_the_final_row(
    context: Context, owner: asyncpg.Connection
) -> None:
    messages: list[Closed] = [ended(), analyzed()] * 4
    await asyncio.gather(*(hear(context, message) for message in messages))

    assert (await row_of(owner))["retell_cents"] == 70
    assert len(await told(owner, "costs.recorded")) == 1


async def test_a_provisional_cost_is_not_told(context: Context, owner: asyncpg.Connection) -> None:
    await on_ended(context, ended())

    assert (await row_of(owner))["cost_minor"] == 2  # two minutes of telephony
    assert await told(owner, "costs.recorded") == []


async def test_the_rates_of_the_first_record_stay(
    context: Context, owner: asyncpg.Connection, world: World, clock: Clock
) -> None:
    """A call at noon is priced with yesterday's rates, though it is analyzed after 16:00."""
    noon = utc("2026-11-20T11:00")
    world.ecb.publish(date(2026, 11, 19), {"USD": "1.2000"})
    clock.time = noon
    await on_ended(context, ended(ended_at=noon))
    clock.time = utc("2026-11-20T17:00")
    await on_analyzed(context, analyzed(ended_at=noon))
    await on_analyzed(context, analyzed("call_2", ended_at=noon))

    first, second = await row_of(owner), await row_of(owner, "call_2")
    assert (first["rate_date"], first["usd_per_euro"]) == (date(2026, 11, 19), Decimal("1.2000"))
    assert first["final"]
    assert first["cost_minor"] == 60  # 0.70 / 1.2 + 0.017 = 0.600333...
    assert (second["rate_date"], second["cost_minor"]) == (date(2026, 11, 20), 63)


@pytest.mark.parametrize("now", ["2026-11-22T20:00", "2026-11-23T08:00"])
async def test_a_call_on_sunday_has_the_rates_of_friday(
    context: Context, owner: asyncpg.Connection, clock: Clock, now: str
) -> None:
    clock.time = utc(now)
    await on_analyzed(context, analyzed(ended_at=utc("2026-11-22T19:59")))

    assert (await row_of(owner))["rate_date"] == date(2026, 11, 20)


async def test_a_call_of_last_week_has_the_rates_of_its_day(
    context: Context, owner: asyncpg.Connection, world: World
) -> None:
    world.ecb.publish(date(2026, 11, 11), {"USD": "1.1000"})
    await on_analyzed(context, analyzed(ended_at=utc("2026-11-11T12:00")))

    row = await row_of(owner)
    assert (row["rate_date"], row["usd_per_euro"]) == (date(2026, 11, 11), Decimal("1.1000"))
    assert (world.ecb.count("GET", NINETY_DAYS), world.ecb.count("GET", DAILY)) == (1, 0)


async def test_the_bank_is_asked_once_an_hour_while_it_has_nothing_newer(
    context: Context, world: World, clock: Clock
) -> None:
    sunday = utc("2026-11-22T09:00")
    for minutes in range(0, 120, 10):
        clock.time = sunday + timedelta(minutes=minutes)
        await on_analyzed(context, analyzed(f"call_{minutes}", ended_at=clock.time))

    assert world.ecb.count("GET", DAILY) == 2


async def test_calls_at_the_same_moment_ask_the_bank_once(context: Context, world: World) -> None:
    calls = [analyzed(f"call_{number}", tenant=tenant) for number, tenant in enumerate(NUMBERS)]
    await asyncio.gather(*(on_analyzed(context, call) for call in calls))

    assert world.ecb.count("GET", DAILY) == 1


@pytest.mark.parametrize("fault", [{"status": 503}, {"close": True}, {"status": 404}])
async def test_while_the_bank_is_away_the_newest_known_rates_are_used(
    context: Context,
    owner: asyncpg.Connection,
    world: World,
    clock: Clock,
    fault: dict[str, Any],
) -> None:
    await on_analyzed(context, analyzed("friday"))
    world.ecb.faults.plan(times=99, **fault)
    clock.time = utc("2026-11-24T18:00")
    await on_analyzed(context, analyzed("tuesday", ended_at=clock.time))

    assert (await row_of(owner, "tuesday"))["rate_date"] == date(2026, 11, 20)


async def test_rates_of_more_than_a_week_ago_are_not_used(
    context: Context, owner: asyncpg.Connection, world: World, clock: Clock
) -> None:
    await on_analyzed(context, analyzed("friday"))
    world.ecb.faults.plan(status=503, times=99)
    clock.time = utc("2026-11-28T18:00")
    late = analyzed("later", ended_at=clock.time)
    with pytest.raises(ProviderUnavailable):
        await on_analyzed(context, late)

    world.ecb.faults.clear()
    clock.turn(seconds=30)
    await on_analyzed(context, late)
    assert (await row_of(owner, "later"))["rate_date"] == date(2026, 11, 27)


async def test_without_any_rates_nothing_is_recorded_and_the_message_can_come_again(
    context: Context, owner: asyncpg.Connection, world: World, clock: Clock
) -> None:
    world.ecb.faults.plan(status=200, body="<html>maintenance")
    with pytest.raises(ProviderUnavailable):
        await on_ended(context, ended())
    assert await owner.fetchval("SELECT count(*) FROM platform_costs") == 0

    clock.turn(seconds=30)
    await on_ended(context, ended())
    assert (await row_of(owner))["cost_minor"] == 2


async def test_a_tenant_in_a_currency_without_rates_is_an_error_of_ours(
    context: Context, owner: asyncpg.Connection
) -> None:
    await add_tenant(owner, "salon-xof", currency="XOF")
    with pytest.raises(CurrencyNotPublished):
        await on_ended(context, ended(tenant="xof"))


async def test_the_number_of_another_tenant_has_no_price_here(
    context: Context, owner: asyncpg.Connection
) -> None:
    await on_ended(context, ended(tenant="eur", business_number=NUMBERS["usd"]))

    assert (await row_of(owner))["telephony_minutes"] == 0


async def test_a_process_that_has_just_started_knows_the_rates_of_the_others(
    context: Context, world: World, pool: Pool, clock: Clock
) -> None:
    await on_ended(context, ended())
    async with process(world, pool, clock) as another:
        await on_analyzed(another, analyzed())

    assert world.ecb.count("GET", DAILY) == 1


async def test_what_is_told_says_at_which_rate(context: Context, owner: asyncpg.Connection) -> None:
    await on_analyzed(context, analyzed(tenant="chf"))

    (body,) = await told(owner, "costs.recorded")
    assert json.loads(body)["rate_date"] == "2026-11-20"
    assert Decimal(json.loads(body)["euro_rate"]) == Decimal("0.9384")
