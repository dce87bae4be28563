"""Which bookings a `GET /v2/bookings` finds, and in which order."""

from collections.abc import Iterable
from datetime import datetime

from ops.simulators.calcom_calendar import Booking
from ops.simulators.calcom_requests import FindBookings


def found(bookings: Iterable[Booking], wanted: FindBookings, *, now: datetime) -> list[Booking]:
    """The bookings that fit every filter; without a `sort...` as they were made."""
    fitting = [b for b in bookings if _is_about(b, wanted) and _is_within(b, wanted)]
    states = wanted.status.split(",") if wanted.status else []
    if states:
        fitting = [b for b in fitting if any(_is_in_state(b, state, now) for state in states)]
    return _sorted(fitting, wanted)


def _is_about(booking: Booking, wanted: FindBookings) -> bool:
    ids = wanted.event_type_ids or wanted.event_type_id
    return (
        wanted.attendee_email in (None, booking.attendee["email"])
        and wanted.attendee_name in (None, booking.attendee["name"])
        and wanted.booking_uid in (None, booking.uid)
        and (ids is None or str(booking.event_type.id) in ids.split(","))
    )


def _is_within(booking: Booking, wanted: FindBookings) -> bool:
    lower = (
        (wanted.after_start, booking.start),
        (wanted.after_created_at, booking.created_at),
        (wanted.after_updated_at, booking.updated_at),
    )
    upper = (
        (wanted.before_end, booking.end),
        (wanted.before_created_at, booking.created_at),
        (wanted.before_updated_at, booking.updated_at),
    )
    return all(bound is None or moment >= bound for bound, moment in lower) and all(
        bound is None or moment <= bound for bound, moment in upper
    )


def _is_in_state(booking: Booking, state: str, now: datetime) -> bool:
    match state:
        case "upcoming":
            return booking.status == "accepted" and booking.end >= now
        case "past":
            return booking.status in ("accepted", "pending") and booking.end < now
        case "cancelled":
            return booking.status in ("cancelled", "rejected")
        case "unconfirmed":
            return booking.status == "pending" and booking.end >= now
        case _:
            return False  # recurring: this Cal.com sells no series


def _sorted(bookings: list[Booking], wanted: FindBookings) -> list[Booking]:
    for order, moment in (
        (wanted.sort_updated_at, lambda b: b.updated_at),
        (wanted.sort_created, lambda b: b.created_at),
        (wanted.sort_end, lambda b: b.end),
        (wanted.sort_start, lambda b: b.start),
    ):
        if order:
            bookings = sorted(bookings, key=moment, reverse=order == "desc")
    return bookings
