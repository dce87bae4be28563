"""How one appointment is made: held in PostgreSQL, asked for at Cal.com, confirmed or released.

    held ──asked──▶ confirmed          the calendar has it, so has the guest
      │      └─────▶ released          the calendar has something else then
      └─ no answer ─▶ raise            still held; the next attempt looks before it asks

A worker may die between any two lines: the hold and the intention are written before Cal.com is
asked, and whoever takes the command up again first looks whether the calendar has it already.
"""

from dataclasses import dataclass
from uuid import UUID

from messages.bookings import BookSlot, SlotBooked, SlotRefused, answer_id
from messages.crash_points import ANSWERED, INTENDED, crash_point
from messages.message import id_of
from messages.slots import Slot
from storage import bookings, customers, inbox, outbox, provider_operations
from storage.bookings import HeldElsewhere, Overlapping
from storage.postgres import Transaction
from storage.tenants import Offer, Profile, Service
from workers.clients.calcom import SlotTaken
from workers.clients.errors import ProviderUnanswered
from workers.context import Context
from workers.errors import NotYet


@dataclass(frozen=True, slots=True, kw_only=True)
class Business:
    """What must be known of a tenant to book there."""

    profile: Profile
    service: Service
    calcom_key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One try to book a command's slot, with one of the staff."""

    wanted: BookSlot
    slot: Slot
    offer: Offer
    business: Business

    @property
    def appointment_id(self) -> UUID:
        """The same for every repetition of the same try."""
        return id_of("appointments", self.wanted.message_id, self.offer.staff)


async def booked(context: Context, attempt: Attempt, *, handler: str) -> bool:
    """Make the appointment and announce it; False if the slot is taken.

    Raises ProviderError where nobody can say; the hold then stands.
    """
    async with context.locks.held(attempt.wanted.tenant_id, attempt.offer.staff, attempt.slot):
        held = await _held(context, attempt)
        if not held:
            return False
        try:
            uid = held.calcom_uid or await _asked(context, attempt, again=held.asked_before)
            crash_point(ANSWERED)
        except SlotTaken:
            async with context.transaction(attempt.wanted.tenant_id) as tx:
                await bookings.release(tx, attempt.appointment_id)
                await provider_operations.note_refused(tx, attempt.appointment_id, reason="taken")
            return False

    async with context.transaction(attempt.wanted.tenant_id) as tx:
        await _confirm(tx, attempt, uid, handler=handler)
    return True


@dataclass(frozen=True, slots=True)
class _Held:
    """A hold that stands. `asked_before`: the calendar may have it already."""

    asked_before: bool
    calcom_uid: str | None


async def _held(context: Context, attempt: Attempt) -> _Held | None:
    """Take the slot, or find it taken by this same attempt; None if it is somebody else's."""
    wanted = attempt.wanted
    try:
        async with context.transaction(wanted.tenant_id) as tx:
            await bookings.hold(
                tx,
                attempt.appointment_id,
                service=wanted.service,
                staff=attempt.offer.staff,
                slot=attempt.slot,
                customer_id=await customers.known(tx, wanted.guest),
                call_id=wanted.call_id,
                command_id=wanted.message_id,
            )
            new = await provider_operations.intend(
                tx, attempt.appointment_id, provider="calcom", operation="create_booking"
            )
            known = await bookings.find(tx, attempt.appointment_id)
    except Overlapping:
        return None
    except HeldElsewhere as elsewhere:
        raise NotYet("another worker has this command in hand") from elsewhere
    if known is None or known.released_at or known.cancelled_at:
        return None
    return _Held(asked_before=not new, calcom_uid=known.calcom_uid)


async def _asked(context: Context, attempt: Attempt, *, again: bool) -> str:
    """The uid of the booking in the calendar; raises SlotTaken.

    The call is looked for before it is repeated, and also after a "taken": it may be our own
    earlier booking that takes it, or one that the voice agent made during the call.
    """
    crash_point(INTENDED)
    if again and (uid := await _found(context, attempt)):
        return uid
    try:
        return await context.calcom.book(
            api_key=attempt.business.calcom_key,
            event_type_id=attempt.offer.event_type_id,
            start=attempt.slot.start,
            guest=attempt.wanted.guest,
            zone=attempt.business.profile.time_zone,
            appointment_id=attempt.appointment_id,
        )
    except SlotTaken:
        if uid := await _found(context, attempt):
            return uid
        raise
    except ProviderUnanswered as failure:
        async with context.transaction(attempt.wanted.tenant_id) as tx:
            await provider_operations.note_unknown(
                tx, attempt.appointment_id, reason=failure.reason
            )
        raise


async def _found(context: Context, attempt: Attempt) -> str | None:
    return await context.calcom.find(
        api_key=attempt.business.calcom_key,
        event_type_id=attempt.offer.event_type_id,
        slot=attempt.slot,
        appointment_id=attempt.appointment_id,
        guest=attempt.wanted.guest,
    )


async def _confirm(tx: Transaction, attempt: Attempt, uid: str, *, handler: str) -> None:
    """Appointment, answer and announcement become true together."""
    wanted = attempt.wanted
    answer = SlotBooked(
        message_id=answer_id(wanted.message_id),
        call_id=wanted.call_id,
        tenant_id=wanted.tenant_id,
        answers=wanted.message_id,
        appointment_id=attempt.appointment_id,
        service=wanted.service,
        staff=attempt.offer.staff,
        slot=attempt.slot,
        guest=wanted.guest,
    )
    if not await inbox.claim(tx, handler=handler, message_id=wanted.message_id):
        return
    if not await bookings.confirm(tx, attempt.appointment_id, calcom_uid=uid):
        raise NotYet("the calendar has told meanwhile that this booking was moved or cancelled")
    await provider_operations.note_done(tx, attempt.appointment_id, reference=uid)
    if await bookings.record_answer(tx, answer):
        await outbox.put(tx, answer)


async def refuse(
    context: Context, wanted: BookSlot, slot: Slot, alternatives: list[Slot], *, handler: str
) -> None:
    """Tell that the slot is taken, and what is free instead."""
    answer = SlotRefused(
        message_id=answer_id(wanted.message_id),
        call_id=wanted.call_id,
        tenant_id=wanted.tenant_id,
        answers=wanted.message_id,
        service=wanted.service,
        slot=slot,
        guest=wanted.guest,
        alternatives=tuple(alternatives),
    )
    async with context.transaction(wanted.tenant_id) as tx:
        if not await inbox.claim(tx, handler=handler, message_id=wanted.message_id):
            return
        if await bookings.record_answer(tx, answer):
            await outbox.put(tx, answer)
