"""What calls are priced with, kept in memory for half a minute: it changes less than once a day."""

from dataclasses import dataclass
from typing import Final
from weakref import WeakKeyDictionary

from messages.calls import CallAnalyzed, CallEnded
from storage import tenants
from storage.exchange_rates import Rates
from workers.clients.ecb import Ecb
from workers.context import Context
from workers.costs.amounts import Terms, day_of
from workers.costs.rates import RateBoard


@dataclass(frozen=True, slots=True, kw_only=True)
class Pricing:
    """The tenant's terms, and the rates of the day."""

    terms: Terms
    rates: Rates


class PriceList:
    """What one process remembers of prices."""

    def __init__(self) -> None:
        self._board = RateBoard()

    async def of(self, context: Context, closed: CallEnded | CallAnalyzed) -> Pricing:
        """What this call is priced with; raises ProviderUnavailable if no rates are known."""
        day = day_of(closed.ended_at)

        async def ask() -> Pricing:
            terms = await _terms(context, closed)
            return Pricing(terms=terms, rates=await self._board.on(context, day))

        key = ("costs.pricing", closed.tenant_id, closed.business_number, day)
        return await context.memory.of(key, ask, now=context.now())


_PRICE_LISTS: Final[WeakKeyDictionary[Ecb, PriceList]] = WeakKeyDictionary()


def price_list(context: Context) -> PriceList:
    """The one of this process: as there is one client of the ECB, there is one price list."""
    if context.ecb not in _PRICE_LISTS:
        _PRICE_LISTS[context.ecb] = PriceList()
    return _PRICE_LISTS[context.ecb]


async def _terms(context: Context, closed: CallEnded | CallAnalyzed) -> Terms:
    number = closed.business_number
    async with context.reader(closed.tenant_id) as db:
        profile = await tenants.profile(db)
        telephony = await tenants.telephony(db, number) if number else None
    return Terms(
        currency=profile.currency, markup_percent=profile.markup_percent, telephony=telephony
    )
