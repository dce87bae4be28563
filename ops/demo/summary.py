"""The day in figures."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

from ops.demo.observed import Observed
from ops.demo.playing import Sent
from ops.demo.show import BOOKED, REFUSED, amount


def summary(found: Observed, sent: Sequence[Sent]) -> Iterator[str]:
    """Lines to print."""
    answers = Counter(call.answer for call in found.calls.values())
    distinct = len({(one.post.call_id, one.post.event) for one in sent})
    totals = found.totals
    yield f"webhooks        {len(sent)} posted, {len(sent) - distinct} of them repeats"
    yield (
        f"  archived      {totals.webhooks_done} done, {totals.webhooks_ignored} ignored"
        f" (of these {totals.unreadable} unreadable), {totals.webhooks_dead} dead"
    )
    yield f"calls           {len(found.calls)}"
    yield f"bookings        {answers[BOOKED]}"
    yield f"alternatives    {answers[REFUSED]} times offered, the slot being taken"
    yield f"in calendars    {found.calendar.total()}"
    yield f"reviews         {len(found.reviews)}"
    yield f"unknown numbers {len(found.quarantined)} quarantined"
    yield f"dead letters    {found.dead}"
    for channel, count in sorted(_by_channel(found).items()):
        yield f"{channel:<28}{count:>4}"
    yield from _costs(found)


def _by_channel(found: Observed) -> Counter[str]:
    counts: Counter[str] = Counter()
    for told, times in found.told.items():
        counts[f"{told.channel} {told.template}"] += times
    return counts


def _costs(found: Observed) -> Iterator[str]:
    sums: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0, 0])
    for call in found.calls.values():
        if call.currency:
            of_tenant = sums[call.tenant_id, call.currency]
            for place, value in enumerate((1, call.cost_minor or 0, call.charge_minor or 0)):
                of_tenant[place] += value
    yield "costs           calls         cost       charge"
    for (tenant, currency), (calls, cost, charge) in sorted(sums.items()):
        paid, charged = amount(cost, currency), amount(charge, currency)
        yield f"  {tenant:<16}{calls:>3}{paid:>13}{charged:>13}"
