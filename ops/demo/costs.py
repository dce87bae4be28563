"""What each call must cost, computed from the day alone and with no code of the costs actor.

euros   Retell's US cents / 100 / (USD for a euro)
        + price of telephony * started minutes / (its currency for a euro)
cost    euros * (the tenant's currency for a euro), rounded once
charge  the same with the markup, rounded once
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal, localcontext
from typing import Final, TypeAlias
from zoneinfo import ZoneInfo

from babel.numbers import get_currency_precision
from defusedxml.ElementTree import fromstring

from ops.demo.day import Call, Does
from ops.tenants.file import TenantEntry

FRANKFURT: Final = ZoneInfo("Europe/Berlin")
EXACT: Final = 60  # digits: more than any of these divisions needs to be rounded right

Published: TypeAlias = Mapping[date, Mapping[str, Decimal]]


@dataclass(frozen=True, slots=True)
class Cost:
    """Minor units of a currency: what it cost, and what is charged for it."""

    cost_minor: int
    charge_minor: int
    currency: str


def published(xml: bytes) -> Published:
    """Units for one euro by day, as in the files of the European Central Bank."""
    days = [cube for cube in fromstring(xml).iter() if "time" in cube.attrib]
    return {
        date.fromisoformat(day.attrib["time"]): {
            rate.attrib["currency"]: Decimal(rate.attrib["rate"]) for rate in day
        }
        for day in days
    }


def cost_of(call: Call, tenant: TenantEntry, rates: Published) -> Cost:
    """At the latest rates that were published on the day the call ended, or before."""
    ended = call.ended_at.astimezone(FRANKFURT).date()
    per_euro = {**rates[max(day for day in rates if day <= ended)], "EUR": Decimal(1)}
    telephony = tenant.phone_numbers[0].telephony
    connected = call.does is not Does.NOT_CONNECTED
    minutes = -(-int(call.lasted.total_seconds()) // 60) if connected else 0
    with localcontext(prec=EXACT):
        euros = sum(call.cents.values(), Decimal(0)) / 100 / per_euro["USD"]
        euros += telephony.per_minute * minutes / per_euro[telephony.currency]
        cost = euros * per_euro[tenant.currency]
        charge = cost * (100 + tenant.markup_percent) / 100
        return Cost(_minor(cost, tenant.currency), _minor(charge, tenant.currency), tenant.currency)


def _minor(units: Decimal, currency: str) -> int:
    minor = units.scaleb(get_currency_precision(currency))
    return int(minor.quantize(Decimal(1), rounding=ROUND_HALF_UP))
