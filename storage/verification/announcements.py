"""P2: what was announced was heard, or is where one can see it. Asked batch by batch.

The ids of messages derive from what caused them by a hash that PostgreSQL does not have. So the
causes are read some thousands at a time, in one snapshot, and their ids are looked for.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from messages import topology
from messages.message import id_of
from storage.postgres import Crossing
from storage.verification.question import Found, Promise, Scope

BATCH: Final = 5_000

Cause = dict[str, Any]

# $1 and $2: places, and an id at each; an id of several at one place is enough. $3: handlers.
_HEARD: Final = """
    EXISTS (SELECT FROM inbox
             WHERE inbox.message_id = due.id AND inbox.handler = ANY($3))
    """
_VISIBLE: Final = """
    EXISTS (SELECT FROM outbox WHERE outbox.message_id = due.id)
    OR EXISTS (SELECT FROM parked_messages AS parked
                WHERE parked.message_id = due.id AND parked.queue = ANY($3))
    OR EXISTS (SELECT FROM dead_letters AS letter
                WHERE letter.message_id = due.id AND letter.queue = ANY($3)
                  AND NOT EXISTS (SELECT FROM dead_letter_ends AS ended
                                   WHERE ended.dead_letter_id = letter.dead_letter_id
                                     AND ended.how = 'succeeded'))
    """
_UNHEARD: Final = f"""
    SELECT place
      FROM unnest($1::integer[], $2::uuid[]) AS due (place, id)
     GROUP BY place
    HAVING NOT bool_or({_HEARD} OR {_VISIBLE})
     ORDER BY place
    """  # noqa: S608 -- all parts are ours
_HEARD_ALREADY: Final = f"""
    SELECT place
      FROM unnest($1::integer[], $2::uuid[]) AS due (place, id)
     GROUP BY place
    HAVING bool_or({_HEARD})
     ORDER BY place
    """  # noqa: S608 -- as above


@dataclass(frozen=True, slots=True, kw_only=True)
class Announcement:
    """A check. Rows of `sql` are causes: their `key` is unique text, `since` says when it was.

    Of each, one of the messages `ids` must have been heard by one of `handlers`. Where the cause
    is a missing effect that is turned round: then `heard` ones are wrong, and unheard ones are
    the business of another check.
    """

    name: str
    promise: Promise
    holds: str
    sql: str
    ids: Callable[[Cause], tuple[UUID, ...]]
    handlers: tuple[str, ...]
    heard: bool = False
    of_tenants: bool = True
    notice: bool = False

    @property
    def passes(self) -> bool:
        """Whether what is wrong may come right by itself: who heard has done it, or never will."""
        return not self.heard

    @property
    def waits_for(self) -> tuple[str, ...]:
        """The handlers in whose queues the messages may be."""
        return () if self.heard else self.handlers

    async def wrong(self, verifier: Crossing, scope: Scope) -> Found:
        """What is wrong now, in as much memory as a batch needs."""
        found, last = Found(), None
        while causes := await self._causes(verifier, scope, after=last):
            last = causes[-1]["key"]
            places = await self._wrong_places(verifier, causes)
            found.add((_shown(causes[place]) for place in places), most=scope.rows)
        return found

    async def _causes(self, verifier: Crossing, scope: Scope, *, after: str | None) -> list[Cause]:
        rows = await verifier.rows(
            f"""
            SELECT *
              FROM ({self.sql}) AS cause
             WHERE key > coalesce($1, '')
               AND ($2::text IS NULL OR tenant_id = $2)
               AND since < now() - $3::interval
             ORDER BY key
             LIMIT {BATCH}
            """,  # noqa: S608 -- all parts are ours
            after,
            scope.tenant,
            scope.grace,
        )
        return [dict(row) for row in rows]

    async def _wrong_places(self, verifier: Crossing, causes: list[Cause]) -> list[int]:
        asked = [(place, id_) for place, cause in enumerate(causes) for id_ in self.ids(cause)]
        rows = await verifier.rows(
            _HEARD_ALREADY if self.heard else _UNHEARD,
            [place for place, _ in asked],
            [id_ for _, id_ in asked],
            self.handlers,
        )
        return [row["place"] for row in rows]


def _shown(cause: Cause) -> Cause:
    return {name: value for name, value in cause.items() if name != "key"}


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
