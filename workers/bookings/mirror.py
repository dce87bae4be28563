"""What others did in the calendar, kept here, so that it blocks the slot here too.

A webhook comes before the answer to our own request, late, twice, or never, and its order means
nothing: a cancelled booking stays cancelled although the news of its creation comes afterwards.
"""

from dataclasses import dataclass
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


class DoubleBookingInCalendar(Exception):
    """The calendar has two bookings for one of the staff at one time. A person must look."""

    def __init__(self, uid: str) -> None:
        super().__init__(f"booking {uid} stands where an appointment of ours is confirmed")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An entry of the calendar that we can place."""

    uid: str
    slot: Slot
    service: str
    staff: str

    @property
    def appointment_id(self) -> UUID:
        """The id under which an entry that is not ours is kept."""
        return id_of("calcom", self.uid)


async def on_calcom(context: Context, webhook: Webhook) -> None:
    """Keep what happened to a booking in the calendar."""
    said = CalcomEvent.model_validate_json(webhook.body).payload
    place = await _place(context, webhook, said)
    if isinstance(place, str):
        async with context.transaction(webhook.tenant_id) as tx:
            await webhook_events.receive(
                tx, webhook, tenant=webhook.tenant_id, ignored_because=place
            )
        return

    tenant, entry = place
    context.admit(tenant)
    try:
        async with context.transaction(tenant) as tx:
            if await webhook_events.receive(tx, webhook, tenant=tenant):
                await _keep(tx, webhook.event, said, entry)
    except Overlapping as conflict:
        raise await _explained(context, tenant, entry) from conflict
    log.info("bookings.mirrored", webhook_event=webhook.event, tenant_id=tenant)


async def _place(
    context: Context, webhook: Webhook, said: CalcomPayload
) -> tuple[str, Entry] | str:
    """Whose booking it is, and of whom of the staff; or why it cannot be placed."""
    if said.seat:
        return "seat_of_a_shared_booking"
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
    return owner, Entry(uid=said.uid, slot=said.slot, service=service, staff=staff)


async def _keep(tx: Transaction, event: str, said: CalcomPayload, entry: Entry) -> None:
    if event == "BOOKING_CANCELLED":
        await _cancel(tx, entry)
        return
    if event == "BOOKING_RESCHEDULED" and said.replaces:
        old = Entry(
            uid=said.replaces,
            slot=said.old_slot or entry.slot,
            service=entry.service,
            staff=entry.staff,
        )
        await _cancel(tx, old)
    if said.appointment and await bookings.confirm(
        tx, UUID(said.appointment), calcom_uid=entry.uid
    ):
        return
    await bookings.mirror(
        tx,
        entry.appointment_id,
        service=entry.service,
        staff=entry.staff,
        slot=entry.slot,
        calcom_uid=entry.uid,
    )


async def _cancel(tx: Transaction, entry: Entry) -> None:
    cancelled = await bookings.cancel(
        tx,
        entry.appointment_id,
        service=entry.service,
        staff=entry.staff,
        slot=entry.slot,
        calcom_uid=entry.uid,
    )
    if cancelled and tx.tenant:
        await outbox.put(
            tx,
            SlotCancelled(
                message_id=id_of("bookings.cancelled", cancelled),
                tenant_id=tx.tenant,
                appointment_id=cancelled,
            ),
        )


async def _explained(context: Context, tenant: str, entry: Entry) -> Exception:
    """Why an entry does not fit: beside a mere hold the calendar's answer will decide soon."""
    async with context.reader(tenant) as db:
        other = await bookings.holder(db, staff=entry.staff, slot=entry.slot)
    if other is None or other.confirmed_at is None:
        return NotYet("a hold of ours is still being asked for")
    return DoubleBookingInCalendar(entry.uid)
