import json
from typing import Any

import httpx
import pytest

from ops.simulators.calcom import Calcom
from ops.simulators.calcom_calendar import EventType
from ops.simulators.calcom_webhooks import Subscriber, signature

SECRET = "whsec_of_the_salon"


@pytest.fixture(autouse=True)
def _subscribed(calcom: Calcom, receiver: Any) -> None:
    calcom.subscribe(Subscriber(url=receiver.url, secret=SECRET))


def heard(receiver: Any) -> list[dict[str, Any]]:
    return [json.loads(body) for body in receiver.bodies]


async def test_the_webhook_arrives_before_the_answer(
    calcom: Calcom, calcom_http: httpx.AsyncClient, receiver: Any, wish: dict[str, Any]
) -> None:
    answered_by_then: list[int] = []

    async def look() -> None:
        answered_by_then.append(calcom.count("POST", "/v2/bookings"))

    receiver.during = look
    answer = await calcom_http.post("/v2/bookings", json=wish)

    assert answered_by_then == [0]
    assert heard(receiver)[0]["payload"]["uid"] == answer.json()["data"]["uid"]


async def test_a_webhook_is_signed_over_its_bytes(
    calcom_http: httpx.AsyncClient, receiver: Any, wish: dict[str, Any]
) -> None:
    await calcom_http.post("/v2/bookings", json=wish)

    [body], [headers] = receiver.bodies, receiver.headers
    assert headers["X-Cal-Signature-256"] == signature(body, SECRET)
    assert headers["X-Cal-Webhook-Version"] == "2021-10-20"
    assert "Krüger".encode() in body
    payload = heard(receiver)[0]["payload"]
    assert (payload["status"], payload["startTime"]) == ("ACCEPTED", "2026-11-23T09:00:00Z")
    assert payload["metadata"]["request"] == "r-1"


async def test_a_cancellation_is_told_before_it_is_written_and_without_metadata(
    calcom: Calcom, calcom_http: httpx.AsyncClient, receiver: Any, wish: dict[str, Any]
) -> None:
    uid = (await calcom_http.post("/v2/bookings", json=wish)).json()["data"]["uid"]
    seen: list[str] = []

    async def look() -> None:
        seen.append(calcom.bookings[0].status)

    receiver.during = look
    await calcom_http.post(f"/v2/bookings/{uid}/cancel", json={})

    cancelled = heard(receiver)[-1]
    assert seen == ["accepted"]
    assert cancelled["triggerEvent"] == "BOOKING_CANCELLED"
    assert cancelled["payload"]["startTime"] == "2026-11-23T09:00:00+00:00"
    assert "metadata" not in cancelled["payload"]


async def test_moving_a_booking_tells_one_event_that_names_both(
    calcom_http: httpx.AsyncClient, receiver: Any, wish: dict[str, Any]
) -> None:
    old = (await calcom_http.post("/v2/bookings", json=wish)).json()["data"]["uid"]
    to = {"start": "2026-11-23T12:00:00Z"}
    new = (await calcom_http.post(f"/v2/bookings/{old}/reschedule", json=to)).json()["data"]["uid"]

    assert [event["triggerEvent"] for event in heard(receiver)] == [
        "BOOKING_CREATED",
        "BOOKING_RESCHEDULED",
    ]
    made, moved = (event["payload"] for event in heard(receiver))
    assert (moved["uid"], moved["rescheduleUid"]) == (new, old)
    assert moved["iCalUID"] == made["iCalUID"]
    assert moved["iCalSequence"] > made["iCalSequence"]


async def test_a_booking_to_confirm_is_requested_and_then_created_or_rejected(
    calcom: Calcom,
    calcom_http: httpx.AsyncClient,
    receiver: Any,
    salon: EventType,
    wish: dict[str, Any],
) -> None:
    calcom.sell(salon.model_copy(update={"requires_confirmation": True}))
    for hour, verdict in ((9, "confirm"), (10, "decline")):
        at = {"start": f"2026-11-23T{hour:02}:00:00Z"}
        made = await calcom_http.post("/v2/bookings", json={**wish, **at})
        await calcom_http.post(f"/v2/bookings/{made.json()['data']['uid']}/{verdict}", json={})

    assert [(e["triggerEvent"], e["payload"]["metadata"]) for e in heard(receiver)] == [
        ("BOOKING_REQUESTED", {"request": "r-1"}),
        ("BOOKING_CREATED", {}),
        ("BOOKING_REQUESTED", {"request": "r-1"}),
        ("BOOKING_REJECTED", {"request": "r-1"}),
    ]


async def test_a_failing_subscriber_is_not_told_again_and_does_not_stop_the_booking(
    calcom: Calcom, calcom_http: httpx.AsyncClient, receiver: Any, wish: dict[str, Any]
) -> None:
    receiver.statuses.append(500)
    calcom.subscribe(Subscriber(url="http://127.0.0.1:1/nobody"))

    assert (await calcom_http.post("/v2/bookings", json=wish)).status_code == 201
    assert [told.statuses for told in calcom.webhooks.told] == [[500], [0]]


async def test_webhooks_get_doubled_or_lost_when_told_to(
    calcom: Calcom, calcom_http: httpx.AsyncClient, receiver: Any, wish: dict[str, Any]
) -> None:
    calcom.webhooks.copies = 2
    await calcom_http.post("/v2/bookings", json=wish)
    assert receiver.bodies[0] == receiver.bodies[1]

    await calcom_http.post("/_simulator/settings", json={"lose_next": 1})
    await calcom_http.post("/v2/bookings", json={**wish, "start": "2026-11-23T12:00:00Z"})

    assert len(receiver.bodies) == 2
    assert calcom.webhooks.told[-1].statuses == []


async def test_an_account_sees_and_hears_of_its_own_bookings_only(
    calcom: Calcom,
    calcom_http: httpx.AsyncClient,
    receiver: Any,
    salon: EventType,
    wish: dict[str, Any],
) -> None:
    stranger = salon.hosts[0].model_copy(update={"id": 70})
    other = {"id": 9, "api_key": "cal_other", "owner_id": None, "hosts": [stranger]}
    calcom.sell(salon.model_copy(update=other))
    calcom.webhooks.known.clear()
    calcom.subscribe(Subscriber(url=receiver.url, secret=SECRET, api_key="cal_other"))

    await calcom_http.post("/v2/bookings", json=wish)
    await calcom_http.post("/v2/bookings", json={**wish, "eventTypeId": 9})

    as_other = {"Authorization": "Bearer cal_other"}
    own = (await calcom_http.get("/v2/bookings", headers=as_other)).json()["data"]
    assert [booking["eventType"]["id"] for booking in own] == [9]
    assert [event["payload"]["eventTypeId"] for event in heard(receiver)] == [9]
