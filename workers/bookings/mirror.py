"""What others did in the calendar, kept here, so that it blocks the slot here too.

A webhook comes before the answer to our own request, late, twice, or never, and its order means
nothing: a cancelled booking stays cancelled although the news of its creation comes afterwards.
"""

from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID

import structlog

from messages.bookings import SlotCancelled
from messages.message import id_of
from messages.slots import Slot
from messages.webhook import Webhook
from storage import bookings, outbox, tenants, webhook_events
from storage.bookings import Overlapping
from storage.postgres import Transaction
from workers.bookings.calcom import CalcomEvent, CalcomPayload
from workers.context import Context
from workers.errors import NotYet

log = structlog.get_logger()

OPENING: Final = frozenset({"BOOKING_CREATED", "BOOKING_RESCHEDULED"})
CLOSING: Final = frozenset({"BOOKING_CANCELLED", "BOOKING_REJECTED"})


class DoubleBookingInCalendar(NotYet):
    """The calendar has two bookings for one of the staff at one time.

    Most often the news that one of them is gone is still on its way. If it does not come, the
    webhook dies of this, and a person must look.
    """

    def __init__(self, uid: str) -> None:
        super().__init__(f"booking {uid} stands where an appointment of ours is confirmed")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An entry of the calendar that we can place."""

    tenant: str
    uid: str
    slot: Slot
    service: str
    staff: str

    @property
    def appointment_id(self) -> UUID:
        """The id under which an entry that is not ours is kept."""
        return id_of("calcom", self.tenant, self.uid)


async def on_calcom(context: Context, webhook: Webhook) -> None:
    """Keep what happened to a booking in the calendar."""
    said = CalcomEvent.model_validate_json(webhook.body).payload
    entry = await _placed(context, webhook, said)
    if isinstance(entry, str):
        async with context.transaction(webhook.tenant_id) as tx:
            await webhook_events.receive(
                tx, webhook, tenant=webhook.tenant_id, ignored_because=entry
            )
        return

    if webhook.tenant_id is None:
        context.admit(entry.tenant)
    try:
        async with context.transaction(entry.tenant) as tx:
            if await webhook_events.receive(tx, webhook, tenant=entry.tenant):
                await _keep(tx, webhook.event, said, entry)
    except Overlapping as conflict:
        # What it replaces is gone, whatever stands where it went: two that change places must
        # not wait for each other.
        async with context.transaction(entry.tenant) as tx:
            await _close_replaced(tx, said, entry)
        raise await _explained(context, entry) from conflict
    log.info("bookings.mirrored", webhook_event=webhook.event, tenant_id=entry.tenant)


async def _placed(context: Context, webhook: Webhook, said: CalcomPayload) -> Entry | str:
    """Whose booking it is, and of whom of the staff; or why it cannot be placed."""
    if unplaceable := _unplaceable(webhook, said):
        return unplaceable
    if said.uid is None or said.slot is None or said.event_type_id is None:
        return "no_booking"
    owner = await tenants.tenant_of_event_type(context.pool, said.event_type_id)
    if owner is None:
        return "unknown_event_type"
    if webhook.tenant_id not in (None, owner):
        return "event_type_of_another_tenant"
    async with context.reader(owner) as db:
        sold = await tenants.sold_as(db, said.event_type_id)
    if sold is None:
        return "unknown_event_type"
    service, staff = sold
    return Entry(tenant=owner, uid=said.uid, slot=said.slot, service=service, staff=staff)


def _unplaceable(webhook: Webhook, said: CalcomPayload) -> str | None:
    if said.seat:
        return "seat_of_a_shared_booking"
    if said.uid and webhook.event not in OPENING | CLOSING and said.replaces is None:
        return "not_confirmed_yet"
    return None


async def _keep(tx: Transaction, event: str, said: CalcomPayload, entry: Entry) -> None:
    await _close_replaced(tx, said, entry)
    if event in CLOSING:
        await _cancel(tx, entry)
    elif event in OPENING and not await _is_ours(tx, said, entry):
        await bookings.mirror(
            tx,
            entry.appointment_id,
            service=entry.service,
            staff=entry.staff,
            slot=entry.slot,
            calcom_uid=entry.uid,
        )


async def _is_ours(tx: Transaction, said: CalcomPayload, entry: Entry) -> bool:
    """Confirm our appointment if it is this entry.

    A booking that is moved keeps our id in its metadata, but our appointment is where it was.
    """
    if said.appointment is None:
        return False
    ours = await bookings.find(tx, said.appointment)
    return (
        ours is not None
        and ours.starts_at == entry.slot.start
        and await bookings.confirm(tx, ours.appointment_id, calcom_uid=entry.uid)
    )


async def _close_replaced(tx: Transaction, said: CalcomPayload, entry: Entry) -> None:
    """What was moved is gone from where it was, also while the new time waits to be confirmed.

    If it was ours we may hear so before its creation, or before the answer to our own request.
    """
    if said.replaces is None:
        return
    if said.appointment:
        await bookings.confirm(tx, said.appointment, calcom_uid=said.replaces)
    await _cancel(tx, replace(entry, uid=said.replaces, slot=said.old_slot or entry.slot))


async def _cancel(tx: Transaction, entry: Entry) -> None:
    if await bookings.may_be_held(tx, staff=entry.staff, slot=entry.slot, calcom_uid=entry.uid):
        raise NotYet("it may be what a hold of ours was asked for")
    cancelled = await bookings.cancel(
        tx,
        entry.appointment_id,
        service=entry.service,
        staff=entry.staff,
        slot=entry.slot,
        calcom_uid=entry.uid,
    )
    if cancelled:
        await outbox.put(
            tx,
            SlotCancelled(
                message_id=id_of("bookings.cancelled", cancelled),
                tenant_id=entry.tenant,
                appointment_id=cancelled,
            ),
        )


async def _explained(context: Context, entry: Entry) -> Exception:
    """Why an entry does not fit: beside a mere hold the calendar's answer will decide soon."""
    async with context.reader(entry.tenant) as db:
        other = await bookings.holder(db, staff=entry.staff, slot=entry.slot)
    if other is None or other.confirmed_at is None:
        return NotYet("a hold of ours is still being asked for")
    return DoubleBookingInCalendar(entry.uid)
