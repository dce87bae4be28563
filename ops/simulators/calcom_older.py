"""How Cal.com answers without the right `cal-api-version`: silently as its version 2024-04-15.

The contract says only that requests and answers have another shape there; this is that shape as
far as a client must notice its mistake, not a copy of the old API.
"""

from collections.abc import Callable, Iterable
from typing import Any, Final

from ops.simulators import calcom_shapes as shapes
from ops.simulators.calcom_calendar import Booking, EventType
from ops.simulators.refusals import Refused

VERSIONS: Final = {
    "/v2/slots": "2024-09-04",
    "/v2/bookings": "2024-08-13",
    "/v2/event-types": "2024-06-14",
}


def speaks(path: str, version: str | None) -> bool:
    """Whether this request is answered in the old version."""
    return any(path.startswith(start) and version != own for start, own in VERSIONS.items())


def answer(
    method: str,
    path: str,
    bookings: Callable[[], Iterable[Booking]],
    event_types: Iterable[EventType],
) -> dict[str, Any]:
    """What the old version says to a request that was meant for the new one."""
    if path.startswith("/v2/slots"):
        raise Refused(404, f"Cannot {method} {path}")
    if path.startswith("/v2/event-types"):
        listed = [{"id": e.id, "slug": e.slug, "length": e.length_in_minutes} for e in event_types]
        return {"status": "success", "data": {"eventTypeGroups": [{"eventTypes": listed}]}}
    if method != "GET":
        missing = ["responses should not be empty", "timeZone should not be empty"]
        details = {"message": missing[0], "error": "Bad Request", "errors": missing}
        raise Refused(400, missing[0], details=details)
    found = [shapes.older_booking(booking) for booking in bookings()]
    uid = path.removeprefix("/v2/bookings").strip("/")
    if not uid:
        data = {"bookings": found, "recurringInfo": [], "nextCursor": None}
        return {"status": "success", "data": data}
    one = next((booking for booking in found if booking["uid"] == uid), None)
    if one is None:
        raise Refused(404, f"Booking with uid={uid} was not found in the database")
    return {"status": "success", "data": one}
