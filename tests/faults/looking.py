"""Looks at everything that became true: PostgreSQL, RabbitMQ, Redis and the providers."""

import asyncio
import time
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

import aio_pika
import asyncpg

from messages import topology
from ops.demo.expected import Booked
from tests.faults.load import Played
from tests.faults.oracle import CallRow, Entry, Seen, judged
from tests.faults.system import System

SETTLED: Final = 240.0  # seconds; what waits longest is an SMS that may have been sent
LOOK: Final = 0.5


class Effect(StrEnum):
    """Where the throughput is looked at: where webhooks arrive, or at the far end of the way."""

    WEBHOOKS = "webhooks"
    TEXTS = "texts"


_RATES: Final = {
    Effect.WEBHOOKS: (
        "SELECT count(*) FROM webhook_events WHERE settled_at > now() - interval '1 second'"
    ),
    Effect.TEXTS: (
        "SELECT count(*) FROM notifications WHERE sent_at > now() - interval '5 seconds'"
    ),
}


async def seen(system: System, played: Sequence[Played]) -> Seen:
    """What became of these calls, and of all calendars."""
    call_ids = [each.call.call_id for each in played]
    ids = [message_id for each in played for message_id in each.ids] + list(system.poisoned)
    calendar = [
        booking
        for booking in (await system.state("calcom"))["bookings"]
        if booking["status"] == "accepted"
    ]
    texts = (await system.state("twilio"))["messages"]
    async with system.database() as db:
        return Seen(
            outcomes=await _outcomes(db, ids),
            calls=await _calls(db, call_ids),
            costs=await _costs(db, call_ids),
            appointments=await _appointments(db, call_ids),
            calendar=Counter(map(_booked, calendar)),
            taken=[*map(_taken_there, calendar), *await _taken_here(db)],
            texts=Counter(text["to"] for text in texts),
            unfinished=await _unfinished(db),
        )


async def waiting(system: System) -> int:
    """How many messages are under way anywhere."""
    connection = await aio_pika.connect(system.stack.rabbitmq.url, timeout=10)
    async with connection, system.database() as db:
        channel = await connection.channel()
        count = 0
        for name in topology.EVERY_QUEUE:
            queue = await channel.declare_queue(name, passive=True)
            count += queue.declaration_result.message_count or 0
        tables = await db.fetchval(
            "SELECT (SELECT count(*) FROM outbox) + (SELECT count(*) FROM webhook_spool)"
            " + (SELECT count(*) FROM parked_messages)"
            " + (SELECT count(*) FROM notifications WHERE sent_at IS NULL AND refused_at IS NULL)"
        )
        return count + int(tables)


async def drained(system: System, played: Sequence[Played]) -> float:
    """Wait until nothing waits and nothing is wrong, or until time is over; say how long it took.

    What is in a consumer's hand is in no queue's count: nothing may wait, and all be well.
    """
    began = time.monotonic()
    while time.monotonic() - began < SETTLED:
        if not await waiting(system):
            now = await seen(system, played)
            if not judged(played, now, poisoned=system.poisoned):
                break
        await asyncio.sleep(LOOK)
    return time.monotonic() - began


async def rate(db: asyncpg.Connection, effect: Effect = Effect.WEBHOOKS) -> int:
    """How many of these effects there were lately."""
    return int(await db.fetchval(_RATES[effect]))


async def _outcomes(db: asyncpg.Connection, ids: Sequence[Any]) -> dict[Any, str]:
    rows = await db.fetch(
        "SELECT message_id, outcome FROM webhook_events WHERE message_id = ANY($1)", ids
    )
    return {row["message_id"]: row["outcome"] for row in rows}


async def _calls(db: asyncpg.Connection, ids: Sequence[str]) -> dict[str, CallRow]:
    rows = await db.fetch(
        "SELECT call_id, tenant_id, started_at, ended_at, analyzed_at FROM calls"
        " WHERE call_id = ANY($1)",
        ids,
    )
    turns = {"started_at": "call_started", "ended_at": "call_ended", "analyzed_at": "call_analyzed"}
    return {
        row["call_id"]: CallRow(
            row["tenant_id"], {turn for column, turn in turns.items() if row[column]}
        )
        for row in rows
    }


async def _costs(db: asyncpg.Connection, ids: Sequence[str]) -> set[str]:
    rows = await db.fetch(
        "SELECT call_id FROM platform_costs WHERE final AND call_id = ANY($1)", ids
    )
    return {row["call_id"] for row in rows}


async def _appointments(db: asyncpg.Connection, ids: Sequence[str]) -> Counter[str]:
    rows = await db.fetch(
        "SELECT call_id FROM appointments WHERE call_id = ANY($1)"
        " AND confirmed_at IS NOT NULL AND cancelled_at IS NULL",
        ids,
    )
    return Counter(row["call_id"] for row in rows)


async def _taken_here(db: asyncpg.Connection) -> list[Entry]:
    rows = await db.fetch(
        "SELECT 'here ' || tenant_id || ' ' || staff AS staff, starts_at, ends_at FROM appointments"
        " WHERE released_at IS NULL AND cancelled_at IS NULL"
    )
    return [Entry(*row) for row in rows]


async def _unfinished(db: asyncpg.Connection) -> list[str]:
    rows = await db.fetch(
        "SELECT 'operation ' || operation_id || ' is ' || state FROM provider_operations"
        " WHERE state IN ('intended', 'unknown')"
    )
    return [row[0] for row in rows]


async def deaths(db: asyncpg.Connection) -> list[str]:
    """What lies among the dead letters, to be told with what is wrong."""
    rows = await db.fetch(
        "SELECT queue, error_class, error, count(*), max(headers->>'x-delivery-count')"
        " FROM dead_letters GROUP BY 1, 2, 3"
    )
    return [" ".join(map(str, row)) for row in rows]


def _booked(booking: Any) -> Booked:
    return Booked(
        booking["eventTypeId"],
        datetime.fromisoformat(booking["start"]),
        booking["attendees"][0]["name"],
    )


def _taken_there(booking: Any) -> Entry:
    hosts = booking.get("hosts") or [{"id": booking["eventTypeId"]}]
    return Entry(
        f"calendar {hosts[0]['id']}",
        datetime.fromisoformat(booking["start"]),
        datetime.fromisoformat(booking["end"]),
    )
