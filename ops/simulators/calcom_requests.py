"""What Cal.com accepts: the bodies and queries of its API, and its words for what it does not."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, Final, Literal, TypeVar
from zoneinfo import available_timezones

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictBool,
    StrictInt,
    StrictStr,
    ValidationError,
    model_validator,
)
from pydantic.alias_generators import to_camel

from ops.simulators.refusals import Refused

_SPOKEN: Final = (
    "ar ca de es eu he id ja lv pl ro sr th vi az cs el es-419 fi hr it km nl pt ru sv tr zh-CN bg "
    "da en et fr hu iw ko no pt-BR sk ta uk zh-TW bn"
)
LANGUAGES: Final = frozenset(_SPOKEN.split())
MOST_METADATA: Final = 50
LONGEST_KEY: Final = 40
LONGEST_VALUE: Final = 500
MOST_TAKEN: Final = 250
_PHONE: Final = re.compile(r"\+[1-9]\d{6,14}")
_EMAIL: Final = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


def _moment(value: Any) -> datetime:
    """An ISO 8601 text; without an offset it is UTC, as on Cal.com's servers."""
    if not isinstance(value, str):
        raise ValueError("must be a valid ISO 8601 date string")  # noqa: TRY004 -- pydantic's way
    parsed = datetime.fromisoformat(value)
    return parsed.replace(tzinfo=parsed.tzinfo or UTC).astimezone(UTC)


def _fitting(pattern: re.Pattern[str], complaint: str) -> AfterValidator:
    def check(text: str) -> str:
        if not pattern.fullmatch(text):
            raise ValueError(complaint)
        return text

    return AfterValidator(check)


def _known(names: frozenset[str] | set[str], complaint: str) -> AfterValidator:
    def check(text: str) -> str:
        if text not in names:
            raise ValueError(complaint)
        return text

    return AfterValidator(check)


def _small(metadata: dict[str, Any]) -> dict[str, Any]:
    if len(metadata) > MOST_METADATA:
        raise ValueError(f"must have at most {MOST_METADATA} keys")
    for key, value in metadata.items():
        if len(key) > LONGEST_KEY:
            raise ValueError(f"keys must be at most {LONGEST_KEY} characters long")
        if isinstance(value, str) and len(value) > LONGEST_VALUE:
            raise ValueError(f"values must be at most {LONGEST_VALUE} characters long")
    return metadata


Moment = Annotated[datetime, BeforeValidator(_moment)]
Zone = Annotated[StrictStr, _known(available_timezones(), "must be a valid IANA time-zone")]
Language = Annotated[StrictStr, _known(LANGUAGES, "must be a supported language")]
Phone = Annotated[StrictStr, _fitting(_PHONE, "must be a valid phone number")]
Email = Annotated[StrictStr, _fitting(_EMAIL, "must be an email")]
Order = Literal["asc", "desc"]


