"""The table `notifications`: what people are told, and what became of it.

    written ──asked──▶ sent
       │        ├────▶ refused       the provider will not, or nobody knows (`unanswered`)
       │        └────▶ written       the provider did nothing
       └─────────────▶ refused       there is nobody to ask for: `no_phone`

`asked_at` is the right to send: whoever sets it, expecting what he saw, asks the provider.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias
from uuid import UUID

from storage.postgres import Reader, Transaction

Channel: TypeAlias = Literal["sms", "email"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What somebody shall be told. Without a recipient it is refused at once, for `reason`.

    `sender` is Twilio's sender of an SMS, and the name beside the address of an e-mail.
    """

    notification_id: UUID
    cause_id: UUID
    call_id: str | None
    channel: Channel
    template: str
    language: str
    sender: str
    recipient: str | None
    subject: str | None
    body: str
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Notification:
    """What is needed to send one, and how far that has come."""

    notification_id: UUID
    tenant_id: str | None
    call_id: str | None
    sender: str
    recipient: str
    subject: str | None
    body: str
    written_at: datetime
    asked_at: datetime | None
    settled: bool


async def write(tx: Transaction, draft: Draft, *, now: datetime) -> None:
    """Keep what shall be sent; a repeat of its cause changes nothing."""
    await tx.execute(
        """
        INSERT INTO notifications
               (notification_id, tenant_id, cause_id, call_id, channel, template, language,
                sender, recipient, subject, body, reason, written_at, refused_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13,
                CASE WHEN $12::text IS NOT NULL THEN $13::timestamptz END)
        ON CONFLICT (notification_id) DO NOTHING
        """,
        draft.notification_id,
        tx.tenant,
        draft.cause_id,
        draft.call_id,
        draft.channel,
        draft.template,
        draft.language,
        draft.sender,
        draft.recipient,
        draft.subject,
        draft.body,
        draft.reason,
        now,
    )


async def find(db: Reader, notification_id: UUID) -> Notification | None:
    """The notification of that id, if it has somebody to go to."""
    row = await db.row(
        """
        SELECT notification_id, tenant_id, call_id, sender, recipient, subject, body, written_at,
               asked_at, (sent_at IS NOT NULL OR refused_at IS NOT NULL) AS settled
          FROM notifications
         WHERE notification_id = $1 AND recipient IS NOT NULL
        """,
        notification_id,
    )
    return Notification(**row) if row else None


async def take(
    tx: Transaction, notification_id: UUID, *, seen: datetime | None, now: datetime
) -> bool:
    """Take the right to ask the provider; False if another has it since `asked_at` was seen."""
    taken = await tx.value(
        """
        UPDATE notifications
           SET asked_at = $3
         WHERE notification_id = $1
           AND asked_at IS NOT DISTINCT FROM $2
           AND sent_at IS NULL
           AND refused_at IS NULL
        RETURNING true
        """,
        notification_id,
        seen,
        now,
    )
    return taken is not None


async def give_back(tx: Transaction, notification_id: UUID, *, taken_at: datetime) -> None:
    """The provider did nothing: whoever comes next may ask at once."""
    await tx.execute(
        """
        UPDATE notifications
           SET asked_at = NULL
         WHERE notification_id = $1 AND asked_at = $2 AND sent_at IS NULL AND refused_at IS NULL
        """,
        notification_id,
        taken_at,
    )


async def record_sent(
    tx: Transaction, notification_id: UUID, *, reference: str, now: datetime
) -> bool:
    """The provider has it. False if its outcome was known."""
    first = await tx.value(
        """
        UPDATE notifications
           SET sent_at = $3, reference = $2
         WHERE notification_id = $1 AND sent_at IS NULL AND refused_at IS NULL
        RETURNING true
        """,
        notification_id,
        reference,
        now,
    )
    return first is not None


async def record_refused(
    tx: Transaction, notification_id: UUID, *, reason: str, now: datetime
) -> bool:
    """It will not be sent, or not again. False if its outcome was known."""
    first = await tx.value(
        """
        UPDATE notifications
           SET refused_at = $3, reason = $2
         WHERE notification_id = $1 AND sent_at IS NULL AND refused_at IS NULL
        RETURNING true
        """,
        notification_id,
        reason,
        now,
    )
    return first is not None
