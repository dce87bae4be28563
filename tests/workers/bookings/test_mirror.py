from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any

import asyncpg
import pytest

from messages.message import id_of
from messages.webhook import Webhook
from ops.simulators.webhooks import stringified
from tests.workers.bookings.commands import wanted
from tests.world import DENTIST, SALON, World, monday
from workers.bookings.actor import book_slot
from workers.bookings.mirror import DoubleBookingInCalendar, on_calcom
from workers.context import Context
from workers.errors import NotYet

START = datetime(2027, 3, 2, 9, tzinfo=UTC)


def webhook(event: str, uid: str = "uid-1", **payload: Any) -> Webhook:
    """News of a booking of Anna's at Cal.com, made by somebody else."""
    start = payload.pop("start", START)
    said = {
        "uid": uid,
        "eventTypeId": 101,
        "startTime": start.isoformat(),
        "endTime": (start + timedelta(hours=1)).isoformat(),
    }
    body = stringified({"triggerEvent": event, "payload": said | payload})
    return Webhook(
        message_id=id_of("calcom", body),
        provider="calcom",
        endpoint="calcom",
        event=event,
        received_at=monday(),
        body=body,
    )


async def live(owner: asyncpg.Connection) -> list[tuple[str, datetime]]:
    rows = await owner.fetch(
        """
        SELECT calcom_uid, starts_at FROM appointments
         WHERE released_at IS NULL AND cancelled_at IS NULL
        """
    )
    return [tuple(row) for row in rows]


async def test_what_others_book_blocks_the_slot_here(
    context: Context, world: World, owner: asyncpg.Connection
) -> None:
    await on_calcom(context, webhook("BOOKING_CREATED"))
    await book_slot(context, wanted())

    assert await live(owner) == [("uid-1", START)]
    assert world.calcom.bookings == []


async def test_every_order_of_a_booking_s_life_ends_the_same(
    context: Context, owner: asyncpg.Connection
) -> None:
    later = START + timedelta(hours=3)
    moved = {
        "start": later,
        "rescheduleUid": "uid-1",
        "rescheduleStartTime": START.isoformat(),
        "rescheduleEndTime": (START + timedelta(hours=1)).isoformat(),
    }
    life = [
        webhook("BOOKING_CREATED", "uid-1"),
        webhook("BOOKING_RESCHEDULED", "uid-2", **moved),
        webhook("BOOKING_CANCELLED", "uid-3", start=START),
        webhook("BOOKING_CREATED", "uid-3", start=START + timedelta(hours=6)),
    ]
    for order in permutations(life):
        for said in (*order, *order):
            await on_calcom(context, said)
        assert await live(owner) == [("uid-2", later)]
        await owner.execute("TRUNCATE appointments, webhook_events, outbox")


async def test_the_webhook_of_our_own_booking_may_come_before_the_answer(
    context: Context, world: World, owner: asyncpg.Connection
) -> None:
    world.calcom.faults.plan("POST", "/v2/bookings", after=True, status=504)
    with pytest.raises(Exception, match="calcom"):
        await book_slot(context, wanted())
    [booking] = world.calcom.accepted

    said = webhook("BOOKING_CREATED", booking.uid, start=booking.start, metadata=booking.metadata)
    await on_calcom(context, said)
    assert await live(owner) == [(booking.uid, booking.start)]
    await book_slot(context, wanted())

    assert await live(owner) == [(booking.uid, booking.start)]
    assert await owner.fetchval("SELECT source FROM appointments") == "ringbook"
    assert await owner.fetchval("SELECT count(*) FROM booking_answers") == 1
    assert len(world.calcom.accepted) == 1


async def test_news_of_a_slot_that_we_are_asking_for_waits_for_the_answer(
    context: Context, world: World
) -> None:
    """Own metadata gets lost on some ways; whose booking it is will be known in a moment."""
    world.calcom.faults.plan("POST", "/v2/bookings", after=True, status=504)
    with pytest.raises(Exception, match="calcom"):
        await book_slot(context, wanted())

    with pytest.raises(NotYet):
        await on_calcom(context, webhook("BOOKING_CREATED", world.calcom.accepted[0].uid))


async def test_two_bookings_for_one_time_in_the_calendar_are_shown_to_a_person(
    context: Context,
) -> None:
    await on_calcom(context, webhook("BOOKING_CREATED", "uid-1"))

    with pytest.raises(DoubleBookingInCalendar):
        await on_calcom(context, webhook("BOOKING_CREATED", "uid-2"))


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"eventTypeId": 999}, "unknown_event_type"),
        ({"uid": None}, "no_booking"),
        ({"startTime": None}, "no_booking"),
        ({"attendeeSeatId": "seat"}, "seat_of_a_shared_booking"),
    ],
)
async def test_what_cannot_be_placed_is_kept_with_the_reason(
    context: Context, owner: asyncpg.Connection, changes: dict[str, Any], reason: str
) -> None:
    await on_calcom(context, webhook("BOOKING_CREATED", **changes))

    assert await owner.fetchval("SELECT reason FROM webhook_events") == reason
    assert await live(owner) == []


async def test_a_tenant_cannot_speak_of_another_s_calendar(
    context: Context, owner: asyncpg.Connection
) -> None:
    said = webhook("BOOKING_CREATED")
    foreign = replace(said, endpoint=f"calcom/{DENTIST}", tenant_id=DENTIST)
    await on_calcom(context, foreign)
    own = replace(said, endpoint=f"calcom/{SALON}", tenant_id=SALON, message_id=id_of("own"))
    await on_calcom(context, own)

    kept = await owner.fetch("SELECT outcome, reason FROM webhook_events ORDER BY outcome")
    assert [tuple(row) for row in kept] == [
        ("done", None),
        ("ignored", "event_type_of_another_tenant"),
    ]
    assert await live(owner) == [("uid-1", START)]
