"""What is told to others about a notification: that it shall be sent, and what became of it."""

from messages.message import Message, id_of
from messages.notifications import NotificationRefused, NotificationSent, SendEmail, SendSms
from storage.notifications import Channel, Draft, Notification
from workers.clients.verdicts import Taken, Verdict


def once_written(draft: Draft, tenant: str | None) -> Message:
    """A text is to be sent by its channel; one that goes to nobody is refused already."""
    if draft.reason is not None:
        return _refused(draft, tenant, draft.channel, draft.reason)
    send = SendSms if draft.channel == "sms" else SendEmail
    return send(
        message_id=id_of("notifications.send", draft.notification_id),
        call_id=draft.call_id,
        tenant_id=tenant,
        notification_id=draft.notification_id,
    )


def once_asked(wanted: Notification, verdict: Verdict, channel: Channel) -> Message:
    """What the provider said."""
    if isinstance(verdict, Taken):
        return NotificationSent(
            message_id=id_of("notifications.sent", wanted.notification_id),
            call_id=wanted.call_id,
            tenant_id=wanted.tenant_id,
            notification_id=wanted.notification_id,
            channel=channel,
        )
    return _refused(wanted, wanted.tenant_id, channel, verdict.reason)


def _refused(
    of: Draft | Notification, tenant: str | None, channel: Channel, reason: str
) -> NotificationRefused:
    return NotificationRefused(
        message_id=id_of("notifications.refused", of.notification_id),
        call_id=of.call_id,
        tenant_id=tenant,
        notification_id=of.notification_id,
        channel=channel,
        reason=reason,
    )
