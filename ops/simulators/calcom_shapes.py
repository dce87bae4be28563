"""How Cal.com writes bookings, event types, slots and refusals down as JSON."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from ops.simulators.calcom_calendar import Booking, EventType, Hold, Host


def instant(moment: datetime) -> str:
    """As JavaScript writes it: `2026-11-03T14:00:00.000Z`."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def booking(made: Booking) -> dict[str, Any]:
    """A booking as version 2024-08-13 answers it."""
    return {
        "id": made.id,
        "uid": made.uid,
        "title": title(made),
        "description": "",
        "hosts": [_host(host) for host in made.hosts],
        "status": made.status,
        **{name: value for name, value in made.facts.items() if value is not None},
        "start": instant(made.start),
        "end": instant(made.end),
        "duration": made.minutes,
        "eventTypeId": made.event_type.id,
        "eventType": {"id": made.event_type.id, "slug": made.event_type.slug},
        "location": made.location,
        "meetingUrl": made.location,
        "absentHost": False,
        "createdAt": instant(made.created_at),
        "updatedAt": instant(made.updated_at),
        "metadata": made.metadata,
        "icsUid": made.ics_uid,
        "attendees": [_attendee(made.attendee)],
        "guests": list(made.guests),
        "bookingFieldsResponses": {
            "name": made.attendee["name"],
            "email": made.attendee["email"],
            **made.responses,
        },
    }


def older_booking(made: Booking) -> dict[str, Any]:
    """The same in version 2024-04-15, which speaks when the version header is missing or wrong."""
    return {
        "id": made.id,
        "uid": made.uid,
        "title": title(made),
        "startTime": instant(made.start),
        "endTime": instant(made.end),
        "status": made.status.upper(),
        "eventTypeId": made.event_type.id,
        "attendees": [_attendee(made.attendee)],
        "user": _host(made.hosts[0]),
        "metadata": made.metadata,
    }


def page(items: list[Any], *, skip: int, take: int) -> dict[str, Any]:
    """A page of a list, and where it stands in it."""
    shown = items[skip : skip + take]
    rest = max(0, len(items) - skip - len(shown))
    return {
        "data": shown,
        "pagination": {
            "totalItems": len(items),
            "remainingItems": rest,
            "returnedItems": len(shown),
            "itemsPerPage": take,
            "currentPage": skip // take + 1,
            "totalPages": -(-len(items) // take),
            "hasNextPage": rest > 0,
            "hasPreviousPage": skip > 0,
        },
    }


def event_type(sold: EventType) -> dict[str, Any]:
    """An event type as version 2024-06-14 answers it."""
    return {
        "id": sold.id,
        "ownerId": sold.owner_id,
        "lengthInMinutes": sold.length_in_minutes,
        "lengthInMinutesOptions": sold.length_in_minutes_options,
        "title": sold.title,
        "slug": sold.slug,
        "description": "",
        "locations": [{"type": "integration", "integration": "cal-video"}],
        "bookingFields": [],
        "disableGuests": False,
        "slotInterval": None,
        "minimumBookingNotice": 0,
        "beforeEventBuffer": 0,
        "afterEventBuffer": 0,
        "recurrence": None,
        "metadata": {},
        "price": sold.price,
        "currency": sold.currency,
        "lockTimeZoneToggleOnBookingPage": False,
        "seatsPerTimeSlot": None,
        "forwardParamsSuccessRedirect": None,
        "successRedirectUrl": None,
        "isInstantEvent": False,
        "scheduleId": None,
        "hidden": False,
        "bookingRequiresAuthentication": False,
        "users": [host.name for host in sold.hosts],
        "bookingUrl": f"https://cal.com/{username(sold.hosts[0])}/{sold.slug}",
    }


def free(
    found: Iterable[tuple[datetime, datetime]], *, zone: str, with_end: bool
) -> dict[str, list[dict[str, str]]]:
    """Slots by the date they have in `zone`; nothing free is an empty object."""
    days: dict[str, list[dict[str, str]]] = {}
    for start, end in found:
        slot = {"start": _local(start, zone)}
        if with_end:
            slot["end"] = _local(end, zone)
        days.setdefault(slot["start"][:10], []).append(slot)
    return days


def hold(held: Hold, *, now: datetime) -> dict[str, Any]:
    """A reserved slot."""
    left = max(0, round((held.until - now).total_seconds() / 60))
    return {
        "eventTypeId": held.event_type.id,
        "slotStart": instant(held.start),
        "slotEnd": instant(held.end),
        "slotDuration": held.minutes,
        "reservationUid": held.uid,
        "reservationDuration": left,
        "reservationUntil": instant(held.until),
    }


def title(made: Booking) -> str:
    """What stands in the calendar."""
    return f"{made.event_type.title} between {made.hosts[0].name} and {made.attendee['name']}"


def username(host: Host) -> str:
    """A host's name in addresses."""
    return host.username or host.name.lower().replace(" ", "-")


def _host(host: Host) -> dict[str, Any]:
    return {
        "id": host.id,
        "name": host.name,
        "email": host.email,
        "displayEmail": host.email,
        "username": username(host),
        "timeZone": host.time_zone,
    }


def _attendee(attendee: dict[str, Any]) -> dict[str, Any]:
    written = {
        "name": attendee["name"],
        "email": attendee["email"],
        "displayEmail": attendee["email"],
        "timeZone": attendee["timeZone"],
        "language": attendee["language"],
        "absent": False,
    }
    phone = attendee.get("phoneNumber")
    return {**written, "phoneNumber": phone} if phone else written


def _local(moment: datetime, zone: str) -> str:
    text = moment.astimezone(ZoneInfo(zone)).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z") if zone == "UTC" else text
