import asyncio
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from ops.simulators.calcom import Calcom
from ops.simulators.calcom_calendar import EventType, Host

SLOTS = {"cal-api-version": "2024-09-04"}


async def free(http: httpx.AsyncClient, **more: str) -> dict[str, Any]:
    asked = {"eventTypeId": "1", "start": "2026-11-23", "end": "2026-11-24", **more}
    answer = await http.get("/v2/slots", params=asked, headers=SLOTS)
    assert answer.status_code == 200
    data: dict[str, Any] = answer.json()["data"]
    return data


async def test_twenty_callers_at_once_get_one_slot_once(
    calcom: Calcom, calcom_http: httpx.AsyncClient, wish: dict[str, Any]
) -> None:
    calcom.faults.meet(20, "POST", "/v2/bookings")

    answers = await asyncio.gather(
        *(calcom_http.post("/v2/bookings", json=wish) for _ in range(20))
    )

    assert sorted(answer.status_code for answer in answers) == [201] + [400] * 19
    assert len(calcom.accepted) == 1
    refused = next(answer for answer in answers if answer.status_code == 400)
    assert refused.json()["error"]["message"] == (
        "User either already has booking at this time or is not available"
    )
    assert refused.headers["X-Request-Id"]


async def test_slots_are_keyed_by_the_date_in_the_zone_that_was_asked_for(
    calcom_http: httpx.AsyncClient,
) -> None:
    berlin = await free(calcom_http, timeZone="Europe/Berlin", format="range")
    auckland = await free(calcom_http, timeZone="Pacific/Auckland")

    assert berlin["2026-11-23"][0] == {
        "start": "2026-11-23T09:00:00.000+01:00",
        "end": "2026-11-23T10:00:00.000+01:00",
    }
    assert len(berlin["2026-11-23"]) == 9
    assert list(auckland) == ["2026-11-23", "2026-11-24"]


async def test_nothing_free_is_an_empty_object(calcom_http: httpx.AsyncClient) -> None:
    assert await free(calcom_http, start="2026-11-22", end="2026-11-23") == {}


async def test_a_sold_slot_is_not_offered_and_a_cancelled_one_is_again(
    calcom_http: httpx.AsyncClient, wish: dict[str, Any]
) -> None:
    booked = (await calcom_http.post("/v2/bookings", json=wish)).json()["data"]
    assert len((await free(calcom_http))["2026-11-23"]) == 8

    await calcom_http.post(f"/v2/bookings/{booked['uid']}/cancel", json={})

    assert len((await free(calcom_http))["2026-11-23"]) == 9


async def test_two_event_types_of_one_host_do_not_overlap(
    calcom: Calcom, calcom_http: httpx.AsyncClient, salon: EventType, wish: dict[str, Any]
) -> None:
    calcom.sell(salon.model_copy(update={"id": 2, "slug": "colour", "length_in_minutes": 120}))
    await calcom_http.post("/v2/bookings", json=wish)

    longer = {**wish, "eventTypeId": 2, "start": "2026-11-23T08:30:00Z"}

    assert (await calcom_http.post("/v2/bookings", json=longer)).status_code == 400


async def test_round_robin_sells_a_slot_once_for_each_host_and_returns_a_repeated_wish(
    calcom: Calcom, calcom_http: httpx.AsyncClient, salon: EventType, wish: dict[str, Any]
) -> None:
    second = Host(id=8, name="Mia Roth", email="mia@salon.example")
    calcom.sell(salon.model_copy(update={"hosts": [*salon.hosts, second]}))
    other = {**wish, "attendee": {**wish["attendee"], "phoneNumber": "+4915228817387"}}
    third = {**wish, "attendee": {**wish["attendee"], "phoneNumber": "+4915228817388"}}

    first = await calcom_http.post("/v2/bookings", json=wish)
    again = await calcom_http.post("/v2/bookings", json=wish)
    beside = await calcom_http.post("/v2/bookings", json=other)
    full = await calcom_http.post("/v2/bookings", json=third)

    assert first.json()["data"]["uid"] == again.json()["data"]["uid"]
    assert beside.json()["data"]["hosts"][0]["name"] == "Mia Roth"
    assert full.json()["error"]["message"].startswith("One of the hosts")


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"requestId": "r-1"}, "property requestId should not exist"),
        ({"responses": {}}, "property responses should not exist"),
        ({"eventTypeSlug": "cut"}, "property eventTypeSlug should not exist"),
        ({"start": "soon"}, "start Invalid isoformat string: 'soon'"),
        ({"metadata": {"k" * 41: "v"}}, "metadata keys must be at most 40 characters long"),
        ({"metadata": {"k": "v" * 501}}, "metadata values must be at most 500 characters long"),
        ({"metadata": {str(n): "v" for n in range(51)}}, "metadata must have at most 50 keys"),
        ({"lengthInMinutes": 45}, "Event type does not offer a length of 45 minutes."),
        ({"start": "2026-11-20T09:00:00Z"}, "Attempting to book a meeting in the past."),
    ],
)
async def test_a_wrong_body_is_refused_with_the_reason(
    calcom_http: httpx.AsyncClient, wish: dict[str, Any], change: dict[str, Any], complaint: str
) -> None:
    answer = await calcom_http.post("/v2/bookings", json={**wish, **change})

    assert answer.status_code == 400
    assert answer.json()["error"]["message"] == complaint


