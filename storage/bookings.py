"""The tables `appointments` and `booking_answers`: what is promised, and what each asker was told.

    held ──▶ confirmed ──▶ cancelled
      └────▶ released

The constraint `no_double_booking` is the judge of who has a slot; what is released or cancelled
no longer stands in its way.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

import asyncpg
from pydantic import TypeAdapter

from messages.bookings import Answer
from messages.slots import Slot
from storage.postgres import Reader, Transaction

_ANSWER: Final[TypeAdapter[Answer]] = TypeAdapter(Answer)


class Overlapping(Exception):
    """Another live appointment of the same staff stands in this time."""


class HeldElsewhere(Exception):
    """The same command has a live appointment with another of the staff, in another worker."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Appointment:
    """An appointment as far as it has come."""

    appointment_id: UUID
    service: str
    staff: str
    starts_at: datetime
    ends_at: datetime
    source: str
    confirmed_at: datetime | None
    released_at: datetime | None
    cancelled_at: datetime | None
    calcom_uid: str | None


async def answer_to(db: Reader, command_id: UUID) -> Answer | None:
    """The answer this command was given, if it was answered before."""
    answer = await db.value("SELECT answer FROM booking_answers WHERE command_id = $1", command_id)
    return _ANSWER.validate_python(answer) if answer else None


async def record_answer(tx: Transaction, answer: Answer) -> bool:
    """Keep the answer. False if the command has one already; the first one stands."""
    kept = await tx.value(
        """
        INSERT INTO booking_answers (command_id, tenant_id, call_id, answer)
        VALUES ($1, $2, $3, $4)
        ON CONFLICT (command_id) DO NOTHING
        RETURNING true
        """,
        answer.answers,
        tx.tenant,
        answer.call_id,
        answer.model_dump(mode="json"),
    )
    return kept is not None


async def hold(
    tx: Transaction,
    appointment_id: UUID,
    *,
    service: str,
    staff: str,
    slot: Slot,
    customer_id: UUID,
    call_id: str | None,
    command_id: UUID,
) -> None:
    """Take a slot before the calendar is asked; raises Overlapping if it is taken.

    A hold of the same id is left as it is. A command holds one slot at a time: HeldElsewhere.
    After either the transaction is of no more use.
    """
    try:
        await tx.execute(
            """
            INSERT INTO appointments
                   (appointment_id, tenant_id, service, staff, starts_at, ends_at, customer_id,
                    call_id, command_id, source)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'ringbook')
            ON CONFLICT (appointment_id) DO NOTHING
            """,
            appointment_id,
            tx.tenant,
            service,
            staff,
            slot.start,
            slot.end,
            customer_id,
            call_id,
            command_id,
        )
    except asyncpg.ExclusionViolationError as error:
        raise Overlapping from error
    except asyncpg.UniqueViolationError as error:
        raise HeldElsewhere from error


async def staff_held_by(db: Reader, command_id: UUID) -> str | None:
    """With whom of the staff this command has a live appointment, if an earlier try made one."""
    staff: str | None = await db.value(
        """
        SELECT staff
          FROM appointments
         WHERE command_id = $1
           AND released_at IS NULL
           AND cancelled_at IS NULL
        """,
        command_id,
    )
    return staff


async def find(db: Reader, appointment_id: UUID) -> Appointment | None:
    """The appointment of that id."""
    row = await db.row(
        """
        SELECT appointment_id, service, staff, starts_at, ends_at, source, confirmed_at,
               released_at, cancelled_at, calcom_uid
          FROM appointments
         WHERE appointment_id = $1
        """,
        appointment_id,
    )
    return Appointment(**row) if row else None


async def confirm(tx: Transaction, appointment_id: UUID, *, calcom_uid: str) -> bool:
    """The calendar has it; a repeat changes nothing.

    False if there is no such appointment (any more), or if either of the two is known to belong
    to another: the entry to a cancelled one, or the appointment to another entry.
    """
    confirmed = await tx.value(
        """
        UPDATE appointments AS held
           SET confirmed_at = coalesce(confirmed_at, now()),
               calcom_uid = $2
         WHERE appointment_id = $1
           AND released_at IS NULL
           AND cancelled_at IS NULL
           AND coalesce(calcom_uid, $2) = $2
           AND NOT EXISTS (
               SELECT FROM appointments AS other
                WHERE other.tenant_id = $3
                  AND other.calcom_uid = $2
                  AND other.appointment_id <> held.appointment_id
           )
        RETURNING true
        """,
        appointment_id,
        calcom_uid,
        tx.tenant,
    )
    return confirmed is not None


