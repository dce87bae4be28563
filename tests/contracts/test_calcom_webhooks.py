import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from ops.simulators.calcom import Calcom
from ops.simulators.calcom_calendar import EventType, Host
from ops.simulators.calcom_webhooks import Subscriber
from ops.simulators.serving import listening
from ops.simulators.webhooks import client

PAYLOADS = Path(__file__).parents[1] / "payloads/calcom"
HEADERS = {"Authorization": "Bearer cal_key", "cal-api-version": "2024-08-13"}
NOT_SIMULATED = {
    "oneTimePassword",
    "videoCallData",
    "assignmentReason",
    "disableCancelling",
}  # secrets, conferences, round robin's reasons


async def told() -> dict[str, dict[str, Any]]:
    """One webhook of each kind, by trigger."""
    calcom = Calcom(now=lambda: datetime(2026, 11, 22, tzinfo=UTC))
    calcom.webhooks.copies = 0
    calcom.subscribe(Subscriber(url="http://127.0.0.1:1/"))
    jana = Host(id=7, name="Jana Wolf", email="jana@salon.example")
    sold = EventType(
        id=1, slug="cut", title="Cut", length_in_minutes=60, hosts=[jana], api_key="cal_key"
    )
    asking = {"id": 2, "slug": "colour", "requires_confirmation": True}
    calcom.sell(sold, sold.model_copy(update=asking))
    attendee = {"name": "Pat Lee", "timeZone": "America/New_York", "email": "pat@example.com"}
    wish: dict[str, Any] = {"start": "2026-11-23T09:00:00Z", "attendee": attendee}
    async with listening(calcom) as url, client() as http:
        made = await http.post(
            f"{url}/v2/bookings", json={**wish, "eventTypeId": 1}, headers=HEADERS
        )
        unsure = {**wish, "eventTypeId": 2, "start": "2026-11-23T14:00:00Z"}
        await http.post(f"{url}/v2/bookings", json=unsure, headers=HEADERS)
        old = f"{url}/v2/bookings/{made.json()['data']['uid']}"
        later = {"start": "2026-11-23T12:00:00Z"}
        moved = await http.post(f"{old}/reschedule", json=later, headers=HEADERS)
        new = f"{url}/v2/bookings/{moved.json()['data']['uid']}"
        await http.post(f"{new}/cancel", json={}, headers=HEADERS)
    return {one.trigger: json.loads(one.webhook.body) for one in calcom.webhooks.told}


@pytest.mark.parametrize("kind", ["created", "requested", "rescheduled", "cancelled"])
async def test_a_webhook_has_the_fields_of_the_sample_in_its_types(kind: str) -> None:
    sample = json.loads(PAYLOADS.joinpath(f"booking_{kind}.json").read_text())
    sent = (await told())[sample["triggerEvent"]]

    assert sent.keys() == sample.keys()
    ours, theirs = sent["payload"], sample["payload"]
    assert theirs.keys() - ours.keys() <= NOT_SIMULATED
    assert ours["status"] == theirs["status"]
    assert ours["organizer"].keys() == theirs["organizer"].keys()
    for name in ours.keys() & theirs.keys():
        if ours[name] is not None and theirs[name] is not None:
            assert type(ours[name]) is type(theirs[name]), name


async def test_times_are_spelled_differently_from_event_to_event() -> None:
    sent = await told()

    starts = {kind: event["payload"]["startTime"] for kind, event in sent.items()}
    assert starts == {
        "BOOKING_CREATED": "2026-11-23T09:00:00Z",
        "BOOKING_REQUESTED": "2026-11-23T14:00:00Z",
        "BOOKING_RESCHEDULED": "2026-11-23T12:00:00Z",
        "BOOKING_CANCELLED": "2026-11-23T12:00:00+00:00",
    }
