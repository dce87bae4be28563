"""What is said about bookings: one command, and the two answers it can get."""

from typing import Literal, TypeAlias
from uuid import UUID

from pydantic import AwareDatetime

from messages.message import TenantMessage, id_of
from messages.slots import Slot
from messages.transcripts import Guest


class BookSlot(TenantMessage):
    """Somebody wants this service at this time; `service` and `staff` are the tenant's codes."""

    kind: Literal["bookings.book_slot"] = "bookings.book_slot"
    service: str
    staff: str | None = None
    starts_at: AwareDatetime
    guest: Guest


class SlotBooked(TenantMessage):
    """The slot is hers."""

    kind: Literal["bookings.slot_booked"] = "bookings.slot_booked"
    answers: UUID
    appointment_id: UUID
    service: str
    staff: str
    slot: Slot
    guest: Guest


class SlotRefused(TenantMessage):
    """Someone else has it. `alternatives` are the nearest that are free, best first."""

    kind: Literal["bookings.slot_refused"] = "bookings.slot_refused"
    answers: UUID
    service: str
    slot: Slot
    guest: Guest
    alternatives: tuple[Slot, ...]


class SlotCancelled(TenantMessage):
    """An appointment will not take place."""

    kind: Literal["bookings.cancelled"] = "bookings.cancelled"
    appointment_id: UUID


Answer: TypeAlias = SlotBooked | SlotRefused


def answer_id(command: UUID) -> UUID:
    """The id of the one answer that a command gets."""
    return id_of("bookings.answer", command)
