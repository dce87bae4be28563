from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as some

from messages.calls import CallAnalyzed, CallEnded, Direction
from storage.exchange_rates import Rates
from storage.tenants import TelephonyPrice
from workers.costs.amounts import (
    CurrencyNotPublished,
    Terms,
    cost_of,
    day_of,
    per_euro,
    started_minutes,
)

RATES: Final = Rates(
    day=date(2026, 11, 20),
    per_euro={
        "USD": Decimal("1.1402"),
        "CHF": Decimal("0.9384"),
        "JPY": Decimal("179.85"),
        "GBP": Decimal("0.86125"),
    },
)
GERMAN: Final = TelephonyPrice(per_minute=Decimal("0.0085"), currency="EUR")
CURRENCIES: Final = ("EUR", "USD", "CHF", "JPY", "GBP")


def ended(**changed: Any) -> CallEnded:
    facts: dict[str, Any] = {
        "message_id": uuid4(),
        "call_id": "call_1",
        "tenant_id": "salon",
        "direction": Direction.INBOUND,
        "business_number": "+493012345678",
        "ended_at": datetime(2026, 11, 20, 17, tzinfo=UTC),
        "lasted": timedelta(seconds=90),
        "retell_cents": Decimal(70),
    }
    return CallEnded(**(facts | changed))


def terms(
    currency: str = "EUR", markup: str = "20", price: TelephonyPrice | None = GERMAN
) -> Terms:
    return Terms(currency=currency, markup_percent=Decimal(markup), telephony=price)


@pytest.mark.parametrize(
    ("currency", "cost", "charge"),
    [
        ("EUR", 63, 76),  # 0.70 / 1.1402 + 2 x 0.0085        = 0.630927..., with 20 % 0.757112...
        ("USD", 72, 86),  # 0.70 + 0.017 x 1.1402             = 0.719383..., with 20 % 0.863260...
        ("CHF", 59, 71),  # (0.613927... + 0.017) x 0.9384    = 0.592062..., with 20 % 0.710474...
        ("JPY", 113, 136),  # (0.613927... + 0.017) x 179.85  = 113.4722..., with 20 % 136.1667...
    ],
)
def test_ninety_seconds_cost_each_tenant_so_much(currency: str, cost: int, charge: int) -> None:
    priced = cost_of(ended(), terms(currency), RATES)

    assert (priced.cost_minor, priced.charge_minor) == (cost, charge)
    assert (priced.telephony_minutes, priced.telephony_amount) == (2, Decimal("0.0170"))


@pytest.mark.parametrize(
    ("seconds", "minutes"), [(0, 0), (0.001, 1), (59, 1), (60, 1), (60.001, 2), (3600, 60)]
)
def test_a_minute_that_has_begun_is_a_whole_one(seconds: float, minutes: int) -> None:
    assert started_minutes(timedelta(seconds=seconds)) == minutes


def test_a_call_that_did_not_connect_costs_what_retell_says_alone() -> None:
    priced = cost_of(ended(lasted=timedelta(), retell_cents=Decimal(2)), terms("USD"), RATES)

    assert (priced.telephony_minutes, priced.cost_minor) == (0, 2)


def test_a_call_of_which_retell_says_nothing_costs_telephony_alone() -> None:
    priced = cost_of(ended(retell_cents=None), terms("EUR"), RATES)

    assert priced.retell_cents == 0
    assert priced.cost_minor == 2  # 0.017


def test_a_web_call_has_no_telephony() -> None:
    assert cost_of(ended(direction=Direction.WEB), terms(), RATES).telephony_minutes == 0


def test_a_number_without_a_price_has_no_telephony() -> None:
    assert cost_of(ended(), terms(price=None), RATES).telephony_amount == 0


def test_only_an_analyzed_call_is_final() -> None:
    analyzed = CallAnalyzed(webhook_id=uuid4(), **ended().model_dump(exclude={"kind"}))

    assert not cost_of(ended(), terms(), RATES).final
    assert cost_of(analyzed, terms(), RATES).final


