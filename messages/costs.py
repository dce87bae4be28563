"""What a call cost, and what the tenant is charged for it."""

from datetime import date
from decimal import Decimal
from typing import Literal

from messages.message import TenantMessage
from messages.money import Money


class CostRecorded(TenantMessage):
    """The final cost of a call, in the tenant's currency; told once for each call.

    `euro_rate` is what one euro was in that currency on `rate_date`, frozen with the cost.
    """

    kind: Literal["costs.recorded"] = "costs.recorded"
    call_id: str
    cost: Money
    charge: Money
    rate_date: date
    euro_rate: Decimal
