"""Commands to book, as tests of bookings give them."""

from datetime import UTC, datetime
from typing import Any

from messages.bookings import BookSlot
from messages.message import id_of
from messages.transcripts import Guest
from tests.world import SALON


def at(clock: str, day: str = "2027-03-02") -> datetime:
    """A time on the wall in Berlin, in winter."""
    return datetime.fromisoformat(f"{day}T{clock}+01:00").astimezone(UTC)


def wanted(caller: str = "a", **changes: Any) -> BookSlot:
    given: dict[str, Any] = {
        "message_id": id_of("test", caller),
        "call_id": f"call-{caller}",
        "tenant_id": SALON,
        "service": "haircut-women",
        "staff": "anna",
        "starts_at": at("10:00"),
        "guest": Guest(name=f"Ada {caller}", phone=f"+4915112345{ord(caller):03}", language="de"),
    }
    return BookSlot(**(given | changes))
