"""P2: what follows from what is true was announced, and heard by whoever must."""

from typing import Final
from uuid import UUID

from messages import topology
from messages.message import id_of
from storage.verification.announcement import Announcement, Cause
from storage.verification.question import Promise


def _ended(cause: Cause) -> tuple[UUID, ...]:
    return (id_of("calls.ended", cause["call_id"]),)


def _analyzed(cause: Cause) -> tuple[UUID, ...]:
    return (id_of("calls.analyzed", cause["call_id"]),)


def _asked_for(cause: Cause) -> tuple[UUID, ...]:
    """What may have made an appointment: its command, or the reading that the command is of."""
    reading = id_of("transcripts.reading", *_analyzed(cause))
    return (cause["command_id"], reading)


def _quarantined(cause: Cause) -> tuple[UUID, ...]:
    return tuple(id_of("calls.quarantined", number) for number in _numbers(cause["number"]))


def _numbers(number: str) -> tuple[str | None, ...]:
    return (None, number) if number == "unknown" else (number,)


# Times of a call are the provider's; one that is heard of late is as old as our first news of it.
_CALLS: Final = """
    SELECT call_id AS key, tenant_id, call_id, greatest({since}, first_heard_at) AS since
      FROM calls
     WHERE {since} IS NOT NULL
    """

ENDED_PRICED: Final = Announcement(
    name="calls.ended_heard",
    promise=Promise.P2,
    holds="costs has heard of each call that ended",
    sql=_CALLS.format(since="ended_at"),
    ids=_ended,
    handlers=(topology.COSTS_ENDED.name,),
)
ANALYZED_PRICED: Final = Announcement(
    name="calls.analyzed_heard",
    promise=Promise.P2,
    holds="costs has heard of each call that was analyzed",
    sql=_CALLS.format(since="analyzed_at"),
    ids=_analyzed,
    handlers=(topology.COSTS_ANALYZED.name,),
)
ANALYZED_READ: Final = Announcement(
    name="calls.read",
    promise=Promise.P2,
    holds="the conversation of each analyzed call was read",
    sql=_CALLS.format(since="analyzed_at"),
    ids=_analyzed,
    handlers=(topology.TRANSCRIPTS_ANALYZED.name,),
)
COSTED: Final = Announcement(
    name="calls.cost",
    promise=Promise.P2,
    holds="each ended call that costs has heard of has its cost",
    sql=f"""
        {_CALLS.format(since="ended_at")}
           AND NOT EXISTS (
               SELECT FROM platform_costs AS cost
                WHERE cost.call_id = calls.call_id
           )
        """,
    ids=lambda cause: (*_ended(cause), *_analyzed(cause)),
    handlers=(topology.COSTS_ENDED.name, topology.COSTS_ANALYZED.name),
    heard=True,
)
FINALLY_COSTED: Final = Announcement(
    name="calls.final_cost",
    promise=Promise.P2,
    holds="the cost of each analyzed call that costs has heard of is final",
    sql=f"""
        {_CALLS.format(since="analyzed_at")}
           AND EXISTS (
               SELECT FROM platform_costs AS cost
                WHERE cost.call_id = calls.call_id AND NOT cost.final
           )
        """,
    ids=_analyzed,
    handlers=(topology.COSTS_ANALYZED.name,),
    heard=True,
)
ANSWERED: Final = Announcement(
    name="bookings.answered",
    promise=Promise.P2,
    holds="whoever has an appointment of ours was told so",
    sql="""
        SELECT appointment_id::text AS key, tenant_id, appointment_id, call_id, command_id,
               confirmed_at AS since
          FROM appointments
         WHERE source = 'ringbook' AND confirmed_at IS NOT NULL AND command_id IS NOT NULL
           AND NOT EXISTS (
               SELECT FROM booking_answers AS answer
                WHERE answer.command_id = appointments.command_id
           )
        """,
    ids=_asked_for,
    handlers=(topology.BOOKINGS_BOOK_SLOT.name, topology.BOOKINGS_AGREED.name),
)
QUARANTINE_TOLD: Final = Announcement(
    name="quarantine.told",
    promise=Promise.P2,
    holds="the operator was told of each number that belongs to nobody",
    sql="""
        SELECT number AS key, NULL::text AS tenant_id, number, first_seen AS since
          FROM quarantined_numbers
        """,
    ids=_quarantined,
    handlers=(topology.NOTIFICATIONS_QUARANTINED.name,),
)
SETTLED: Final = Announcement(
    name="notifications.settled",
    promise=Promise.P2,
    holds="each notification was sent or refused",
    sql="""
        SELECT notification_id::text AS key, tenant_id, notification_id, call_id, channel, template,
               asked_at, written_at AS since
          FROM notifications
         WHERE sent_at IS NULL AND refused_at IS NULL
        """,
    ids=lambda cause: (id_of("notifications.send", cause["notification_id"]),),
    handlers=(
        topology.NOTIFICATIONS_SEND_SMS.name,
        topology.NOTIFICATIONS_SEND_EMAIL.name,
    ),
)

ANNOUNCEMENTS: Final = (
    ENDED_PRICED,
    ANALYZED_PRICED,
    ANALYZED_READ,
    COSTED,
    FINALLY_COSTED,
    ANSWERED,
    QUARANTINE_TOLD,
    SETTLED,
)
