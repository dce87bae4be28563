import asyncio
from typing import Any

import asyncpg
import pytest

from messages.bookings import BookSlot, SlotBooked, SlotRefused
from messages.message import id_of
from messages.transcripts import BookingAgreed, Guest
from storage import bookings
from storage.slot_locks import SlotLocks
from tests.workers.bookings.commands import at, wanted
from tests.world import SALON, World, context_of, monday
from workers.bookings.actor import NotOffered, book_slot, on_agreed
from workers.clients.errors import ProviderUnanswered, ProviderUnavailable
from workers.context import Context

Answer = SlotBooked | SlotRefused
BOOKINGS = "/v2/bookings"


async def answer_to(context: Context, command: BookSlot) -> Answer:
    async with context.reader(command.tenant_id) as db:
        answer = await bookings.answer_to(db, command.message_id)
    assert answer
    return answer


async def live(owner: asyncpg.Connection) -> list[asyncpg.Record]:
    return list(
        await owner.fetch(
            "SELECT * FROM appointments WHERE released_at IS NULL AND cancelled_at IS NULL"
        )
    )


async def test_a_free_slot_is_booked(
    context: Context, world: World, owner: asyncpg.Connection
) -> None:
    await book_slot(context, wanted())

    answer = await answer_to(context, wanted())
    [appointment] = await live(owner)
    [booking] = world.calcom.accepted
    assert isinstance(answer, SlotBooked)
    assert (booking.start, booking.end) == (appointment["starts_at"], appointment["ends_at"])
    assert appointment["calcom_uid"] == booking.uid
    assert appointment["confirmed_at"]
    assert await owner.fetchval("SELECT state FROM provider_operations") == "done"


async def test_an_agreement_is_booked_like_a_command(context: Context, world: World) -> None:
    agreed = BookingAgreed(
        message_id=id_of("agreed"),
        call_id="call-1",
        tenant_id=SALON,
        service="colour",
        staff=None,
        starts_at=at("14:00"),
        guest=Guest(name="Ada", phone="+4915112345678", language="de"),
        confidence=0.95,
    )
    await asyncio.gather(on_agreed(context, agreed), on_agreed(context, agreed))

    [booking] = world.calcom.accepted
    assert booking.start == at("14:00")


async def test_a_taken_slot_is_answered_with_the_nearest_that_are_free(
    context: Context, world: World
) -> None:
    await book_slot(context, wanted("a"))
    await book_slot(context, wanted("b"))

    answer = await answer_to(context, wanted("b"))
    assert isinstance(answer, SlotRefused)
    assert [slot.start for slot in answer.alternatives] == [at("09:00"), at("11:00"), at("12:00")]
    assert len(world.calcom.accepted) == 1


async def test_without_a_wish_for_somebody_the_next_of_the_staff_is_asked(
    context: Context, world: World
) -> None:
    await book_slot(context, wanted("a"))
    await book_slot(context, wanted("b", staff=None))

    answer = await answer_to(context, wanted("b"))
    assert isinstance(answer, SlotBooked)
    assert answer.staff == "jule"
    assert len(world.calcom.accepted) == 2


async def test_the_same_command_gets_the_same_answer(context: Context, world: World) -> None:
    await book_slot(context, wanted())
    first = await answer_to(context, wanted())
    await book_slot(context, wanted())

    assert await answer_to(context, wanted()) == first
    assert len(world.calcom.accepted) == 1


async def test_of_two_callers_at_the_same_moment_one_gets_the_slot(
    context: Context, world: World, owner: asyncpg.Connection
) -> None:
    await asyncio.gather(book_slot(context, wanted("a")), book_slot(context, wanted("b")))

    answers = [await answer_to(context, wanted(caller)) for caller in "ab"]
    assert sorted(answer.kind for answer in answers) == [
        "bookings.slot_booked",
        "bookings.slot_refused",
    ]
    assert len(world.calcom.accepted) == 1
    assert len(await live(owner)) == 1


async def test_without_redis_one_of_two_callers_still_gets_the_slot(
    world: World, publisher: Any, pool: Any
) -> None:
    nowhere = "redis://127.0.0.1:1/0"
    async with context_of(world, pool, publisher, nowhere, monday()) as alone:
        assert isinstance(alone.locks, SlotLocks)
        await asyncio.gather(book_slot(alone, wanted("a")), book_slot(alone, wanted("b")))

    assert len(world.calcom.accepted) == 1


@pytest.mark.parametrize("fault", [{"status": 504}, {"status": 500}, {"close": True}])
async def test_a_yes_that_gets_lost_on_the_way_ends_in_one_booking(
    context: Context, world: World, owner: asyncpg.Connection, fault: dict[str, Any]
) -> None:
    world.calcom.faults.plan("POST", BOOKINGS, after=True, **fault)

    with pytest.raises(ProviderUnanswered):
        await book_slot(context, wanted())
    assert await owner.fetchval("SELECT state FROM provider_operations") == "unknown"
    await book_slot(context, wanted())

    [booking] = world.calcom.accepted
    [appointment] = await live(owner)
    assert appointment["calcom_uid"] == booking.uid
    assert isinstance(await answer_to(context, wanted()), SlotBooked)


async def test_a_calendar_that_refuses_for_now_is_asked_again(
    context: Context, world: World
) -> None:
    world.calcom.faults.plan("POST", BOOKINGS, status=429)

    with pytest.raises(ProviderUnavailable):
        await book_slot(context, wanted())
    await book_slot(context, wanted())

    assert len(world.calcom.accepted) == 1


async def test_a_try_that_was_cut_off_goes_on_with_the_same_member_of_the_staff(
    context: Context, world: World, owner: asyncpg.Connection
) -> None:
    """Anna was held when it began; that she is free again must not bring a second booking."""
    await book_slot(context, wanted("a"))
    world.calcom.faults.plan("POST", BOOKINGS, after=True, status=504)
    with pytest.raises(ProviderUnanswered):
        await book_slot(context, wanted("b", staff=None))
    await owner.execute("UPDATE appointments SET cancelled_at = now() WHERE staff = 'anna'")

    await book_slot(context, wanted("b", staff=None))

    answer = await answer_to(context, wanted("b"))
    assert isinstance(answer, SlotBooked)
    assert answer.staff == "jule"
    assert len(world.calcom.accepted) == 2


async def test_what_the_agent_booked_during_the_call_is_taken_over(
    context: Context, world: World
) -> None:
    command = wanted()
    await context.calcom.book(
        api_key="cal_demo_kastanie",
        event_type_id=101,
        start=command.starts_at,
        guest=command.guest,
        zone="Europe/Berlin",
        appointment_id=id_of("somebody else"),
    )
    world.calcom.bookings[0].metadata.clear()

    await book_slot(context, command)

    assert isinstance(await answer_to(context, command), SlotBooked)
    assert len(world.calcom.accepted) == 1


async def test_a_time_that_has_passed_is_refused(context: Context, world: World) -> None:
    await book_slot(context, wanted(starts_at=at("10:00", "2027-02-01")))

    assert isinstance(await answer_to(context, wanted()), SlotRefused)
    assert world.calcom.bookings == []


async def test_a_service_that_is_not_sold_is_a_mistake_and_no_refusal(context: Context) -> None:
    with pytest.raises(NotOffered):
        await book_slot(context, wanted(service="tattoo"))
