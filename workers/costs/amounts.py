"""What a call costs and what is charged for it: exact in fractions, rounded once at the end."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Final
from zoneinfo import ZoneInfo

from messages.calls import CallAnalyzed, CallEnded, Direction
from messages.money import rounded
from storage.costs import Cost
from storage.exchange_rates import Rates
from storage.tenants import TelephonyPrice

FRANKFURT: Final = ZoneInfo("Europe/Berlin")  # the calendar of the European Central Bank
A_MINUTE: Final = timedelta(minutes=1)


class CurrencyNotPublished(Exception):
    """The European Central Bank has no rate for a currency that somebody is billed in."""

    def __init__(self, currency: str, day: date) -> None:
        super().__init__(f"no rate of {currency} was published on {day}")
        self.currency = currency
        self.day = day


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What a tenant is billed in, what is added, and what its telephony costs us."""

    currency: str
    markup_percent: Decimal
    telephony: TelephonyPrice | None


def cost_of(closed: CallEnded | CallAnalyzed, terms: Terms, rates: Rates) -> Cost:
    """The cost of a call at these rates; final once Retell has thought about it.

    Raises CurrencyNotPublished.
    """
    cents = closed.retell_cents or Decimal(0)
    price = terms.telephony if closed.direction is not Direction.WEB else None
    minutes = started_minutes(closed.lasted) if price else 0
    amount = price.per_minute * minutes if price else Decimal(0)
    paid_in = price.currency if price else terms.currency

    usd, telephony, ours = (
        per_euro(rates, currency) for currency in ("USD", paid_in, terms.currency)
    )
    euros = Fraction(cents) / 100 / Fraction(usd) + Fraction(amount) / Fraction(telephony)
    cost = euros * Fraction(ours)
    charge = cost * (1 + Fraction(terms.markup_percent) / 100)
    return Cost(
        call_id=closed.call_id,
        final=isinstance(closed, CallAnalyzed),
        retell_cents=cents,
        telephony_minutes=minutes,
        telephony_amount=amount,
        telephony_currency=paid_in,
        rate_date=rates.day,
        usd_per_euro=usd,
        telephony_per_euro=telephony,
        currency_per_euro=ours,
        currency=terms.currency,
        cost_minor=_minor(cost, terms.currency),
        charge_minor=_minor(charge, terms.currency),
    )


def started_minutes(lasted: timedelta) -> int:
    """Minutes as telephone companies count them: one that has begun is a whole one."""
    return max(-(-lasted // A_MINUTE), 0)


def day_of(ended_at: datetime) -> date:
    """The calendar day whose rates a call is priced with."""
    return ended_at.astimezone(FRANKFURT).date()


def per_euro(rates: Rates, currency: str) -> Decimal:
    """Units of a currency for one euro; raises CurrencyNotPublished."""
    if currency == "EUR":
        return Decimal(1)
    try:
        return rates.per_euro[currency]
    except KeyError:
        raise CurrencyNotPublished(currency, rates.day) from None


def _minor(units: Fraction, currency: str) -> int:
    """The one division: it is exact where the fraction lies half-way between two amounts."""
    return rounded(Decimal(units.numerator) / Decimal(units.denominator), currency).minor