async def test_a_wrong_key_is_refused(calcom_http: httpx.AsyncClient) -> None:
    answer = await calcom_http.get("/v2/bookings", headers={"Authorization": "Bearer cal_wrong"})

    assert answer.status_code == 401
    assert answer.json()["error"]["code"] == "UnauthorizedException"


async def test_without_its_version_a_request_gets_another_shape(
    calcom_http: httpx.AsyncClient, wish: dict[str, Any]
) -> None:
    await calcom_http.post("/v2/bookings", json=wish)
    del calcom_http.headers["cal-api-version"]

    listed = await calcom_http.get("/v2/bookings")
    booked = await calcom_http.post("/v2/bookings", json=wish)

    assert listed.json()["data"]["bookings"][0]["startTime"] == "2026-11-23T09:00:00.000Z"
    assert booked.status_code == 400


async def test_a_hold_hides_the_slot_but_does_not_keep_others_from_booking_it(
    calcom_http: httpx.AsyncClient, wish: dict[str, Any]
) -> None:
    hold = {"eventTypeId": 1, "slotStart": wish["start"]}
    held = await calcom_http.post("/v2/slots/reservations", json=hold, headers=SLOTS)
    again = await calcom_http.post("/v2/slots/reservations", json=hold, headers=SLOTS)

    assert (held.status_code, again.status_code) == (201, 422)
    assert len((await free(calcom_http))["2026-11-23"]) == 8
    assert (await calcom_http.post("/v2/bookings", json=wish)).status_code == 201


async def test_a_moved_booking_is_a_new_one_and_moving_twice_names_it(
    calcom: Calcom, calcom_http: httpx.AsyncClient, wish: dict[str, Any]
) -> None:
    old = (await calcom_http.post("/v2/bookings", json=wish)).json()["data"]["uid"]
    to = {"start": "2026-11-23T09:30:00Z", "reschedulingReason": "School run"}

    moved = await calcom_http.post(f"/v2/bookings/{old}/reschedule", json=to)
    twice = await calcom_http.post(f"/v2/bookings/{old}/reschedule", json=to)

    new = moved.json()["data"]
    assert moved.status_code == 201
    assert (new["rescheduledFromUid"], new["metadata"]) == (old, {"request": "r-1"})
    assert (
        f"rescheduled already to booking with uid={new['uid']}"
        in (twice.json()["error"]["message"])
    )
    assert [b.status for b in calcom.bookings] == ["cancelled", "accepted"]
    assert calcom.accepted[0].start == datetime(2026, 11, 23, 9, 30, tzinfo=UTC)


async def test_cancelling_twice_says_so(
    calcom_http: httpx.AsyncClient, wish: dict[str, Any]
) -> None:
    uid = (await calcom_http.post("/v2/bookings", json=wish)).json()["data"]["uid"]

    first = await calcom_http.post(f"/v2/bookings/{uid}/cancel", json={"cancellationReason": "x"})
    second = await calcom_http.post(f"/v2/bookings/{uid}/cancel", json={})

    assert (first.status_code, first.json()["data"]["status"]) == (200, "cancelled")
    assert "has been cancelled already" in second.json()["error"]["message"]


async def test_bookings_are_found_by_attendee_and_time_and_come_in_pages(
    calcom_http: httpx.AsyncClient, wish: dict[str, Any]
) -> None:
    for hour in (9, 10, 11):
        at = {"start": f"2026-11-23T{hour:02}:00:00Z"}
        assert (await calcom_http.post("/v2/bookings", json={**wish, **at})).status_code == 201

    one = await calcom_http.get(
        "/v2/bookings",
        params={
            "attendeeEmail": "4915228817386@sms.cal.com",
            "afterStart": "2026-11-23T10:00:00Z",
            "beforeEnd": "2026-11-23T11:00:00Z",
        },
    )
    page = await calcom_http.get("/v2/bookings", params={"take": 2, "sortStart": "desc"})

    assert [found["start"] for found in one.json()["data"]] == ["2026-11-23T10:00:00.000Z"]
    assert [found["start"][11:13] for found in page.json()["data"]] == ["11", "10"]
    assert page.json()["pagination"]["hasNextPage"] is True
    assert (await calcom_http.get("/v2/bookings", params={"take": 251})).status_code == 400


async def test_a_pending_booking_blocks_nothing_until_it_is_confirmed(
    calcom: Calcom, calcom_http: httpx.AsyncClient, salon: EventType, wish: dict[str, Any]
) -> None:
    calcom.sell(salon.model_copy(update={"requires_confirmation": True}))
    uid = (await calcom_http.post("/v2/bookings", json=wish)).json()["data"]["uid"]
    assert len((await free(calcom_http))["2026-11-23"]) == 9

    await calcom_http.post(f"/v2/bookings/{uid}/confirm", json={})

    assert len((await free(calcom_http))["2026-11-23"]) == 8
    assert (await calcom_http.post(f"/v2/bookings/{uid}/decline", json={})).status_code == 400
