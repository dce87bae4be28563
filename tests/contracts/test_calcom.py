from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from ops.simulators.calcom import Calcom
from ops.simulators.calcom_calendar import EventType, Host
from ops.simulators.calcom_requests import (
    Asked,
    Cancel,
    CreateBooking,
    Decline,
    FindBookings,
    FindSlots,
    HoldSlot,
    Reschedule,
)
from ops.simulators.serving import listening
from ops.simulators.webhooks import client

BOOKINGS, ONE = "/v2/bookings", "/v2/bookings/{bookingUid}"
HOLDS = "/v2/slots/reservations"
API = {"/v2/slots": "2024-09-04", BOOKINGS: "2024-08-13", "/v2/event-types": "2024-06-14"}
WISH: dict[str, Any] = {
    "start": "2026-11-23T09:00:00Z",
    "eventTypeId": 1,
    "attendee": {"name": "Sabine", "timeZone": "Europe/Berlin", "email": "s@example.com"},
    "metadata": {"request": "r-1"},
}


@dataclass
class Talk:
    """Requests to the simulator, with the version that each endpoint wants."""

    http: httpx.AsyncClient

    async def __call__(
        self, method: str, path: str, *, body: Any = None, query: Any = None, status: int = 200
    ) -> Any:
        version = next(own for start, own in API.items() if path.startswith(start))
        headers = {"Authorization": "Bearer cal_key", "cal-api-version": version}
        answer = await self.http.request(method, path, json=body, params=query, headers=headers)
        assert answer.status_code == status, answer.text
        return answer.json()


@pytest.fixture
async def talk() -> AsyncIterator[Talk]:
    calcom = Calcom(now=lambda: datetime(2026, 11, 22, tzinfo=UTC))
    jana = Host(id=7, name="Jana Wolf", email="jana@salon.example")
    sold = EventType(
        id=1, slug="cut", title="Cut", length_in_minutes=60, hosts=[jana], api_key="cal_key"
    )
    asking = {"id": 2, "slug": "colour", "requires_confirmation": True}
    calcom.sell(sold, sold.model_copy(update=asking))
    async with listening(calcom) as url, client() as http:
        http.base_url = httpx.URL(url)
        yield Talk(http)


def booking_complaints(document: Any, answer: Any) -> list[str]:
    """Held against the ordinary booking alone: an answer fits several of the `oneOf` at once."""
    found: list[str] = document.complaints(document.schema("BookingOutput_2024_08_13"), answer)
    return found


async def test_every_answer_about_a_booking_is_a_booking(talk: Talk, calcom_document: Any) -> None:
    made = await talk("POST", BOOKINGS, body=WISH, status=201)
    uid = made["data"]["uid"]
    to = {"start": "2026-11-23T12:00:00Z"}
    moved = await talk("POST", f"{BOOKINGS}/{uid}/reschedule", body=to, status=201)
    shown = await talk("GET", f"{BOOKINGS}/{uid}")
    new = moved["data"]["uid"]
    why = {"cancellationReason": "ill"}
    cancelled = await talk("POST", f"{BOOKINGS}/{new}/cancel", body=why)

    for answer in (made, moved, shown, cancelled):
        assert answer["status"] == "success"
        assert booking_complaints(calcom_document, answer["data"]) == []


async def test_confirming_and_declining_answer_a_booking(talk: Talk, calcom_document: Any) -> None:
    for hour, verdict, status in ((9, "confirm", "accepted"), (11, "decline", "rejected")):
        wish = {**WISH, "eventTypeId": 2, "start": f"2026-11-23T{hour:02}:00:00Z"}
        made = await talk("POST", BOOKINGS, body=wish, status=201)
        path = f"{BOOKINGS}/{made['data']['uid']}/{verdict}"
        answer = await talk("POST", path, body={"reason": "full"})

        assert answer["data"]["status"] == status
        assert booking_complaints(calcom_document, answer["data"]) == []


async def test_a_list_of_bookings_has_the_documented_pages(
    talk: Talk, calcom_document: Any
) -> None:
    await talk("POST", BOOKINGS, body=WISH, status=201)

    listed = await talk("GET", BOOKINGS, query={"take": 1, "status": "upcoming"})

    pages = calcom_document.schema("PaginationMetaDto")
    assert calcom_document.complaints(pages, listed["pagination"]) == []
    assert [booking_complaints(calcom_document, one) for one in listed["data"]] == [[]]