async def release(tx: Transaction, appointment_id: UUID) -> None:
    """The calendar does not have it: let the slot go."""
    await tx.execute(
        """
        UPDATE appointments
           SET released_at = now()
         WHERE appointment_id = $1
           AND confirmed_at IS NULL
           AND released_at IS NULL
        """,
        appointment_id,
    )


async def mirror(
    tx: Transaction, appointment_id: UUID, *, service: str, staff: str, slot: Slot, calcom_uid: str
) -> None:
    """Keep what stands in the calendar; known already, by its uid, it is left as it is.

    Raises Overlapping; after that the transaction is of no more use.
    """
    try:
        await tx.execute(
            """
            INSERT INTO appointments
                   (appointment_id, tenant_id, service, staff, starts_at, ends_at, source,
                    confirmed_at, calcom_uid)
            VALUES ($1, $2, $3, $4, $5, $6, 'calcom', now(), $7)
            ON CONFLICT ON CONSTRAINT one_appointment_for_a_calendar_entry DO NOTHING
            """,
            appointment_id,
            tx.tenant,
            service,
            staff,
            slot.start,
            slot.end,
            calcom_uid,
        )
    except asyncpg.ExclusionViolationError as error:
        raise Overlapping from error


async def cancel(
    tx: Transaction, appointment_id: UUID, *, service: str, staff: str, slot: Slot, calcom_uid: str
) -> UUID | None:
    """Note that a calendar entry is gone, also one that we never heard of.

    That one is kept as cancelled, so that the news of its creation, coming later, changes nothing.
    Returns the id of our appointment if this was news, else None.
    """
    cancelled: UUID | None = await tx.value(
        """
        INSERT INTO appointments AS known
               (appointment_id, tenant_id, service, staff, starts_at, ends_at, source,
                confirmed_at, cancelled_at, calcom_uid)
        VALUES ($1, $2, $3, $4, $5, $6, 'calcom', now(), now(), $7)
        ON CONFLICT ON CONSTRAINT one_appointment_for_a_calendar_entry DO UPDATE
           SET cancelled_at = now()
         WHERE known.cancelled_at IS NULL
        RETURNING appointment_id
        """,
        appointment_id,
        tx.tenant,
        service,
        staff,
        slot.start,
        slot.end,
        calcom_uid,
    )
    return cancelled


async def may_be_held(db: Reader, *, staff: str, slot: Slot, calcom_uid: str) -> bool:
    """Whether an unknown entry may turn out to be what a hold in its time was asked for."""
    return bool(
        await db.value(
            """
            SELECT EXISTS (
                   SELECT FROM appointments
                    WHERE staff = $1
                      AND tenant_id = $4
                      AND tstzrange(starts_at, ends_at) && tstzrange($2, $3)
                      AND calcom_uid IS NULL
                      AND released_at IS NULL
                      AND cancelled_at IS NULL
                   )
               AND NOT EXISTS (
                   SELECT FROM appointments WHERE tenant_id = $4 AND calcom_uid = $5
                   )
            """,
            staff,
            slot.start,
            slot.end,
            db.tenant,
            calcom_uid,
        )
    )


async def holder(db: Reader, *, staff: str, slot: Slot) -> Appointment | None:
    """A live appointment that stands in this time."""
    row = await db.row(
        """
        SELECT appointment_id, service, staff, starts_at, ends_at, source, confirmed_at,
               released_at, cancelled_at, calcom_uid
          FROM appointments
         WHERE staff = $1
           AND tenant_id = $4
           AND tstzrange(starts_at, ends_at) && tstzrange($2, $3)
           AND released_at IS NULL
           AND cancelled_at IS NULL
         LIMIT 1
        """,
        staff,
        slot.start,
        slot.end,
        db.tenant,
    )
    return Appointment(**row) if row else None


async def busy(db: Reader, *, staff: str, start: datetime, end: datetime) -> list[Slot]:
    """The live appointments of one of the staff in a stretch of time, by start."""
    rows = await db.rows(
        """
        SELECT starts_at, ends_at
          FROM appointments
         WHERE staff = $1
           AND tenant_id = $4
           AND tstzrange(starts_at, ends_at) && tstzrange($2, $3)
           AND released_at IS NULL
           AND cancelled_at IS NULL
         ORDER BY starts_at
        """,
        staff,
        start,
        end,
        db.tenant,
    )
    return [
        Slot(
            start=row["starts_at"],
            minutes=int((row["ends_at"] - row["starts_at"]).total_seconds() // 60),
        )
        for row in rows
    ]
