"""What came of the day held against what must: one line for each difference. Pure."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from messages.bookings import SlotBooked, SlotRefused
from ops.demo.costs import Cost
from ops.demo.expected import Booked, Expected, Outcome, Told
from ops.demo.observed import Observed
from ops.demo.playing import Sent
from storage.overview import CallState

_ANSWERS = {
    Outcome.BOOKED: SlotBooked.model_fields["kind"].default,
    Outcome.TAKEN: SlotRefused.model_fields["kind"].default,
}


def differences(wanted: Expected, found: Observed, sent: Sequence[Sent]) -> list[str]:
    """Everything that is not as it must be."""
    return [
        *_of_answers_to_requests(sent),
        *_of_calendar(wanted, found),
        *_of_calls(wanted, found),
        *_of_messages(wanted, found),
        *_of_the_rest(wanted, found),
        *_of_archive(found, sent),
    ]


def _of_answers_to_requests(sent: Sequence[Sent]) -> Iterator[str]:
    for one in sent:
        if one.status != one.post.status:
            yield (
                f"request {one.post.event} of {one.post.call_id}: answered {one.status},"
                f" expected {one.post.status}"
            )


def _of_calendar(wanted: Expected, found: Observed) -> Iterator[str]:
    yield from (f"calendar: {_entry(each)} is missing" for each in _missing(wanted, found))
    for each in sorted(found.calendar - Counter(wanted.bookings)):
        yield f"calendar: {_entry(each)} is one too many"
    count = len(wanted.bookings)
    if found.totals.confirmed_appointments != count:
        yield f"appointments: {found.totals.confirmed_appointments} confirmed, expected {count}"


def _missing(wanted: Expected, found: Observed) -> Iterable[Booked]:
    return sorted(Counter(wanted.bookings) - found.calendar)


def _of_calls(wanted: Expected, found: Observed) -> Iterator[str]:
    for call_id, outcome in wanted.outcomes.items():
        call = found.calls.get(call_id)
        if outcome is Outcome.QUARANTINED:
            if call is not None:
                yield f"call {call_id}: given to {call.tenant_id}, though nobody has its number"
            continue
        if call is None:
            yield f"call {call_id}: unknown"
            continue
        yield from _of_call(call, outcome, wanted)
    yield from (f"call {each}: never made" for each in found.calls.keys() - wanted.outcomes.keys())


def _of_call(call: CallState, outcome: Outcome, wanted: Expected) -> Iterator[str]:
    owner = wanted.owners[call.call_id]
    if call.tenant_id != owner:
        yield f"call {call.call_id}: given to {call.tenant_id}, expected {owner}"
    if call.answer != _ANSWERS.get(outcome):
        yield f"call {call.call_id}: answer {call.answer}, expected {outcome}"
    if outcome is Outcome.TAKEN and not call.alternatives:
        yield f"call {call.call_id}: no alternatives offered"
    cost = wanted.costs[call.call_id]
    if not call.final:
        yield f"call {call.call_id}: no final cost, expected {_amounts(cost)}"
    elif (stands := _cost(call)) != cost:
        yield f"call {call.call_id}: cost {_amounts(stands)}, expected {_amounts(cost)}"


def _of_messages(wanted: Expected, found: Observed) -> Iterator[str]:
    allowed = wanted.told + wanted.may_be_told
    for each in sorted(wanted.told.keys() | found.told.keys()):
        times = found.told[each]
        if not wanted.told[each] <= times <= allowed[each]:
            yield f"message: {_message(each)} went out {times} times, expected {wanted.told[each]}"


def _of_the_rest(wanted: Expected, found: Observed) -> Iterator[str]:
    for number in sorted(wanted.quarantined ^ found.quarantined):
        yield f"quarantine: {number} {'is missing' if number in wanted.quarantined else 'is in it'}"
    yield from _of_dead_letters(wanted, found)
    if found.totals.unreadable != wanted.unreadable:
        yield f"unreadable: {found.totals.unreadable} archived, expected {wanted.unreadable}"
    if found.waiting:
        yield f"not settled: {found.waiting} messages wait"


def _of_dead_letters(wanted: Expected, found: Observed) -> Iterator[str]:
    alike = Counter({each.queue: 0 for each in found.dead_letters})
    for each in found.dead_letters:
        alike[each.queue] += each.count
    for queue in sorted(alike.keys() | wanted.dead_letters.keys()):
        if alike[queue] != (count := wanted.dead_letters.get(queue, 0)):
            of = sorted(each.error_class for each in found.dead_letters if each.queue == queue)
            yield f"dead letters of {queue}: {alike[queue]} {' '.join(of)}, expected {count}"


def _of_archive(found: Observed, sent: Sequence[Sent]) -> Iterator[str]:
    """Every webhook that was accepted is archived once, with what became of it."""
    accepted = {(one.post.call_id, one.post.event) for one in sent if one.accepted}
    totals = found.totals
    archived = totals.webhooks_done + totals.webhooks_ignored + totals.webhooks_dead
    if archived != (count := len(accepted) + found.calendar_webhooks):
        yield f"archive: {archived} webhooks, expected {count}"


def _cost(call: CallState) -> Cost:
    return Cost(call.cost_minor or 0, call.charge_minor or 0, call.currency or "")


def _amounts(cost: Cost) -> str:
    return f"{cost.cost_minor} charged {cost.charge_minor} minor units of {cost.currency}"


def _entry(each: Booked) -> str:
    return f"{each.name} on {each.starts_at:%Y-%m-%d %H:%M} UTC (event type {each.event_type})"


def _message(each: Told) -> str:
    return f"{each.channel} {each.template} to {each.recipient}"
