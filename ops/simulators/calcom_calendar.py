"""What Cal.com sells and has sold: event types, working hours, bookings and holds, without HTTP."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from hashlib import sha256
from itertools import count
from typing import Any, Final, Literal, get_args
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
WEEKDAYS: Final[tuple[Weekday, ...]] = get_args(Weekday)
NINE_TO_SIX: Final = [(time(9), time(18))]
_ALPHABET: Final = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789"


class _Sold(BaseModel):
    model_config = ConfigDict(
        alias_generator=to_camel, populate_by_name=True, extra="forbid", frozen=True
    )


class Host(_Sold):
    """A person whose time is sold; two bookings of one host never overlap."""

    id: int
    name: str
    email: str
    time_zone: str = "Europe/Berlin"
    username: str = ""


class EventType(_Sold):
    """What can be booked; `hours` by weekday are local to `time_zone`, else to the first host."""

    id: int
    slug: str
    title: str
    length_in_minutes: int
    hosts: list[Host]
    hours: dict[Weekday, list[tuple[time, time]]] = dict.fromkeys(WEEKDAYS[:6], NINE_TO_SIX)
    time_zone: str | None = None
    owner_id: int | None = None  # without one, the account that its key opens
    api_key: str | None = None
    requires_confirmation: bool = False
    scheduling_type: Literal["roundRobin", "collective"] = "roundRobin"
    slot_interval: int | None = None
    length_in_minutes_options: list[int] = []
    price: int = 0
    currency: str = "eur"

    @property
    def zone(self) -> ZoneInfo:
        """Where the working hours are meant."""
        return ZoneInfo(self.time_zone or self.hosts[0].time_zone)


@dataclass(frozen=True)
class Booking:
    """One booking as it stood at `updated_at`."""

    id: int
    uid: str
    event_type: EventType
    hosts: tuple[Host, ...]
    start: datetime
    end: datetime
    status: str
    attendee: dict[str, Any]
    created_at: datetime
    updated_at: datetime
    guests: tuple[str, ...] = ()
    metadata: dict[str, Any] = field(default_factory=dict)
    responses: dict[str, Any] = field(default_factory=dict)
    location: str = "integrations:daily"
    ics_uid: str = ""
    sequence: int = 0
    facts: dict[str, Any] = field(default_factory=dict)  # reasons, by whom, moved from and to

    @property
    def minutes(self) -> int:
        """How long it takes."""
        return int((self.end - self.start).total_seconds()) // 60


@dataclass(frozen=True)
class Hold:
    """A reserved slot: hides it from the list of slots and from other holds, from nothing else."""

    uid: str
    event_type: EventType
    start: datetime
    end: datetime
    minutes: int
    until: datetime


class Calendar:
    """Every version of every booking, so that a replica can lag behind."""

    def __init__(self, seed: str = "calcom") -> None:
        self.event_types: dict[int, EventType] = {}
        self.holds: dict[str, Hold] = {}
        self._versions: dict[str, list[Booking]] = {}
        self._seed = seed
        self._serial = count(1)

    def clear(self) -> None:
        """Forget bookings and holds; go on counting, so that no uid comes twice."""
        self.holds.clear()
        self._versions.clear()

    def new_id(self) -> tuple[int, str]:
        """A number, and a short uuid that follows from it."""
        number = next(self._serial)
        digest = sha256(f"{self._seed}:{number}".encode()).digest()
        return 9_900_000 + number, "".join(_ALPHABET[b % len(_ALPHABET)] for b in digest[:22])

    def record(self, booking: Booking) -> Booking:
        """Make this the newest version of the booking."""
        self._versions.setdefault(booking.uid, []).append(booking)
        return booking

    def change(self, uid: str, *, now: datetime, status: str, **facts: Any) -> Booking:
        """Write a newer version of a booking."""
        last = self._versions[uid][-1]
        newer = replace(last, status=status, updated_at=now, facts={**last.facts, **facts})
        return self.record(newer)

    def bookings(self, *, until: datetime | None = None) -> list[Booking]:
        """All bookings, as they are or as they were known at `until`, oldest first."""
        known = (_last(versions, until) for versions in self._versions.values())
        return [booking for booking in known if booking]

    def booking(self, uid: str, *, until: datetime | None = None) -> Booking | None:
        """One booking, as it is or as it was known at `until`."""
        return _last(self._versions.get(uid, ()), until)


def _last(versions: Iterable[Booking], until: datetime | None) -> Booking | None:
    known = [booking for booking in versions if until is None or booking.updated_at <= until]
    return known[-1] if known else None


def hosts_for(
    event_type: EventType,
    start: datetime,
    end: datetime,
    bookings: Iterable[Booking],
    *,
    ignoring: str | None = None,
) -> tuple[Host, ...]:
    """Who would serve this time: nobody (empty), one of them, or all of them if collective.

    Pending bookings do not block: Cal.com looks at accepted ones only.
    """
    if not is_open(event_type, start, end):
        return ()
    busy = {
        host.id
        for booking in bookings
        if booking.status == "accepted"
        and booking.uid != ignoring
        and (booking.start < end and start < booking.end)
        for host in booking.hosts
    }
    free = tuple(host for host in event_type.hosts if host.id not in busy)
    if event_type.scheduling_type == "collective":
        return free if len(free) == len(event_type.hosts) else ()
    return free[:1]


def is_open(event_type: EventType, start: datetime, end: datetime) -> bool:
    """Whether the time lies within working hours."""
    local = start.astimezone(event_type.zone)
    return any(first <= start and end <= last for first, last in _hours(event_type, local.date()))


def slots(
    event_type: EventType, start: datetime, end: datetime, minutes: int
) -> Iterator[tuple[datetime, datetime]]:
    """The starts and ends that working hours offer within [start, end), taken or not."""
    length = timedelta(minutes=minutes)
    step = timedelta(minutes=event_type.slot_interval or minutes)
    day = start.astimezone(event_type.zone).date()
    while day <= end.astimezone(event_type.zone).date():
        for first, last in _hours(event_type, day):
            at = first
            while at + length <= last:
                if start <= at < end:
                    yield at, at + length
                at += step
        day += timedelta(days=1)


def _hours(event_type: EventType, day: date) -> Iterator[tuple[datetime, datetime]]:
    for first, last in event_type.hours.get(WEEKDAYS[day.weekday()], ()):
        opens = datetime.combine(day, first, event_type.zone).astimezone(UTC)
        closes = datetime.combine(day, last, event_type.zone).astimezone(UTC)
        yield opens, closes
