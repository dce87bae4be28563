"""What Cal.com does with a request: books, moves, cancels, confirms and holds, or refuses.

Between looking whether a slot is free and writing the booking nothing is awaited, so a slot is
sold once. Subscribers are told before the caller gets an answer.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final, NoReturn

from ops.simulators.calcom_calendar import Booking, Calendar, EventType, Hold, Host, hosts_for
from ops.simulators.calcom_requests import Cancel, CreateBooking, HoldSlot, Reschedule
from ops.simulators.calcom_shapes import instant, username
from ops.simulators.calcom_subscribers import Subscribers
from ops.simulators.refusals import Refused
from ops.simulators.simulator import Clock

HELD_MINUTES: Final = 5
HOST_BUSY: Final = "User either already has booking at this time or is not available"
HOSTS_BUSY: Final = "One of the hosts either already has booking at this time or is not available"


class Rules:
    """The part of Cal.com that decides."""

    def __init__(self, calendar: Calendar, webhooks: Subscribers, now: Clock) -> None:
        self._calendar = calendar
        self._webhooks = webhooks
        self._now = now

    def event_type(self, number: int | None, slug: str | None, user: str | None) -> EventType:
        """The event type that is meant, by id or by slug and its host's username."""
        for sold in self._calendar.event_types.values():
            if number == sold.id or (slug == sold.slug and user == username(sold.hosts[0])):
                return sold
        raise Refused(404, f"Event type with id {number or slug} not found")

    async def book(self, asked: CreateBooking) -> Booking:
        """Sell the slot, or refuse; a repeated request may get the booking of the first one."""
        sold = self.event_type(asked.event_type_id, asked.event_type_slug, asked.username)
        attendee = _known_by(asked)
        if earlier := self._same_wish(sold, attendee, asked.start):
            return earlier
        end = asked.start + timedelta(minutes=_length(sold, asked.length_in_minutes))
        hosts = self._hosts(sold, asked.start, end)
        number, uid = self._calendar.new_id()
        made = self._calendar.record(
            Booking(
                id=number,
                uid=uid,
                event_type=sold,
                hosts=hosts,
                start=asked.start,
                end=end,
                status="pending" if sold.requires_confirmation else "accepted",
                attendee=attendee,
                created_at=self._now(),
                updated_at=self._now(),
                guests=tuple(asked.guests),
                metadata=asked.metadata,
                responses=asked.booking_fields_responses,
                ics_uid=f"{uid}@Cal.com",
            )
        )
        await self._tell_made("BOOKING_CREATED", made)
        return made

    async def move(self, uid: str, asked: Reschedule) -> Booking:
        """A new booking for the new time; the old one is cancelled and points to it."""
        old = self.booking(uid)
        _may_be_moved(old)
        end = asked.start + (old.end - old.start)
        hosts = self._hosts(old.event_type, asked.start, end, ignoring=uid)
        number, new_uid = self._calendar.new_id()
        by = asked.rescheduled_by or old.attendee["email"]
        by_host = by in {host.email for host in old.hosts}
        moved = replace(
            old,
            id=number,
            uid=new_uid,
            hosts=hosts,
            start=asked.start,
            end=end,
            status="pending"
            if old.event_type.requires_confirmation and not by_host
            else "accepted",
            created_at=self._now(),
            updated_at=self._now(),
            sequence=old.sequence + 1,
            facts={
                "reschedulingReason": asked.rescheduling_reason,
                "rescheduledByEmail": by,
                "rescheduledFromUid": uid,
            },
        )
        self._calendar.record(moved)
        self._calendar.change(uid, now=self._now(), status="cancelled", rescheduledToUid=new_uid)
        await self._tell_made(
            "BOOKING_RESCHEDULED",
            moved,
            rescheduledBy=by,
            rescheduleId=old.id,
            rescheduleUid=uid,
            rescheduleStartTime=instant(old.start),
            rescheduleEndTime=instant(old.end),
        )
        return moved

    async def cancel(self, uid: str, asked: Cancel, *, by_host: bool) -> Booking:
        """Tell of it first, then write it: whoever asks in between sees the old state."""
        old = self.booking(uid)
        if old.status == "cancelled":
            _refuse(
                f"Can't cancel booking with uid={uid} because it has been cancelled already. "
                "Please provide uid of a booking that is not cancelled."
            )
        if old.end < self._now():
            _refuse(f"Can't cancel booking with uid={uid} because it has already ended.")
        by = old.hosts[0].email if by_host else old.attendee["email"]
        await self._webhooks.tell(
            "BOOKING_CANCELLED",
            replace(old, status="cancelled", sequence=old.sequence + 1),
            now=self._now(),
            cancellationReason=asked.cancellation_reason,
            cancelledBy=by,
            requestReschedule=False,
        )
        return self._calendar.change(
            uid,
            now=self._now(),
            status="cancelled",
            cancellationReason=asked.cancellation_reason,
            cancelledByEmail=by,
        )

    async def confirm(self, uid: str) -> Booking:
        """Accept a pending booking, without looking whether its slot is still free."""
        self._must_be_pending(uid)
        confirmed = self._calendar.change(uid, now=self._now(), status="accepted")
        await self._webhooks.tell("BOOKING_CREATED", confirmed, now=self._now(), metadata={})
        return confirmed

    async def decline(self, uid: str, reason: str | None) -> Booking:
        """Reject a pending booking."""
        self._must_be_pending(uid)
        declined = self._calendar.change(uid, now=self._now(), status="rejected")
        await self._webhooks.tell(
            "BOOKING_REJECTED", declined, now=self._now(), rejectionReason=reason
        )
        return declined

    def booking(self, uid: str, *, until: datetime | None = None) -> Booking:
        """The booking with this uid."""
        found = self._calendar.booking(uid, until=until)
        if found is None:
            raise Refused(404, f"Booking with uid={uid} was not found in the database")
        return found

    def hold(self, asked: HoldSlot, *, uid: str | None = None) -> Hold:
        """Reserve a slot, or change the reservation with this uid."""
        sold = self.event_type(asked.event_type_id, None, None)
        minutes = _length(sold, asked.slot_duration)
        end = asked.slot_start + timedelta(minutes=minutes)
        if not hosts_for(sold, asked.slot_start, end, self._calendar.bookings()):
            raise Refused(422, "Can't reserve a slot if the event is already booked.")
        if self.is_held(sold, asked.slot_start, end, ignoring=uid):
            raise Refused(422, "This time slot is already reserved by another user.")
        until = self._now() + timedelta(minutes=asked.reservation_duration or HELD_MINUTES)
        held = Hold(uid or self._calendar.new_id()[1], sold, asked.slot_start, end, minutes, until)
        self._calendar.holds[held.uid] = held
        return held

    def is_held(
        self, sold: EventType, start: datetime, end: datetime, *, ignoring: str | None = None
    ) -> bool:
        """Whether a live reservation hides this time; it is kept for the first host only."""
        return any(
            hold.uid != ignoring
            and hold.until > self._now()
            and (hold.start < end and start < hold.end)
            and hold.event_type.hosts[0] in sold.hosts
            for hold in self._calendar.holds.values()
        )

    def _hosts(
        self, sold: EventType, start: datetime, end: datetime, *, ignoring: str | None = None
    ) -> tuple[Host, ...]:
        if start < self._now():
            _refuse("Attempting to book a meeting in the past.")
        hosts = hosts_for(sold, start, end, self._calendar.bookings(), ignoring=ignoring)
        if not hosts:
            _refuse(HOST_BUSY if len(sold.hosts) == 1 else HOSTS_BUSY)
        return hosts

    def _same_wish(
        self, sold: EventType, attendee: dict[str, Any], start: datetime
    ) -> Booking | None:
        """Cal.com's only idempotency: round robin, and event types that need confirmation."""
        if not sold.requires_confirmation and (
            len(sold.hosts) == 1 or sold.scheduling_type == "collective"
        ):
            return None
        return next(
            (
                booking
                for booking in self._calendar.bookings()
                if booking.event_type.id == sold.id
                and booking.start == start
                and booking.attendee["email"] == attendee["email"]
                and booking.status in ("accepted", "pending")
            ),
            None,
        )

    def _must_be_pending(self, uid: str) -> None:
        status = self.booking(uid).status
        if status != "pending":
            _refuse(f"Booking with uid={uid} is not pending, its status is {status}.")

    async def _tell_made(self, trigger: str, made: Booking, **extra: Any) -> None:
        if made.status == "pending":
            await self._webhooks.tell("BOOKING_REQUESTED", made, now=self._now(), **extra)
            return
        video = f"https://app.cal.com/video/{made.uid}"
        metadata = {"videoCallUrl": video, **made.metadata}
        await self._webhooks.tell(trigger, made, now=self._now(), metadata=metadata, **extra)


def _known_by(asked: CreateBooking) -> dict[str, Any]:
    """The attendee; one without an e-mail gets the address Cal.com makes of the number."""
    given = asked.attendee.model_dump(by_alias=True, exclude_none=True)
    phone = (asked.attendee.phone_number or "").removeprefix("+")
    return {"email": f"{phone}@sms.cal.com", **given}


def _length(sold: EventType, wanted: int | None) -> int:
    possible: Sequence[int] = (sold.length_in_minutes, *sold.length_in_minutes_options)
    if wanted is not None and wanted not in possible:
        _refuse(f"Event type does not offer a length of {wanted} minutes.")
    return wanted or sold.length_in_minutes


def _may_be_moved(old: Booking) -> None:
    if new := old.facts.get("rescheduledToUid"):
        _refuse(
            f"Can't reschedule booking with uid={old.uid} because it has been rescheduled already "
            f"to booking with uid={new}. You probably want to reschedule that one instead."
        )
    if old.status not in ("accepted", "pending"):
        _refuse(f"Can't reschedule booking with uid={old.uid} because it has been {old.status}.")


def _refuse(message: str) -> NoReturn:
    raise Refused(400, message)