async def test_event_types_are_as_documented(talk: Talk, calcom_document: Any) -> None:
    listed = await talk("GET", "/v2/event-types")

    expected = calcom_document.schema("EventTypeOutput_2024_06_14")
    one_place = calcom_document.schema("OutputIntegrationLocation_2024_06_14")
    assert len(listed["data"]) == 2
    for shown in listed["data"]:
        # What a location's `type` may be stands in prose only, so an answer fits several `oneOf`.
        [location] = shown.pop("locations")
        assert calcom_document.complaints(one_place, location) == []
        assert calcom_document.complaints(expected, {**shown, "locations": []}) == []


async def test_holds_are_as_documented(talk: Talk, calcom_document: Any) -> None:
    wish = {"eventTypeId": 1, "slotStart": WISH["start"]}
    held = await talk("POST", HOLDS, body=wish, status=201)
    uid = held["data"]["reservationUid"]
    changed = await talk("PATCH", f"{HOLDS}/{uid}", body={**wish, "reservationDuration": 9})
    shown = await talk("GET", f"{HOLDS}/{uid}")
    released = await talk("DELETE", f"{HOLDS}/{uid}")

    assert calcom_document.complaints(calcom_document.answer(HOLDS, "post", 201), held) == []
    expected = calcom_document.answer(f"{HOLDS}/{{uid}}", "patch", 200)
    assert calcom_document.complaints(expected, changed) == []
    # The document's schema for GET refers to itself; the contract says it is the reserved slot.
    slot = calcom_document.schema("ReserveSlotOutput_2024_09_04")
    assert calcom_document.complaints(slot, shown["data"]) == []
    assert released == {"status": "success"}


@pytest.mark.parametrize("fields", [{"start"}, {"start", "end"}])
async def test_slots_are_as_the_documents_example_shows(
    talk: Talk, calcom_document: Any, fields: set[str]
) -> None:
    """The document's schema says bare texts without an envelope; its example and the contract agree
    on objects within `data`, so the example is what counts."""
    wanted = "range" if "end" in fields else "time"
    query = {"eventTypeId": 1, "start": "2026-11-23", "end": "2026-11-24", "format": wanted}
    shown = await talk("GET", "/v2/slots", query={**query, "timeZone": "Europe/Berlin"})

    forms = calcom_document.answer("/v2/slots", "get", 200)["oneOf"]
    example = next(form["example"] for form in forms if wanted in form["title"].lower())
    assert shown.keys() == example.keys()
    for slots in (*shown["data"].values(), *example["data"].values()):
        assert all(slot.keys() == fields for slot in slots)
        assert all(len(slot["start"]) == len("2050-09-05T09:00:00.000+02:00") for slot in slots)


@pytest.mark.parametrize(
    ("form", "schema"),
    [
        (CreateBooking, "CreateBookingInput_2024_08_13"),
        (Reschedule, "RescheduleBookingInput_2024_08_13"),
        (Cancel, "CancelBookingInput_2024_08_13"),
        (Decline, "DeclineBookingInput_2024_08_13"),
        (HoldSlot, "ReserveSlotInput_2024_09_04"),
    ],
)
def test_bodies_have_the_documented_properties_and_no_others(
    calcom_document: Any, form: type[Asked], schema: str
) -> None:
    documented = calcom_document.schema(schema)
    taken = {field.alias for field in form.model_fields.values()}
    required = {field.alias for field in form.model_fields.values() if field.is_required()}

    of_teams = {"teamSlug", "organizationSlug"}  # not simulated
    assert taken == documented["properties"].keys() - of_teams
    assert required == set(documented.get("required", ()))


@pytest.mark.parametrize(("form", "path"), [(FindSlots, "/v2/slots"), (FindBookings, BOOKINGS)])
def test_queries_have_documented_names_only(
    calcom_document: Any, form: type[Asked], path: str
) -> None:
    documented = calcom_document.queries(path, "get")
    taken = {str(field.alias): field.is_required() for field in form.model_fields.values()}

    assert taken.items() <= documented.items()
    of_teams = {"teamSlug", "organizationSlug", "teamId", "teamsIds", "usernames"}
    assert documented.keys() - taken.keys() <= of_teams


def test_the_wish_of_these_tests_is_a_documented_body(calcom_document: Any) -> None:
    wished = calcom_document.schema("CreateBookingInput_2024_08_13")

    assert calcom_document.complaints(wished, WISH) == []
    assert calcom_document.complaints(wished, {"start": 1}) != []
