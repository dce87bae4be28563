"""What people are told, and what became of it. The text itself stands in `notifications`.

`tenant_id` is None where the operator of the platform is told of what belongs to no tenant.
"""

from typing import Literal
from uuid import UUID

from messages.message import Message, TenantId


class _Notification(Message):
    tenant_id: TenantId | None
    notification_id: UUID


class SendSms(_Notification):
    """A text message is written: send it."""

    kind: Literal["notifications.send_sms"] = "notifications.send_sms"


class SendEmail(_Notification):
    """An e-mail is written: send it."""

    kind: Literal["notifications.send_email"] = "notifications.send_email"


class NotificationSent(_Notification):
    """A provider has taken it; that it arrived is another event."""

    kind: Literal["notifications.sent"] = "notifications.sent"
    channel: Literal["sms", "email"]


class NotificationRefused(_Notification):
    """It will not be sent; `reason` is a word such as `opted_out`.

    `unanswered` is the one that may have been sent: nobody knows, and it is not repeated.
    """

    kind: Literal["notifications.refused"] = "notifications.refused"
    channel: Literal["sms", "email"]
    reason: str
