"""Money: whole minor units of one currency, and the rates between currencies."""

from decimal import ROUND_HALF_UP, Decimal
from typing import Annotated, TypeAlias

from babel.numbers import get_currency_precision
from pydantic import BaseModel, ConfigDict, StringConstraints

Currency: TypeAlias = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]


class Money(BaseModel):
    """An amount that can be paid: 1399 minor units of EUR are 13.99 EUR, of JPY 1399 JPY."""

    model_config = ConfigDict(frozen=True)

    minor: int
    currency: Currency

    def __sub__(self, other: "Money") -> "Money":
        """What is left; both must be of one currency."""
        if self.currency != other.currency:
            raise ValueError(f"{self.currency} less {other.currency} is no amount")
        return Money(minor=self.minor - other.minor, currency=self.currency)


def minor_units(currency: Currency) -> int:
    """How many minor units make one unit: 100 for EUR, 1 for JPY."""
    return int(10 ** get_currency_precision(currency))


def rounded(units: Decimal, currency: Currency) -> Money:
    """The payable amount nearest to so many units (13.9951 EUR); a half goes away from zero."""
    minor = (units * minor_units(currency)).quantize(Decimal(1), rounding=ROUND_HALF_UP)
    return Money(minor=int(minor), currency=currency)
