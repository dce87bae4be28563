"""What must be true of what was accepted, whatever was done to the system meanwhile. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from ops.demo.expected import Booked, booked_as
from tests.faults.load import Played


@dataclass(frozen=True, slots=True)
class CallRow:
    """A row of `calls`: whose, and which turns of its life were heard of."""

    tenant: str
    heard: AbstractSet[str]


@dataclass(frozen=True, slots=True)
class Entry:
    """Time of one of the staff that is taken, in the calendar or in our appointments."""

    staff: str
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What became true."""

    outcomes: Mapping[UUID, str]  # of webhooks
    calls: Mapping[str, CallRow]
    costs: AbstractSet[str]  # calls with a final one
    appointments: Counter[str]  # live ones, by call
    calendar: Counter[Booked]
    taken: Sequence[Entry]
    texts: Counter[str]  # SMS by recipient
    unfinished: Sequence[str]  # operations and notifications that nobody knows the end of


@dataclass
class Findings:
    """What is wrong, in words with ids; nothing if all is well."""

    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    double_bookings: list[str] = field(default_factory=list)
    other: list[str] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.lost or self.doubled or self.double_bookings or self.other)


def judged(played: Sequence[Played], seen: Seen, *, poisoned: AbstractSet[UUID]) -> Findings:
    """Compare what was accepted with what became true."""
    found = Findings()
    for each in played:
        _webhooks(each, seen, found)
        _call(each, seen, found)
    found.lost += [f"poisoned {each}" for each in poisoned if seen.outcomes.get(each) != "dead"]
    _bookings(played, seen, found)
    found.double_bookings += overlaps(seen.taken)
    found.other += seen.unfinished
    return found


def overlaps(taken: Iterable[Entry]) -> list[str]:
    """Entries of one of the staff that take the same time."""
    wrong: list[str] = []
    latest: dict[str, Entry] = {}
    for entry in sorted(taken, key=lambda each: (each.starts_at, each.ends_at)):
        before = latest.get(entry.staff)
        if before and entry.starts_at < before.ends_at:
            wrong.append(f"{entry.staff} {entry.starts_at} and {before.starts_at}")
        if before is None or entry.ends_at > before.ends_at:
            latest[entry.staff] = entry
    return wrong


def _webhooks(each: Played, seen: Seen, found: Findings) -> None:
    for message_id in each.ids:
        if (outcome := seen.outcomes.get(message_id)) != "done":
            found.lost.append(f"webhook {message_id} of {each.call.call_id}: {outcome}")
    found.other += [f"{each.call.call_id}: {event} was never accepted" for event in each.refused]


def _call(each: Played, seen: Seen, found: Findings) -> None:
    call_id = each.call.call_id
    row = seen.calls.get(call_id)
    if row is None:
        found.lost += [f"call {call_id}"] if each.events else []
        return
    if each.call.tenant and row.tenant != each.call.tenant.id:
        found.other.append(f"call {call_id} is with {row.tenant}")
    turns = each.events & {"call_started", "call_ended", "call_analyzed"}
    found.lost += [f"{turn} of {call_id}" for turn in turns - row.heard]
    if "call_analyzed" in each.events and call_id not in seen.costs:
        found.lost.append(f"cost of {call_id}")


def _bookings(played: Sequence[Played], seen: Seen, found: Findings) -> None:
    """Of those who want a slot one gets it; each is told once."""
    wanted: dict[tuple[int, datetime], list[Played]] = {}
    for each in played:
        if each.books and each.call.wish:
            wish = each.call.wish
            wanted.setdefault((wish.event_type, wish.starts_at), []).append(each)
            told = seen.texts[each.call.phone]
            if told == 0:
                found.lost.append(f"SMS of {each.call.call_id}")
            if told > 1:
                found.doubled.append(f"{told} SMS of {each.call.call_id}")
    for rivals in wanted.values():
        names = " ".join(each.call.call_id for each in rivals)
        made = sum(seen.appointments[each.call.call_id] for each in rivals)
        entered = sum(seen.calendar[booking] for booking in {_booked(each) for each in rivals})
        for what, count in (("appointments", made), ("entries in the calendar", entered)):
            if count == 0:
                found.lost.append(f"{what} of {names}")
            if count > 1:
                found.doubled.append(f"{count} {what} of {names}")


def _booked(each: Played) -> Booked:
    if each.call.wish is None:
        raise ValueError("who books wants something")
    return booked_as(each.call.wish, each.call.name)