def test_parts_are_not_rounded_before_they_are_summed() -> None:
    """0.4 cents and 0.4 cents are 0.8, and that is one."""
    price = TelephonyPrice(per_minute=Decimal("0.002"), currency="USD")
    priced = cost_of(ended(retell_cents=Decimal("0.4")), terms("USD", price=price), RATES)

    assert priced.cost_minor == 1


def test_half_a_cent_is_a_whole_one_even_where_rates_do_not_divide() -> None:
    """A third and a sixth of a dollar cent are half a cent, whatever a decimal makes of a third."""
    rates = Rates(day=RATES.day, per_euro={"USD": Decimal(3), "CHF": Decimal(6)})
    price = TelephonyPrice(per_minute=Decimal("0.005"), currency="CHF")
    call = ended(retell_cents=Decimal(1), lasted=timedelta(seconds=60))
    half = Fraction(1, 100) / 3 + Fraction(5, 1000) / 6  # euros
    assert half * 120 == Fraction(1, 2)

    priced = cost_of(call, terms("EUR", markup=str(11900), price=price), rates)

    assert priced.charge_minor == 50
    assert cost_of(call, terms("EUR", markup="20", price=price), rates).charge_minor == 1


def test_a_charge_is_not_made_of_a_rounded_cost() -> None:
    """0.4 cents are nothing to pay; with 50 % they are 0.6 and one cent is charged."""
    priced = cost_of(ended(retell_cents=Decimal("0.4")), terms("USD", "50", None), RATES)

    assert (priced.cost_minor, priced.charge_minor) == (0, 1)


def test_a_currency_that_is_not_published_is_not_guessed() -> None:
    with pytest.raises(CurrencyNotPublished, match="XOF"):
        cost_of(ended(), terms("XOF"), RATES)


def test_the_euro_is_one_though_it_is_not_published() -> None:
    assert per_euro(RATES, "EUR") == 1


@pytest.mark.parametrize(
    ("ended_at", "day"),
    [
        ("2026-11-20T22:59:59+00:00", date(2026, 11, 20)),
        ("2026-11-20T23:00:00+00:00", date(2026, 11, 21)),  # midnight in Berlin in winter
        ("2026-07-20T22:00:00+00:00", date(2026, 7, 21)),  # and in summer
    ],
)
def test_the_day_of_a_call_is_that_of_frankfurt(ended_at: str, day: date) -> None:
    assert day_of(datetime.fromisoformat(ended_at)) == day


cents = some.decimals(min_value=0, max_value=100_000, places=5)
rate = some.decimals(min_value=Decimal("0.0001"), max_value=50_000, places=4)


@given(
    retell=cents,
    per_minute=some.decimals(min_value=0, max_value=10, places=4),
    lasted=some.timedeltas(min_value=timedelta(), max_value=timedelta(hours=4)),
    markup=some.decimals(min_value=0, max_value=500, places=2),
    currency=some.sampled_from(CURRENCIES),
    paid_in=some.sampled_from(CURRENCIES),
    per_euro_of=some.fixed_dictionaries({name: rate for name in CURRENCIES if name != "EUR"}),
)
def test_cost_and_charge_are_within_half_a_minor_unit_of_the_exact_sum(
    *,
    retell: Decimal,
    per_minute: Decimal,
    lasted: timedelta,
    markup: Decimal,
    currency: str,
    paid_in: str,
    per_euro_of: dict[str, Decimal],
) -> None:
    rates = Rates(day=RATES.day, per_euro=per_euro_of)
    price = TelephonyPrice(per_minute=per_minute, currency=paid_in)
    call = ended(retell_cents=retell, lasted=lasted)
    priced = cost_of(call, terms(currency, str(markup), price), rates)

    worth = {"EUR": Fraction(1)} | {name: 1 / Fraction(it) for name, it in per_euro_of.items()}
    minutes = -(-lasted // timedelta(minutes=1))
    euros = Fraction(retell) / 100 * worth["USD"] + Fraction(per_minute) * minutes * worth[paid_in]
    exact = euros / worth[currency] * (1 if currency == "JPY" else 100)
    assert abs(priced.cost_minor - exact) <= Fraction(1, 2)
    assert abs(priced.charge_minor - exact * (100 + Fraction(markup)) / 100) <= Fraction(1, 2)
    assert priced.charge_minor >= priced.cost_minor
