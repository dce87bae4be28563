"""What was agreed in a conversation, as far as it is certain; what is not goes to a person."""

from typing import Literal, TypeAlias

from pydantic import AwareDatetime, BaseModel, ConfigDict

from messages.message import TenantMessage
from messages.phones import PhoneNumber


class Guest(BaseModel):
    """The person who will come, and how she can be reached; `language` is `de` or `en`."""

    model_config = ConfigDict(frozen=True)

    name: str
    phone: PhoneNumber | None = None
    email: str | None = None
    language: str


class BookingAgreed(TenantMessage):
    """Caller and agent agreed on one service and one time; `service` and `staff` are our codes."""

    kind: Literal["transcripts.booking_agreed"] = "transcripts.booking_agreed"
    call_id: str
    service: str
    staff: str | None
    starts_at: AwareDatetime
    guest: Guest
    confidence: float


class ReviewNeeded(TenantMessage):
    """Something was said that a person must read; `reasons` are constants: `date_unclear`."""

    kind: Literal["transcripts.review_needed"] = "transcripts.review_needed"
    call_id: str
    reasons: tuple[str, ...]


class NothingAgreed(TenantMessage):
    """The call asks for nothing of us: a question, a wrong number, a voicemail."""

    kind: Literal["transcripts.nothing_agreed"] = "transcripts.nothing_agreed"
    call_id: str


Reading: TypeAlias = BookingAgreed | ReviewNeeded | NothingAgreed
