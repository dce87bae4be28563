"""How a notification is sent at most once by providers that know no idempotency key.

    asked_at was                       by SMS                        by e-mail
    ─ unset                            take the right, send          take the right, send
    ─ set a moment ago                 look it up, else NotYet       NotYet
    ─ set, nothing heard since         look it up, else send again   TurnedDown: unanswered

The right to send is taken in a transaction of its own before the provider is asked. A provider
that did nothing gives it back; one that did not answer leaves it, and Twilio can be looked up.
"""

from datetime import datetime, timedelta
from typing import Final

from messages.crash_points import ANSWERED, INTENDED, crash_point
from storage import notifications
from storage.notifications import Notification
from workers.clients.errors import ProviderRefused, ProviderUnanswered, ProviderUnavailable
from workers.clients.verdicts import Taken, TurnedDown, Verdict
from workers.context import Context
from workers.errors import NotYet

UNANSWERED: Final = TurnedDown("unanswered")
# A little more than delivery gives to a handler: no request of ours lasts longer.
UNDER_WAY: Final = timedelta(seconds=34)


async def by_sms(context: Context, wanted: Notification) -> Verdict:
    """Send it, or find that it is sent; raises NotYet while another may be sending it."""
    if wanted.asked_at is not None:
        sid = await context.twilio.find(
            to=wanted.recipient, body=wanted.body, since=wanted.written_at
        )
        if sid is not None:
            return Taken(sid)
        _wait_if_under_way(context, wanted.asked_at)

    taken_at = await _take(context, wanted)
    try:
        verdict = await context.twilio.send(
            sender=wanted.sender, to=wanted.recipient, body=wanted.body
        )
    except (ProviderUnavailable, ProviderRefused):
        await _give_back(context, wanted, taken_at)
        raise
    crash_point(ANSWERED)
    return verdict


async def by_email(context: Context, wanted: Notification) -> Verdict:
    """Send it; what SendGrid does not answer is not sent again."""
    if wanted.asked_at is not None:
        _wait_if_under_way(context, wanted.asked_at)
        return UNANSWERED

    taken_at = await _take(context, wanted)
    try:
        return await context.sendgrid.send(
            sender_name=wanted.sender,
            to=wanted.recipient,
            subject=wanted.subject or "",
            body=wanted.body,
            our_id=wanted.notification_id,
        )
    except ProviderUnanswered:
        return UNANSWERED
    except (ProviderUnavailable, ProviderRefused):
        await _give_back(context, wanted, taken_at)
        raise


def _wait_if_under_way(context: Context, asked_at: datetime) -> None:
    if context.now() - asked_at < UNDER_WAY:
        raise NotYet("the provider was asked a moment ago")


async def _take(context: Context, wanted: Notification) -> datetime:
    now = context.now()
    async with context.transaction(wanted.tenant_id) as tx:
        taken = await notifications.take(tx, wanted.notification_id, seen=wanted.asked_at, now=now)
    if not taken:
        raise NotYet("another worker asks the provider")
    crash_point(INTENDED)
    return now


async def _give_back(context: Context, wanted: Notification, taken_at: datetime) -> None:
    async with context.transaction(wanted.tenant_id) as tx:
        await notifications.give_back(tx, wanted.notification_id, taken_at=taken_at)
