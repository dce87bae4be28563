"""What Cal.com tells its subscribers: the bodies of its webhooks, signed."""

import hmac
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any, Final
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict

from ops.simulators.calcom_calendar import Booking, Host
from ops.simulators.calcom_shapes import instant, title, username
from ops.simulators.webhooks import Webhook, stringified

VERSION: Final = "2021-10-20"
UNSIGNED: Final = "no-secret-provided"


class Subscriber(BaseModel):
    """Who wants to hear: no `triggers` means all, no `api_key` means of every account."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: str
    secret: str | None = None
    triggers: list[str] | None = None
    api_key: str | None = None

    def wants(self, trigger: str) -> bool:
        """Whether this kind of event is for this subscriber."""
        return self.triggers is None or trigger in self.triggers


def signature(body: bytes, secret: str | None) -> str:
    """The value of X-Cal-Signature-256."""
    if not secret:
        return UNSIGNED
    return hmac.new(secret.encode(), body, sha256).hexdigest()


def signed(event: dict[str, Any] | bytes, *, url: str, secret: str | None) -> Webhook:
    """Any Cal.com webhook, ready to be sent."""
    body = event if isinstance(event, bytes) else stringified(event)
    return Webhook(
        url,
        body,
        {"X-Cal-Signature-256": signature(body, secret), "X-Cal-Webhook-Version": VERSION},
    )


def event(trigger: str, made: Booking, *, now: datetime, **extra: Any) -> dict[str, Any]:
    """A webhook about a booking, in the envelope that has no id."""
    cancelled = trigger == "BOOKING_CANCELLED"
    payload = _payload(made, offset=cancelled) | extra
    if cancelled:
        del payload["metadata"]  # Cal.com leaves it out here
    return {"triggerEvent": trigger, "createdAt": instant(now), "payload": payload}


def _payload(made: Booking, *, offset: bool) -> dict[str, Any]:
    sold = made.event_type
    responses = _responses(made)
    return {
        "bookerUrl": "https://cal.com",
        "title": title(made),
        "startTime": _written(made.start, offset=offset),
        "endTime": _written(made.end, offset=offset),
        "type": sold.slug,
        "organizer": _organizer(made.hosts[0], made.start),
        "attendees": [_attendee(made)],
        "additionalNotes": made.responses.get("notes", ""),
        "description": "",
        "eventTypeId": sold.id,
        "hideCalendarNotes": False,
        "hideCalendarEventDetails": False,
        "hideOrganizerEmail": False,
        "schedulingType": _scheduling(made),
        "seatsPerTimeSlot": None,
        "seatsShowAttendees": True,
        "seatsShowAvailabilityCount": True,
        "customReplyToEmail": None,
        "disableRescheduling": False,
        "disableCancelling": False,
        "customInputs": {},
        "responses": responses,
        "userFieldsResponses": {name: responses[name] for name in made.responses},
        "location": made.location,
        "destinationCalendar": None,
        "iCalUID": made.ics_uid,
        "iCalSequence": made.sequence,
        "requiresConfirmation": sold.requires_confirmation,
        "organizationId": None,
        "hashedLink": None,
        "hideBranding": False,
        "uid": made.uid,
        "additionalInformation": {},
        "appsStatus": [],
        "eventTitle": sold.title,
        "eventDescription": "",
        "price": sold.price,
        "currency": sold.currency,
        "length": made.minutes,
        "bookingId": made.id,
        "metadata": made.metadata,
        "status": made.status.upper(),
    }


def _responses(made: Booking) -> dict[str, Any]:
    given = {
        "name": ("your_name", made.attendee["name"]),
        "email": ("email_address", made.attendee["email"]),
        "location": ("location", {"value": made.location, "optionValue": ""}),
        "guests": ("additional_guests", list(made.guests)),
        **{name: (name, value) for name, value in made.responses.items()},
    }
    return {
        name: {"label": label, "value": value, "isHidden": False}
        for name, (label, value) in given.items()
    }


def _organizer(host: Host, at: datetime) -> dict[str, Any]:
    return {
        "id": host.id,
        "name": host.name,
        "email": host.email,
        "username": username(host),
        "timeZone": host.time_zone,
        "language": {"locale": "en"},
        "timeFormat": "HH:mm",
        "utcOffset": _utc_offset(host.time_zone, at),
    }


def _attendee(made: Booking) -> dict[str, Any]:
    first, _, last = made.attendee["name"].partition(" ")
    return {
        "email": made.attendee["email"],
        "name": made.attendee["name"],
        "firstName": first,
        "lastName": last,
        "timeZone": made.attendee["timeZone"],
        "phoneNumber": made.attendee.get("phoneNumber"),
        "language": {"locale": made.attendee["language"]},
        "utcOffset": _utc_offset(made.attendee["timeZone"], made.start),
    }


def _scheduling(made: Booking) -> str | None:
    sold = made.event_type
    if len(sold.hosts) == 1:
        return None
    return "COLLECTIVE" if sold.scheduling_type == "collective" else "ROUND_ROBIN"


def _written(moment: datetime, *, offset: bool) -> str:
    text = moment.astimezone(UTC).isoformat(timespec="seconds")
    return text if offset else text.replace("+00:00", "Z")


def _utc_offset(zone: str, at: datetime) -> int:
    span = at.astimezone(ZoneInfo(zone)).utcoffset() or timedelta()
    return int(span.total_seconds()) // 60
