"""The costs actor: what each call cost, in the tenant's currency at the rates of its day.

What Retell charges may be zero or partial when a call ends, and is final once it is analyzed;
either message may come first. The rates are frozen when the first of them is recorded.
"""

from datetime import date
from typing import Final

import structlog

from messages import topology
from messages.calls import CallAnalyzed, CallEnded
from messages.costs import CostRecorded
from messages.message import id_of
from messages.money import Money
from messages.topology import Work
from storage import costs, exchange_rates, outbox
from storage.costs import Cost, Recording
from workers.context import Context
from workers.costs.amounts import cost_of
from workers.costs.pricing import price_list
from workers.delivery import Handler

log = structlog.get_logger()


class FrozenOtherwise(Exception):
    """The call is priced with the rates of another day, and stays so."""

    def __init__(self, day: date) -> None:
        super().__init__(f"priced with the rates of {day}")
        self.day = day


async def on_ended(context: Context, ended: CallEnded) -> None:
    """Record what the call cost as far as Retell knows."""
    await _record(context, ended, topology.COSTS_ENDED)


async def on_analyzed(context: Context, analyzed: CallAnalyzed) -> None:
    """Record what the call cost, and tell it."""
    await _record(context, analyzed, topology.COSTS_ANALYZED)


async def _record(context: Context, closed: CallEnded | CallAnalyzed, work: Work) -> None:
    pricing = await price_list(context).of(context, closed)
    cost = cost_of(closed, pricing.terms, pricing.rates)
    try:
        await _write(context, closed, cost, work)
    except FrozenOtherwise as frozen:
        async with context.reader(closed.tenant_id) as db:
            rates = await exchange_rates.latest(db, until=frozen.day)
        cost = cost_of(closed, pricing.terms, rates or pricing.rates)
        await _write(context, closed, cost, work)


async def _write(
    context: Context, closed: CallEnded | CallAnalyzed, cost: Cost, work: Work
) -> None:
    async with context.transaction(closed.tenant_id) as tx:
        recording = await costs.record(tx, cost, handler=work.name, message_id=closed.message_id)
        if recording is Recording.NOT_WRITTEN:
            day = await costs.frozen_day(tx, cost.call_id)
            if day != cost.rate_date and day is not None:
                raise FrozenOtherwise(day)  # out of the transaction: nothing of it remains
        if recording is Recording.WRITTEN and cost.final:
            await outbox.put(tx, _announcement(closed, cost))
    log.info("costs.recorded", final=cost.final, outcome=recording.name.lower())


def _announcement(closed: CallEnded | CallAnalyzed, cost: Cost) -> CostRecorded:
    return CostRecorded(
        message_id=id_of("costs.recorded", cost.call_id),
        call_id=cost.call_id,
        tenant_id=closed.tenant_id,
        cost=Money(minor=cost.cost_minor, currency=cost.currency),
        charge=Money(minor=cost.charge_minor, currency=cost.currency),
        rate_date=cost.rate_date,
        euro_rate=cost.currency_per_euro,
    )


HANDLERS: Final = (
    Handler(work=topology.COSTS_ENDED, reads=CallEnded, run=on_ended),
    Handler(work=topology.COSTS_ANALYZED, reads=CallAnalyzed, run=on_analyzed),
)
