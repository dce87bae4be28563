"""The notifications actor: writes to people when something happened that they must know.

    slot_booked, slot_refused,            ┌─ send_sms ───▶ Twilio ───┐
    quarantined, review_needed ─▶ written ┤                          ├─▶ sent or refused
                                          └─ send_email ─▶ SendGrid ─┘

Writing and sending are two messages, so that each text has its own retries and a provider that
is away holds up nothing but its own.
"""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Final, TypeAlias
from uuid import UUID

import structlog

from messages import topology
from messages.bookings import SlotBooked, SlotRefused
from messages.calls import CallQuarantined
from messages.message import Message
from messages.notifications import SendEmail, SendSms
from messages.transcripts import ReviewNeeded
from storage import inbox, notifications, outbox, tenants
from storage.notifications import Channel, Draft, Notification
from storage.postgres import Transaction
from workers.clients.verdicts import Taken, Verdict
from workers.context import Context
from workers.delivery import Handler
from workers.notifications import drafts
from workers.notifications.announcements import once_asked, once_written
from workers.notifications.drafts import Business
from workers.notifications.sending import by_email, by_sms

log = structlog.get_logger()

Asked: TypeAlias = Callable[[Context, Notification], Awaitable[Verdict]]


class NoSuchNotification(Exception):
    """A command names a notification that is not written."""

    def __init__(self, notification_id: UUID) -> None:
        super().__init__(f"no notification {notification_id}")


async def on_booked(context: Context, booked: SlotBooked) -> None:
    """Confirm an appointment to the guest."""
    async with context.transaction(booked.tenant_id) as tx:
        if not await _first(tx, topology.NOTIFICATIONS_BOOKED.name, booked):
            return
        written = drafts.of_booking(booked, await _business(tx))
        await _write(tx, written, context.now())
    log.info("notifications.written", template="slot_booked", count=len(written))


async def on_refused(context: Context, refused: SlotRefused) -> None:
    """Offer the guest what is free instead."""
    async with context.transaction(refused.tenant_id) as tx:
        if not await _first(tx, topology.NOTIFICATIONS_REFUSED.name, refused):
            return
        written = drafts.of_refusal(refused, await _business(tx))
        await _write(tx, written, context.now())
    log.info("notifications.written", template="slot_refused", count=len(written))


async def on_review_needed(context: Context, needed: ReviewNeeded) -> None:
    """Ask the owner to read a call."""
    async with context.transaction(needed.tenant_id) as tx:
        if not await _first(tx, topology.NOTIFICATIONS_REVIEW.name, needed):
            return
        written = drafts.of_review(needed, await tenants.profile(tx))
        await _write(tx, written, context.now())
    log.info("notifications.written", template="review_needed", count=len(written))


async def on_quarantined(context: Context, quarantined: CallQuarantined) -> None:
    """Tell the operator of a number that belongs to nobody."""
    async with context.transaction(None) as tx:
        if not await _first(tx, topology.NOTIFICATIONS_QUARANTINED.name, quarantined):
            return
        written = drafts.of_quarantine(quarantined, context.operator_email)
        await _write(tx, written, context.now())
    log.info("notifications.written", template="number_quarantined", count=len(written))


async def on_send_sms(context: Context, command: SendSms) -> None:
    """Send a text message once."""
    await _send(context, command, by_sms, "sms")


async def on_send_email(context: Context, command: SendEmail) -> None:
    """Send an e-mail once."""
    await _send(context, command, by_email, "email")


async def _first(tx: Transaction, handler: str, message: Message) -> bool:
    return await inbox.claim(tx, handler=handler, message_id=message.message_id)


async def _business(tx: Transaction) -> Business:
    return Business(profile=await tenants.profile(tx), catalogue=await tenants.catalogue(tx))


async def _write(tx: Transaction, written: Sequence[Draft], now: datetime) -> None:
    """Keep the texts and have them sent, together."""
    for draft in written:
        await notifications.write(tx, draft, now=now)
    await outbox.put(tx, *(once_written(draft, tx.tenant) for draft in written))


async def _send(
    context: Context, command: SendSms | SendEmail, ask: Asked, channel: Channel
) -> None:
    async with context.reader(command.tenant_id) as db:
        wanted = await notifications.find(db, command.notification_id)
    if wanted is None:
        raise NoSuchNotification(command.notification_id)
    if wanted.settled:
        return
    verdict = await ask(context, wanted)
    async with context.transaction(command.tenant_id) as tx:
        if not await _settle(tx, wanted, verdict, context.now()):
            return
        await outbox.put(tx, once_asked(wanted, verdict, channel))
    log.info("notifications.settled", channel=channel, outcome=type(verdict).__name__)


async def _settle(tx: Transaction, wanted: Notification, verdict: Verdict, now: datetime) -> bool:
    if isinstance(verdict, Taken):
        return await notifications.record_sent(
            tx, wanted.notification_id, reference=verdict.reference, now=now
        )
    return await notifications.record_refused(
        tx, wanted.notification_id, reason=verdict.reason, now=now
    )


HANDLERS: Final = (
    Handler(work=topology.NOTIFICATIONS_BOOKED, reads=SlotBooked, run=on_booked),
    Handler(work=topology.NOTIFICATIONS_REFUSED, reads=SlotRefused, run=on_refused),
    Handler(work=topology.NOTIFICATIONS_REVIEW, reads=ReviewNeeded, run=on_review_needed),
    Handler(work=topology.NOTIFICATIONS_QUARANTINED, reads=CallQuarantined, run=on_quarantined),
    Handler(work=topology.NOTIFICATIONS_SEND_SMS, reads=SendSms, run=on_send_sms),
    Handler(work=topology.NOTIFICATIONS_SEND_EMAIL, reads=SendEmail, run=on_send_email),
)