class Asked(BaseModel):
    """A body or query that refuses every property it does not know."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="forbid")


class Attendee(Asked):
    """Who comes. A caller without an e-mail is known by the telephone number."""

    name: StrictStr
    time_zone: Zone
    email: Email | None = None
    phone_number: Phone | None = None
    language: Language = "en"

    @model_validator(mode="after")
    def _can_be_reached(self) -> "Attendee":
        if not self.email and not self.phone_number:
            raise ValueError("must have an email or a phoneNumber")
        return self


class CreateBooking(Asked):
    """`POST /v2/bookings`, ordinary (neither recurring nor instant)."""

    start: Moment
    attendee: Attendee
    event_type_id: StrictInt | None = None
    event_type_slug: StrictStr | None = None
    username: StrictStr | None = None
    booking_fields_responses: dict[str, Any] = {}
    guests: list[Email] = []
    meeting_url: StrictStr | None = None
    location: dict[str, Any] | None = None
    metadata: Annotated[dict[str, Any], AfterValidator(_small)] = {}
    length_in_minutes: StrictInt | None = None
    routing: dict[str, Any] | None = None
    email_verification_code: StrictStr | None = None

    @model_validator(mode="after")
    def _names_one_event_type(self) -> "CreateBooking":
        return _one_event_type(self)


class Reschedule(Asked):
    """`POST /v2/bookings/{uid}/reschedule`."""

    start: Moment
    rescheduled_by: StrictStr | None = None
    rescheduling_reason: StrictStr | None = None
    email_verification_code: StrictStr | None = None


class Cancel(Asked):
    """`POST /v2/bookings/{uid}/cancel`."""

    cancellation_reason: StrictStr | None = None
    cancel_subsequent_bookings: StrictBool | None = None


class Decline(Asked):
    """`POST /v2/bookings/{uid}/decline`."""

    model_config = ConfigDict(extra="ignore")
    reason: StrictStr | None = None


class FindSlots(Asked):
    """`GET /v2/slots`."""

    start: Moment
    end: Moment
    event_type_id: int | None = None
    event_type_slug: str | None = None
    username: str | None = None
    organization_slug: str | None = None
    time_zone: Zone = "UTC"
    duration: int | None = None
    format: Literal["time", "range"] = "time"
    booking_uid_to_reschedule: str | None = None

    @model_validator(mode="after")
    def _names_one_event_type(self) -> "FindSlots":
        return _one_event_type(self)


class HoldSlot(Asked):
    """`POST /v2/slots/reservations`."""

    model_config = ConfigDict(extra="ignore")
    event_type_id: StrictInt
    slot_start: Moment
    slot_duration: StrictInt | None = None
    reservation_duration: Annotated[StrictInt, Field(ge=1)] | None = None


class FindBookings(Asked):
    """`GET /v2/bookings`; lists are separated by commas, what it does not know it drops."""

    model_config = ConfigDict(extra="ignore")
    status: str | None = None
    attendee_email: str | None = None
    attendee_name: str | None = None
    booking_uid: str | None = None
    event_type_id: str | None = None
    event_type_ids: str | None = None
    after_start: Moment | None = None
    before_end: Moment | None = None
    after_created_at: Moment | None = None
    before_created_at: Moment | None = None
    after_updated_at: Moment | None = None
    before_updated_at: Moment | None = None
    sort_start: Order | None = None
    sort_end: Order | None = None
    sort_created: Order | None = None
    sort_updated_at: Order | None = None
    take: Annotated[int, Field(ge=1, le=MOST_TAKEN)] = 100
    skip: Annotated[int, Field(ge=0)] = 0


AskedT = TypeVar("AskedT", bound=Asked)
NamesEventType = TypeVar("NamesEventType", CreateBooking, FindSlots)


def read(model: type[AskedT], given: Mapping[str, Any]) -> AskedT:
    """The request, or a 400 with Cal.com's complaints."""
    try:
        return model.model_validate(given)
    except ValidationError as unfit:
        complaints = [
            _complaint(error["type"], error["loc"], error["msg"]) for error in unfit.errors()
        ]
        details = {"message": complaints[0], "error": "Bad Request", "errors": complaints}
        raise Refused(400, complaints[0], details=details) from None


def _complaint(kind: str, place: tuple[int | str, ...], message: str) -> str:
    name = ".".join(map(str, place))
    if kind == "extra_forbidden":
        return f"property {name} should not exist"
    if kind == "missing":
        return f"{name} should not be empty"
    return f"{name} {message.removeprefix('Value error, ')}".strip()


def _one_event_type(asked: NamesEventType) -> NamesEventType:
    if asked.event_type_id is not None and (asked.event_type_slug or asked.username):
        unwanted = "eventTypeSlug" if asked.event_type_slug else "username"
        raise ValueError(f"property {unwanted} should not exist")
    if asked.event_type_id is None and not (asked.event_type_slug and asked.username):
        raise ValueError("eventTypeId or eventTypeSlug with username must be given")
    return asked
