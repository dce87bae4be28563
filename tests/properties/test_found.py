"""What chance found, each as a history of its own."""

import json
from dataclasses import replace

import pytest

from messages.message import id_of
from messages.webhook import Webhook
from ops.simulators.calcom_calendar import Booking
from ops.simulators.webhooks import stringified
from tests.properties import telling
from tests.properties.histories import Histories
from tests.properties.ringbook import Ringbook
from tests.world import DENTIST

ANNA = 101
ANNA_AFTER_A_YES = telling.NEEDS_A_YES
ZONE = "Europe/Berlin"


@pytest.fixture
def history(ringbook: Ringbook) -> Histories:
    return Histories(ringbook)


def book(history: Histories, hour: int, event_type: int = ANNA) -> tuple[Booking, Webhook]:
    history.somebody_books(event_type, hour, None)
    return history.calendars.with_status("accepted", "pending")[-1], history.coming.pop()


def move(history: Histories, made: Booking, hour: int) -> tuple[Booking, Webhook]:
    before = {each.uid for each in history.calendars.with_status("accepted", "pending")}
    history.ringbook.run(history.calendars.move(made, telling.at(hour, ZONE)))
    history.calendars.collect()
    [moved] = [
        each
        for each in history.calendars.with_status("accepted", "pending")
        if each.uid not in before
    ]
    return moved, history.told.taken()[0]


def cancel(history: Histories, made: Booking) -> Webhook:
    history.ringbook.run(history.calendars.cancel(made))
    history.calendars.collect()
    return history.told.taken()[0]


def live(history: Histories) -> set[str]:
    return set(history.ringbook.seen().live)


def test_what_is_booked_anew_may_be_heard_of_before_it_was_free(history: Histories) -> None:
    first, first_made = book(history, 9)
    first_cancelled = cancel(history, first)
    second, second_made = book(history, 9)

    hear = history.ringbook.hear
    assert [*hear(first_made), *hear(second_made), *hear(first_cancelled)] == [True, False, True]
    assert hear(second_made) == [True]
    assert live(history) == {second.uid}


def test_what_was_moved_is_gone_though_it_does_not_fit_where_it_went(history: Histories) -> None:
    """Two change places by way of a third; the first of their moves is lost."""
    one, one_made = book(history, 9)
    other, other_made = book(history, 11)
    aside, _ = move(history, one, 13)
    _, other_moved = move(history, other, 9)
    back, back_moved = move(history, aside, 11)

    hear = history.ringbook.hear
    assert [*hear(one_made), *hear(other_made), *hear(other_moved)] == [True, True, False]
    assert hear(back_moved) == [True]
    assert live(history) == {one.uid, back.uid}


def test_a_move_that_waits_for_a_yes_frees_the_old_time_at_once(history: Histories) -> None:
    asked, requested = book(history, 9, ANNA_AFTER_A_YES)
    history.ringbook.run(history.calendars.answer(asked, yes=True))
    history.calendars.collect()
    [confirmed] = history.told.taken()
    _, move_requested = move(history, asked, 11)

    history.ringbook.hear(requested)
    history.ringbook.hear(confirmed)
    assert live(history) == {asked.uid}
    history.ringbook.hear(move_requested)
    assert live(history) == set()


def test_a_declined_booking_of_ours_is_gone(history: Histories) -> None:
    calendar = history.ringbook.world.calcom.calendar.event_types
    calendar[ANNA] = calendar[ANNA].model_copy(update={"requires_confirmation": True})
    history.we_book(9, answer_lost=False)
    [pending] = history.calendars.with_status("pending")
    assert live(history) == {pending.uid}

    history.the_salon_answers(0, yes=False)
    history.ringbook.hear(*history.coming)
    assert live(history) == set()


def test_metadata_that_is_no_id_says_nothing(history: Histories) -> None:
    history.somebody_books(ANNA, 9, "not an id")
    [made] = history.coming
    number = stringified(
        json.loads(made.body.replace(b'"not an id"', b"5").replace(b"T08:", b"T12:"))
        | {"createdAt": "another"}
    )
    assert history.ringbook.hear(made) == [True]
    assert history.ringbook.hear(replace(made, body=number, message_id=id_of("5"))) == [True]


def test_our_booking_was_moved_before_we_knew_of_it(history: Histories) -> None:
    """It stands where it was moved to, once, and nothing stands where we asked for it."""
    history.we_book(9, answer_lost=True)
    [ours] = history.calendars.with_status("accepted")
    moved, told = move(history, ours, 11)

    assert history.ringbook.hear(told) == [True]
    history.we_ask_again(0)
    assert not history.asked
    [(uid, entry)] = history.ringbook.seen().live.items()
    assert (uid, entry.start) == (moved.uid, moved.start)
    assert history.ringbook.seen().held == []
    assert [made.uid for made in history.calendars.with_status("accepted")] == [moved.uid]


def test_our_booking_was_cancelled_before_we_knew_of_it(history: Histories) -> None:
    """A cancellation has no metadata: whose it is shows when its creation is heard of."""
    history.we_book(9, answer_lost=True)
    [ours] = history.calendars.with_status("accepted")
    [created] = history.coming
    cancelled = cancel(history, ours)

    hear = history.ringbook.hear
    assert [*hear(cancelled), *hear(created), *hear(cancelled)] == [False, True, True]
    history.we_ask_again(0)
    [row] = history.ringbook.seen().appointments
    assert (row["source"], row["calcom_uid"]) == ("ringbook", ours.uid)
    assert row["cancelled_at"]
    assert not history.asked


def test_two_calendars_may_give_the_same_uid(history: Histories) -> None:
    """Each tenant's account is its own, and so is what it calls its bookings."""
    _, salon = book(history, 9)
    history.somebody_books(212, 9, None)
    [dentist] = history.coming
    said = json.loads(dentist.body)
    said["payload"]["uid"] = json.loads(salon.body)["payload"]["uid"]
    same = replace(dentist, body=stringified(said), tenant_id=DENTIST)

    assert history.ringbook.hear(salon) == [True]
    assert history.ringbook.hear(same) == [True]
    rows = history.ringbook.seen().appointments
    assert {row["tenant_id"] for row in rows} == {"salon-kastanie", DENTIST}
