"""What is said to whom when something happened, before anybody is asked to carry it."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from messages.bookings import SlotBooked, SlotRefused
from messages.calls import CallQuarantined
from messages.message import Message, id_of
from messages.transcripts import ReviewNeeded
from storage.notifications import Channel, Draft
from storage.tenants import Catalogue, Profile
from workers.notifications import texts

PLATFORM: Final = "Ringbook"  # who writes to operators and owners
OPERATOR_LANGUAGE: Final = "en"
NO_PHONE: Final = "no_phone"


@dataclass(frozen=True, slots=True, kw_only=True)
class Business:
    """The tenant whose guests are written to."""

    profile: Profile
    catalogue: Catalogue

    @property
    def zone(self) -> ZoneInfo:
        """Where its clocks are."""
        return ZoneInfo(self.profile.time_zone)

    def service(self, code: str) -> str:
        """What guests call a service; its code if it is not sold any more."""
        names = (known.name for known in self.catalogue.services if known.service == code)
        return next(names, code)

    def staff(self, code: str) -> str:
        """What guests call somebody of the staff."""
        return next((known.name for known in self.catalogue.staff if known.staff == code), code)


def of_booking(booked: SlotBooked, business: Business) -> list[Draft]:
    """The guest hears what she has: by SMS, and by e-mail if she has an address."""
    language = texts.language_for(booked.guest.language, business.profile.language)
    facts = {
        "business": business.profile.name,
        "guest": booked.guest.name,
        "service": business.service(booked.service),
        "staff": business.staff(booked.staff),
        "when": texts.moment(booked.slot.start, business.zone, language),
        "minutes": booked.slot.minutes,
    }
    told = [
        _to_phone(
            booked, business, "slot_booked", language,
            phone=booked.guest.phone,
            body=texts.sms("slot_booked", language, **facts),
        )
    ]  # fmt: skip
    if booked.guest.email:
        told.append(
            _to_mailbox(
                booked, "slot_booked", language,
                sender=business.profile.name,
                address=booked.guest.email,
                text=texts.email("slot_booked", language, **facts),
            )
        )  # fmt: skip
    return told


def of_refusal(refused: SlotRefused, business: Business) -> list[Draft]:
    """The guest hears what is free instead."""
    language = texts.language_for(refused.guest.language, business.profile.language)
    body = texts.sms(
        "slot_refused",
        language,
        business=business.profile.name,
        service=business.service(refused.service),
        when=texts.moment(refused.slot.start, business.zone, language),
        alternatives=[
            texts.short_moment(slot.start, business.zone, language) for slot in refused.alternatives
        ],
    )
    phone = refused.guest.phone
    return [_to_phone(refused, business, "slot_refused", language, phone=phone, body=body)]


def of_review(needed: ReviewNeeded, owner: Profile) -> list[Draft]:
    """The owner hears which call a person must read, and why; not what was said."""
    text = texts.email(
        "review_needed", owner.language, call_id=needed.call_id, reasons=needed.reasons
    )
    return [
        _to_mailbox(
            needed, "review_needed", owner.language,
            sender=PLATFORM, address=owner.contact_email, text=text,
        )
    ]  # fmt: skip


def of_quarantine(quarantined: CallQuarantined, operator_email: str) -> list[Draft]:
    """The operator hears of a number that he has given to no tenant."""
    text = texts.email(
        "number_quarantined",
        OPERATOR_LANGUAGE,
        call_id=quarantined.call_id,
        dialled=quarantined.dialled,
    )
    return [
        _to_mailbox(
            quarantined, "number_quarantined", OPERATOR_LANGUAGE,
            sender=PLATFORM, address=operator_email, text=text,
        )
    ]  # fmt: skip


def _to_phone(
    cause: Message,
    business: Business,
    template: str,
    language: str,
    *,
    phone: str | None,
    body: str,
) -> Draft:
    """Somebody without a number is told nothing, and that stands on record."""
    return Draft(
        notification_id=_id(cause, "sms", template),
        cause_id=cause.message_id,
        call_id=cause.call_id,
        channel="sms",
        template=template,
        language=language,
        sender=business.profile.sms_sender,
        recipient=phone,
        subject=None,
        body=body,
        reason=None if phone else NO_PHONE,
    )


def _to_mailbox(
    cause: Message,
    template: str,
    language: str,
    *,
    sender: str,
    address: str,
    text: tuple[str, str],
) -> Draft:
    subject, body = text
    return Draft(
        notification_id=_id(cause, "email", template),
        cause_id=cause.message_id,
        call_id=cause.call_id,
        channel="email",
        template=template,
        language=language,
        sender=sender,
        recipient=address,
        subject=subject,
        body=body,
    )


def _id(cause: Message, channel: Channel, template: str) -> UUID:
    return id_of("notifications", cause.message_id, channel, template)
