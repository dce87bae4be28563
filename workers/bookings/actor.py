"""The bookings actor: somebody wants a slot; she gets it, or hears of the nearest that are free."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Final
from zoneinfo import ZoneInfo

import structlog

from messages import topology
from messages.bookings import BookSlot
from messages.message import id_of
from messages.slots import Slot
from messages.transcripts import BookingAgreed
from messages.webhook import Webhook
from storage import bookings, tenants
from storage.tenants import Offer, Service
from workers.bookings.alternatives import nearest, still_open
from workers.bookings.booking import Attempt, Business, booked, refuse
from workers.bookings.mirror import on_calcom
from workers.context import Context
from workers.delivery import Handler

log = structlog.get_logger()

BEFORE: Final = timedelta(days=1)  # how far around the wanted time alternatives are looked for
AFTER: Final = timedelta(days=4)


class NotOffered(Exception):
    """The tenant does not sell this service, or not with this member of the staff."""

    def __init__(self, service: str, staff: str | None) -> None:
        super().__init__(f"service {service!r} with {staff or 'anyone'} is not offered")


class NoCalendarKey(Exception):
    """The tenant has no key for its calendar."""

    def __init__(self, tenant: str) -> None:
        super().__init__(f"tenant {tenant} has no calcom_api_key")


async def on_agreed(context: Context, agreed: BookingAgreed) -> None:
    """Book what caller and agent agreed on."""
    wanted = BookSlot(
        message_id=id_of("bookings.book_slot", agreed.message_id),
        call_id=agreed.call_id,
        tenant_id=agreed.tenant_id,
        service=agreed.service,
        staff=agreed.staff,
        starts_at=agreed.starts_at,
        guest=agreed.guest,
    )
    await book_slot(context, wanted)


async def book_slot(context: Context, wanted: BookSlot) -> None:
    """Book the slot, or tell which are free instead. The same command gets the same answer."""
    async with context.reader(wanted.tenant_id) as db:
        if await bookings.answer_to(db, wanted.message_id):
            return
        begun_with = await bookings.staff_held_by(db, wanted.message_id)
        catalogue = await tenants.catalogue(db)
        keys = await tenants.secrets(db, context.keys, "calcom_api_key")
        profile = await tenants.profile(db)
    service, offers = _sold(catalogue.services, wanted)
    if not keys:
        raise NoCalendarKey(wanted.tenant_id)

    business = Business(profile=profile, service=service, calcom_key=keys[0])
    slot = Slot(start=wanted.starts_at, minutes=service.minutes)
    handler = topology.BOOKINGS_BOOK_SLOT.name
    if slot.start > context.now():
        # A try that was cut off goes on where it was: the calendar may have that booking.
        for offer in sorted(offers, key=lambda offer: offer.staff != begun_with):
            attempt = Attempt(wanted=wanted, slot=slot, offer=offer, business=business)
            if await booked(context, attempt, handler=handler):
                log.info("bookings.booked", start=slot.start.isoformat())
                return

    free = await _free(context, wanted, slot, business, offers)
    zone = ZoneInfo(profile.time_zone)
    alternatives = nearest(slot, free, zone=zone, now=context.now())
    await refuse(context, wanted, slot, alternatives, handler=handler)
    log.info("bookings.refused", start=slot.start.isoformat(), alternatives=len(alternatives))


def _sold(services: Iterable[Service], wanted: BookSlot) -> tuple[Service, tuple[Offer, ...]]:
    """The service and who of the staff may do it, the one that was asked for alone if any was."""
    service = next((known for known in services if known.service == wanted.service), None)
    offers = tuple(
        offer
        for offer in (service.offers if service else ())
        if wanted.staff in (None, offer.staff)
    )
    if service is None or not offers:
        raise NotOffered(wanted.service, wanted.staff)
    return service, offers


async def _free(
    context: Context, wanted: BookSlot, slot: Slot, business: Business, offers: tuple[Offer, ...]
) -> list[Slot]:
    """What is free around the wanted time, less what is held here but not in the calendar yet."""
    start, end = max(slot.start - BEFORE, context.now()), slot.start + AFTER
    if end <= start:
        return []
    free: list[Slot] = []
    for offer in offers:
        in_calendar = await context.calcom.free(
            api_key=business.calcom_key,
            event_type_id=offer.event_type_id,
            minutes=business.service.minutes,
            start=start,
            end=end,
        )
        async with context.reader(wanted.tenant_id) as db:
            busy = await bookings.busy(db, staff=offer.staff, start=start, end=end)
        free += still_open(in_calendar, busy)
    return free


HANDLERS: Final = (
    Handler(work=topology.BOOKINGS_AGREED, reads=BookingAgreed, run=on_agreed),
    Handler(work=topology.BOOKINGS_BOOK_SLOT, reads=BookSlot, run=book_slot),
    Handler(work=topology.BOOKINGS_CALCOM, reads=Webhook, run=on_calcom),
)
