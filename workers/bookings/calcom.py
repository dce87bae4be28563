"""Cal.com's words about a booking, said in ours.

Only the event's name is sure to be there; times come in several spellings of one instant. Own
metadata is lost on some ways, so it is a hint and the uid is the key.
"""

from typing import Any
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field

from messages.slots import Slot
from workers.clients.calcom import OUR_ID


class CalcomPayload(BaseModel):
    """The part of a booking's payload that we read."""

    uid: str | None = None
    event_type_id: int | None = Field(None, alias="eventTypeId")
    starts_at: AwareDatetime | None = Field(None, alias="startTime")
    ends_at: AwareDatetime | None = Field(None, alias="endTime")
    replaces: str | None = Field(None, alias="rescheduleUid")
    old_starts_at: AwareDatetime | None = Field(None, alias="rescheduleStartTime")
    old_ends_at: AwareDatetime | None = Field(None, alias="rescheduleEndTime")
    seat: str | None = Field(None, alias="attendeeSeatId")
    metadata: dict[str, Any] | None = None

    @property
    def appointment(self) -> UUID | None:
        """Our id of the appointment, if the booking is ours and still says so.

        Metadata can be written by whoever books: what is no id says nothing.
        """
        said = (self.metadata or {}).get(OUR_ID)
        try:
            return UUID(said) if isinstance(said, str) else None
        except ValueError:
            return None

    @property
    def slot(self) -> Slot | None:
        """When it is."""
        return _slot(self.starts_at, self.ends_at)

    @property
    def old_slot(self) -> Slot | None:
        """When it was, before it was moved."""
        return _slot(self.old_starts_at, self.old_ends_at)


class CalcomEvent(BaseModel):
    """One webhook of Cal.com."""

    payload: CalcomPayload = CalcomPayload()


def _slot(start: AwareDatetime | None, end: AwareDatetime | None) -> Slot | None:
    if start is None or end is None or end <= start:
        return None
    return Slot(start=start, minutes=max(int((end - start).total_seconds() // 60), 1))
