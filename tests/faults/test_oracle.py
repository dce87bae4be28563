"""The oracle sees what is wrong: each test breaks one thing in a world where all is well."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest

from ops.demo.day import Call, Does, Wish
from ops.demo.expected import booked_as
from ops.demo.system import TENANTS
from ops.tenants.load import load
from tests.faults.load import Played
from tests.faults.oracle import CallRow, Entry, Seen, judged, overlaps

NOON = datetime(2027, 3, 1, 12, tzinfo=UTC)
TENANT = load(TENANTS).tenants[0]
SERVICE = TENANT.services[0]
PHONE = "+491713920000"


def played(call_id: str = "call_1", phone: str = PHONE) -> Played:
    call = Call(
        call_id=call_id,
        tenant=TENANT,
        dialled=TENANT.phone_numbers[0].number,
        language="de",
        name="Sabine Krüger",
        phone=phone,
        email=None,
        does=Does.BOOKS,
        wish=Wish(service=SERVICE, staff=next(iter(SERVICE.staff)), starts_at=NOON),
        ended_at=NOON,
        lasted=timedelta(seconds=60),
        cents={"voice_engine": Decimal(6)},
        together=None,
    )
    return Played(call, "-", ids={uuid4()}, events={"call_started", "call_ended", "call_analyzed"})


def well(*calls: Played) -> Seen:
    """The world in which the first caller got the slot."""
    first = calls[0].call
    assert first.wish is not None
    return Seen(
        outcomes={message_id: "done" for each in calls for message_id in each.ids},
        calls={each.call.call_id: CallRow(TENANT.id, each.events) for each in calls},
        costs={each.call.call_id for each in calls},
        appointments=Counter([first.call_id]),
        calendar=Counter([booked_as(first.wish, first.name)]),
        taken=[Entry("jana", NOON, NOON + timedelta(hours=1))],
        texts=Counter(each.call.phone for each in calls),
        unfinished=[],
    )


def test_a_world_where_all_is_well_is_found_well() -> None:
    rivals = (played(), played("call_2", "+491713920001"))
    assert not judged(rivals, well(*rivals), poisoned=set())


@pytest.mark.parametrize(
    "gone",
    [
        {"outcomes": {}},
        {"calls": {}},
        {"calls": {"call_1": CallRow(TENANT.id, {"call_started"})}},
        {"costs": set()},
        {"appointments": Counter()},
        {"calendar": Counter()},
        {"texts": Counter()},
    ],
    ids=lambda gone: next(iter(gone)),
)
def test_what_is_gone_is_found_lost(gone: dict[str, Any]) -> None:
    call = played()
    found = judged([call], replace(well(call), **gone), poisoned=set())
    assert found.lost


def test_a_webhook_that_died_is_found_lost() -> None:
    call = played()
    died = dict.fromkeys(call.ids, "dead")
    assert judged([call], replace(well(call), outcomes=died), poisoned=set()).lost


@pytest.mark.parametrize("what", ["appointments", "calendar", "texts"])
def test_what_is_there_twice_is_found_doubled(what: str) -> None:
    call = played()
    seen = well(call)
    once: Counter[Any] = getattr(seen, what)
    twice: dict[str, Any] = {what: once + once}
    found = judged([call], replace(seen, **twice), poisoned=set())
    assert found.doubled


def test_two_rivals_who_both_got_the_slot_are_found() -> None:
    rivals = (played(), played("call_2", "+491713920001"))
    both = Counter(each.call.call_id for each in rivals)
    assert judged(rivals, replace(well(*rivals), appointments=both), poisoned=set()).doubled


def test_entries_that_overlap_are_found_even_if_a_long_one_lies_before_both() -> None:
    def entry(starts: int, ends: int, staff: str = "jana") -> Entry:
        return Entry(staff, NOON + timedelta(minutes=starts), NOON + timedelta(minutes=ends))

    assert overlaps([entry(0, 30), entry(30, 60), entry(0, 60, "mehmet")]) == []
    assert len(overlaps([entry(0, 120), entry(30, 40), entry(60, 90)])) == 2


def test_a_call_of_another_tenant_and_a_webhook_that_was_refused_are_found() -> None:
    call = played()
    other = replace(well(call), calls={"call_1": CallRow("another", call.events)})
    assert judged([call], other, poisoned=set()).other
    call.refused.append("call_ended")
    assert judged([call], well(call), poisoned=set()).other


def test_poison_that_is_not_among_the_dead_letters_is_found_lost() -> None:
    call, poison = played(), UUID(int=1)
    assert judged([call], well(call), poisoned={poison}).lost
