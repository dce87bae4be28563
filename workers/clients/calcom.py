"""Cal.com, API v2: what is free, and booking it.

It knows no idempotency key, and a taken slot is a 400 that other reasons share: our id stands in
the metadata of every booking, and after any doubtful answer the booking is looked for by it.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any, Final
from uuid import UUID

import httpx
from pydantic import AwareDatetime, BaseModel, Field

from messages.slots import Slot
from messages.transcripts import Guest
from workers.clients.breakers import Breakers
from workers.clients.errors import ProviderRefused
from workers.clients.http import ask, parsed

OUR_ID: Final = "ringbook_appointment"  # the key of our id in a booking's metadata

_BOOKINGS: Final = "2024-08-13"  # each endpoint has its own; a wrong one means an older API
_SLOTS: Final = "2024-09-04"
_PATIENCE: Final = 30.0  # seconds; it writes calendars and sends webhooks before it answers
_A_MINUTE: Final = timedelta(minutes=1)
_TAKEN: Final = ("already ha", "not available", "booking_conflict", "hosts_unavailable")


class SlotTaken(Exception):
    """The calendar has something else at that time, or nobody works then."""


class _Attendee(BaseModel):
    email: str | None = None
    phone_number: str | None = Field(None, alias="phoneNumber")


class CalcomBooking(BaseModel):
    """A booking as the calendar has it."""

    uid: str
    status: str
    start: AwareDatetime
    metadata: dict[str, Any] = {}
    attendees: list[_Attendee] = []

    def is_for(self, appointment_id: UUID, guest: Guest) -> bool:
        """Whether we made it, or somebody made it for the same guest while she was on the line."""
        if self.status not in {"accepted", "pending"}:
            return False
        if ours := self.metadata.get(OUR_ID):
            return bool(ours == str(appointment_id))
        return any(
            (guest.phone and attendee.phone_number == guest.phone)
            or (guest.email and attendee.email == guest.email)
            for attendee in self.attendees
        )


class _OneBooking(BaseModel):
    data: CalcomBooking


class _ManyBookings(BaseModel):
    data: list[CalcomBooking]


class _Start(BaseModel):
    start: AwareDatetime


class _FreeByDay(BaseModel):
    data: dict[str, list[_Start]]


class Calcom:
    """The calendars, each reached with the key of its tenant."""

    def __init__(self, http: httpx.AsyncClient, *, url: str) -> None:
        self._http = http
        self.breakers = Breakers("calcom")
        self._url = url.rstrip("/")

    async def book(
        self,
        *,
        api_key: str,
        event_type_id: int,
        start: datetime,
        guest: Guest,
        zone: str,
        appointment_id: UUID,
    ) -> str:
        """Book a slot and return the uid of the booking.

        Raises SlotTaken, and for anything doubtful ProviderUnanswered or ProviderRefused: then it
        may stand in the calendar all the same. Never repeat it before `find` was asked.
        """
        attendee: dict[str, str] = {
            "name": guest.name,
            "timeZone": zone,
            "language": guest.language,
        }
        if guest.email:
            attendee["email"] = guest.email
        if guest.phone:
            attendee["phoneNumber"] = guest.phone
        try:
            answer = await ask(
                self._http, self.breakers, "POST", f"{self._url}/v2/bookings",
                timeout=_PATIENCE,
                account=api_key,
                headers=_headers(api_key, _BOOKINGS),
                json={
                    "start": _utc(start),
                    "eventTypeId": event_type_id,
                    "attendee": attendee,
                    "metadata": {OUR_ID: str(appointment_id)},
                },
            )  # fmt: skip
        except ProviderRefused as refusal:
            if _means_taken(refusal):
                raise SlotTaken from refusal
            raise
        return parsed("calcom", answer, _OneBooking).data.uid

    async def find(
        self, *, api_key: str, event_type_id: int, slot: Slot, appointment_id: UUID, guest: Guest
    ) -> str | None:
        """The uid of this guest's booking at that time, whoever made it; None if it has none.

        What was booked a moment ago may not be seen yet.
        """
        answer = await ask(
            self._http, self.breakers, "GET", f"{self._url}/v2/bookings",
            account=api_key,
            headers=_headers(api_key, _BOOKINGS),
            params={
                "eventTypeId": str(event_type_id),
                "afterStart": _utc(slot.start - _A_MINUTE),
                "beforeEnd": _utc(slot.end + _A_MINUTE),
            },
        )  # fmt: skip
        bookings = parsed("calcom", answer, _ManyBookings).data
        return next(
            (
                booking.uid
                for booking in bookings
                if booking.start == slot.start and booking.is_for(appointment_id, guest)
            ),
            None,
        )

    async def free(
        self, *, api_key: str, event_type_id: int, minutes: int, start: datetime, end: datetime
    ) -> list[Slot]:
        """What is free from `start` until before `end`, in order of time."""
        answer = await ask(
            self._http, self.breakers, "GET", f"{self._url}/v2/slots",
            account=api_key,
            headers=_headers(api_key, _SLOTS),
            params={
                "eventTypeId": str(event_type_id),
                "start": _utc(start),
                "end": _utc(end),
                "timeZone": "UTC",
            },
        )  # fmt: skip
        days = parsed("calcom", answer, _FreeByDay).data
        starts = sorted(slot.start for day in days.values() for slot in day)
        # Slots outside of the range that was asked for have been returned.
        return [Slot(start=at, minutes=minutes) for at in starts if start <= at < end]


def _means_taken(refusal: ProviderRefused) -> bool:
    """Cal.com says 400 or 409 when a slot is taken, but also for other reasons."""
    if refusal.status not in (HTTPStatus.BAD_REQUEST, HTTPStatus.CONFLICT):
        return False
    return any(sign in refusal.body.lower() for sign in _TAKEN)


def _headers(api_key: str, version: str) -> Mapping[str, str]:
    return {"Authorization": f"Bearer {api_key}", "cal-api-version": version}


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
