"""What must come of the day: appointments, answers, costs and messages, derived from its calls.

Pure. Of callers who race for one slot exactly one gets it; which one, nobody can know before: the
calendar says, and the rest is expected accordingly.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import UTC, datetime, time
from enum import StrEnum
from typing import Final

from messages import topology
from ops.demo.costs import Cost, Published, cost_of
from ops.demo.day import Call, Day, Does, Wish
from ops.tenants.file import TenantEntry

OPENS: Final = time(9)  # every business of the demo, from Monday to Saturday, by its own clock
CLOSES: Final = time(18)


@dataclass(frozen=True, slots=True, order=True)
class Booked:
    """An entry of the calendar."""

    event_type: int
    starts_at: datetime
    name: str


@dataclass(frozen=True, slots=True, order=True)
class Told:
    """A message to somebody; `template` is what it is about."""

    channel: str
    template: str
    recipient: str


class Outcome(StrEnum):
    """What becomes of a call."""

    BOOKED = "booked"
    TAKEN = "taken"
    NOTHING = "nothing"
    NOT_CERTAIN = "not_certain"  # nothing is booked; whether a person must look is left open
    QUARANTINED = "quarantined"


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """Everything that must be true in the end; `may_be_told` is allowed once and not required."""

    bookings: frozenset[Booked]
    outcomes: Mapping[str, Outcome]
    owners: Mapping[str, str]
    costs: Mapping[str, Cost]
    told: Counter[Told]
    may_be_told: Counter[Told]
    quarantined: frozenset[str]
    dead_letters: Mapping[str, int]  # by queue
    unreadable: int = 1  # the body that is no JSON


def expected(
    day: Day, rates: Published, *, operator_email: str, calendar: AbstractSet[Booked] = frozenset()
) -> Expected:
    """What must come of the day; `calendar` decides races."""
    outcomes = _outcomes(day, calendar)
    told: Counter[Told] = Counter()
    maybe: Counter[Told] = Counter()
    for call in day.calls:
        told.update(_told(call, outcomes[call.call_id]))
        maybe.update(_perhaps_told(call, outcomes[call.call_id]))
    unknown = frozenset(call.dialled for call in day.calls if call.tenant is None)
    told.update(Told("email", "number_quarantined", operator_email) for _ in unknown)
    ours = {call.call_id: (call, call.tenant) for call in day.calls if call.tenant}
    return Expected(
        bookings=frozenset(
            [booked_as(seen.wish, seen.name) for seen in day.seen]
            + [
                booked_as(call.wish, call.name)
                for call in day.calls
                if call.wish and outcomes[call.call_id] is Outcome.BOOKED
            ]
        ),
        outcomes=outcomes,
        owners={call_id: tenant.id for call_id, (_, tenant) in ours.items()},
        costs={call_id: cost_of(call, tenant, rates) for call_id, (call, tenant) in ours.items()},
        told=told,
        may_be_told=maybe,
        quarantined=unknown,
        dead_letters={topology.CALLS_RETELL.name: 1},  # the poisoned event
    )


def booked_as(wish: Wish, name: str) -> Booked:
    """How the calendar shows it."""
    return Booked(wish.event_type, wish.starts_at.astimezone(UTC), name)


def _outcomes(day: Day, calendar: AbstractSet[Booked]) -> dict[str, Outcome]:
    outcomes = {call.call_id: _without_booking(call) for call in day.calls}
    gone = [(seen.tenant, seen.wish) for seen in day.seen]
    wanted = [
        (call, call.tenant, call.wish)
        for call in day.calls
        if call.does is Does.BOOKS and call.tenant and call.wish
    ]
    # Whoever the calendar shows is asked first, so that the winner of a race takes the slot.
    for call, tenant, wish in sorted(
        wanted, key=lambda each: booked_as(each[2], each[0].name) not in calendar
    ):
        if _is_open(wish) and not _clashes(tenant, wish, gone):
            gone.append((tenant, wish))
            outcomes[call.call_id] = Outcome.BOOKED
        else:
            outcomes[call.call_id] = Outcome.TAKEN
    return outcomes


def _without_booking(call: Call) -> Outcome:
    if call.tenant is None:
        return Outcome.QUARANTINED
    return Outcome.NOT_CERTAIN if call.does is Does.WITHDRAWS else Outcome.NOTHING


def _is_open(wish: Wish) -> bool:
    return wish.starts_at.time() >= OPENS and wish.ends_at.time() <= CLOSES


def _clashes(tenant: TenantEntry, wish: Wish, others: Iterable[tuple[TenantEntry, Wish]]) -> bool:
    return any(
        owner.id == tenant.id
        and other.served_by == wish.served_by
        and other.starts_at < wish.ends_at
        and wish.starts_at < other.ends_at
        for owner, other in others
    )


def _told(call: Call, outcome: Outcome) -> list[Told]:
    match outcome:
        case Outcome.BOOKED:
            by_mail = [Told("email", "slot_booked", call.email)] if call.email else []
            return [Told("sms", "slot_booked", call.phone), *by_mail]
        case Outcome.TAKEN:
            return [Told("sms", "slot_refused", call.phone)]
        case _:
            return []


def _perhaps_told(call: Call, outcome: Outcome) -> list[Told]:
    if outcome is Outcome.NOT_CERTAIN and call.tenant:
        return [Told("email", "review_needed", call.tenant.contact_email)]
    return []
