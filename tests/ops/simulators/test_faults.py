import asyncio
from typing import Any

import httpx
import pytest

from ops.simulators.calcom import Calcom

BOOKINGS = "/v2/bookings"


async def test_a_fault_before_the_work_does_no_work(
    calcom: Calcom, calcom_http: httpx.AsyncClient, wish: dict[str, Any]
) -> None:
    calcom.faults.plan("POST", BOOKINGS, status=500)

    failed = await calcom_http.post(BOOKINGS, json=wish)

    assert failed.json() == {"statusCode": 500, "message": "Internal Server Error"}
    assert calcom.bookings == []
    assert (await calcom_http.post(BOOKINGS, json=wish)).status_code == 201


async def test_a_fault_after_the_work_has_done_it(
    calcom: Calcom, calcom_http: httpx.AsyncClient, wish: dict[str, Any]
) -> None:
    calcom.faults.plan("POST", BOOKINGS, after=True, status=504)

    assert (await calcom_http.post(BOOKINGS, json=wish)).status_code == 504
    found = (await calcom_http.get(BOOKINGS)).json()["data"]
    assert [booking["metadata"] for booking in found] == [{"request": "r-1"}]


@pytest.mark.parametrize(("when", "made"), [("before", 0), ("after", 1)])
async def test_a_cut_connection_gives_no_answer(
    calcom: Calcom, calcom_http: httpx.AsyncClient, wish: dict[str, Any], when: str, made: int
) -> None:
    calcom.faults.plan("POST", BOOKINGS, after=when == "after", close=True)

    with pytest.raises(httpx.TransportError):
        await calcom_http.post(BOOKINGS, json=wish)

    assert len(calcom.accepted) == made


async def test_slow_work_is_done_although_the_caller_gave_up(
    calcom: Calcom, calcom_http: httpx.AsyncClient, wish: dict[str, Any]
) -> None:
    calcom.faults.plan("POST", BOOKINGS, delay_seconds=0.2)

    with pytest.raises(httpx.ReadTimeout):
        await calcom_http.post(BOOKINGS, json=wish, timeout=0.05)

    async with asyncio.timeout(2):
        while not calcom.accepted:  # noqa: ASYNC110 -- the event is the simulator's
            await asyncio.sleep(0.01)


async def test_too_many_requests_speak_the_words_of_cal_com_and_pass(
    calcom: Calcom, calcom_http: httpx.AsyncClient
) -> None:
    calcom.faults.plan(status=429, times=2)

    answers = [await calcom_http.get(BOOKINGS) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [429, 429, 200]
    assert answers[0].json()["error"]["code"] == "ThrottlerException"
    assert "Retry-After" not in answers[0].headers


async def test_a_key_over_its_budget_is_blocked_for_a_minute(
    calcom: Calcom, calcom_http: httpx.AsyncClient, clock: Any
) -> None:
    calcom.rate_limit = 2

    answers = [await calcom_http.get(BOOKINGS) for _ in range(3)]
    clock.advance(seconds=59)
    still = await calcom_http.get(BOOKINGS)
    clock.advance(seconds=1)
    fresh = await calcom_http.get(BOOKINGS)

    assert [answer.headers["X-RateLimit-Remaining-Default"] for answer in answers] == [
        "1",
        "0",
        "0",
    ]
    assert [answers[2].status_code, still.status_code, fresh.status_code] == [429, 429, 200]
    assert still.headers["X-RateLimit-Reset-Default"] == "1"


async def test_a_lagging_replica_shows_neither_the_newest_booking_nor_its_slot_as_taken(
    calcom: Calcom, calcom_http: httpx.AsyncClient, clock: Any, wish: dict[str, Any]
) -> None:
    calcom.lag_seconds = 5
    uid = (await calcom_http.post(BOOKINGS, json=wish)).json()["data"]["uid"]
    assert (await calcom_http.get(BOOKINGS)).json()["data"] == []
    assert (await calcom_http.get(f"{BOOKINGS}/{uid}")).status_code == 404
    assert (await calcom_http.post(BOOKINGS, json=wish)).status_code == 400

    clock.advance(seconds=5)

    assert [b["uid"] for b in (await calcom_http.get(BOOKINGS)).json()["data"]] == [uid]


async def test_other_processes_plan_look_and_reset_over_http(
    calcom: Calcom, calcom_http: httpx.AsyncClient, salon: Any, wish: dict[str, Any]
) -> None:
    plan = {"method": "POST", "path": "/v2/book*", "status": 418, "body": {"raw": 1}}
    await calcom_http.post("/_simulator/faults", json=[plan, {"meet": 1, "method": "POST"}])
    sold = salon.model_dump(mode="json", by_alias=True) | {"id": 3, "slug": "beard"}
    await calcom_http.post("/_simulator/event-types", json=sold)

    teapot = await calcom_http.post(BOOKINGS, json=wish)
    await calcom_http.post(BOOKINGS, json={**wish, "eventTypeId": 3})
    state = (await calcom_http.get("/_simulator/state")).json()
    await calcom_http.post("/_simulator/reset")

    assert (teapot.status_code, teapot.json()) == (418, {"raw": 1})
    assert [booking["eventType"]["slug"] for booking in state["bookings"]] == ["beard"]
    assert [seen["status"] for seen in state["requests"]] == [418, 201]
    assert calcom.bookings == []
    wrong = await calcom_http.post("/_simulator/faults", json={"paht": "/v2/*"})
    assert wrong.status_code == 400


async def test_whoever_waits_at_a_gate_in_vain_goes_on_alone(
    calcom: Calcom, calcom_http: httpx.AsyncClient
) -> None:
    calcom.faults.meet(2, patience_seconds=0.02)

    assert (await calcom_http.get(BOOKINGS)).status_code == 200
    assert calcom.faults.gate is None
