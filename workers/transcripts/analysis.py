"""The structured analysis as a witness: its fields vary, and may be stale, wrong or planted."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Final

from workers.transcripts.almanac import Almanac
from workers.transcripts.conversation import Analysis, Business
from workers.transcripts.dates import days_in
from workers.transcripts.languages.language import Language
from workers.transcripts.retell import is_true
from workers.transcripts.services import services_named
from workers.transcripts.times import clock_time, times_in
from workers.transcripts.words import fold, words_of

_NAMES: Final = (
    "customer_name",
    "patient_full_name",
    "patient_name",
    "full_name",
    "caller_name",
    "kunde",
    "kundenname",
    "name",
    "guest_name",
    "client_name",
)
_SERVICES: Final = (
    "service",
    "services",
    "service_code",
    "art",
    "leistung",
    "dienstleistung",
    "behandlung",
    "treatment",
    "service_name",
    "appointment_type",
)
_MOMENTS: Final = (
    "appointment_date_time",
    "appointment_datetime",
    "appointment_start",
    "start",
    "start_time",
    "starts_at",
    "termin",
    "datetime",
    "date_time",
    "start_iso",
    "zeitpunkt",
)
_DATES: Final = ("appointment_date", "date", "datum", "termin_datum", "day", "tag")
_TIMES: Final = ("appointment_time", "time", "uhrzeit", "termin_uhrzeit", "zeit")
_PHONES: Final = (
    "customer_phone",
    "phone",
    "phone_number",
    "telefon",
    "telefonnummer",
    "callback_number",
)
_EMAILS: Final = ("customer_email", "email", "e_mail", "mail")
_STAFF: Final = (
    "staff",
    "staff_preference",
    "stylist",
    "mitarbeiter",
    "fotograf",
    "therapist",
    "staff_code",
)
_BOOKED: Final = (
    "booking_made",
    "booking_confirmed",
    "appointment_booked",
    "booked",
    "gebucht",
    "termin_gebucht",
    "termin_vereinbart",
)


@dataclass(frozen=True, slots=True)
class Fields:
    """What a set of named fields says of an appointment, read into our types."""

    starts_at: datetime | None = None
    services: tuple[str, ...] = ()
    name: str | None = None
    staff: str | None = None
    phone: str | None = None
    email: str | None = None
    booked: bool | None = None


def fields_of(
    said: Mapping[str, object], business: Business, language: Language, called_at: datetime
) -> Fields:
    """The appointment in the fields of an analysis or in the arguments of a tool call."""
    named = {fold(str(key)).replace("-", "_"): value for key, value in said.items()}
    texts = {key: str(value).strip() for key, value in named.items() if value not in (None, "")}
    booked = next((is_true(named[key]) for key in _BOOKED if key in texts), None)
    return Fields(
        starts_at=_starts_at(texts, business, language, called_at),
        services=services_named(_first(texts, _SERVICES) or "", business),
        name=_first(texts, _NAMES),
        staff=_first(texts, _STAFF),
        phone=_first(texts, _PHONES),
        email=(_first(texts, _EMAILS) or "").lower() or None,
        booked=booked,
    )


def analysed(
    analysis: Analysis, business: Business, language: Language, called_at: datetime
) -> Fields:
    """What the analysis says."""
    return fields_of(analysis.fields, business, language, called_at)


def _first(texts: Mapping[str, str], keys: tuple[str, ...]) -> str | None:
    return next((texts[key] for key in keys if key in texts), None)


def _starts_at(
    texts: Mapping[str, str], business: Business, language: Language, called_at: datetime
) -> datetime | None:
    for said in _moments(texts):
        moment = _iso(said) or _spoken(said, business, language, called_at)
        if moment is not None:
            return _local(moment, business.zone)
    return None


def _iso(said: str) -> datetime | None:
    try:
        return datetime.fromisoformat(said)
    except ValueError:
        return None


def _moments(texts: Mapping[str, str]) -> Iterator[str]:
    whole = _first(texts, _MOMENTS)
    if whole:
        yield whole
    day, time = _first(texts, _DATES), _first(texts, _TIMES)
    if day and time:
        yield f"{day}T{time}"
        yield f"{day} {time}"


def _spoken(
    said: str, business: Business, language: Language, called_at: datetime
) -> datetime | None:
    words = words_of(said.replace(",", " , "))
    almanac = Almanac(called_at.date())
    days = [almanac.resolve(day).days for day in days_in(words, language, business.country)]
    times = [time for time in times_in(words, language, business.country) if not time.bare]
    if len(days) != 1 or len(days[0]) != 1 or len(times) != 1:
        return None
    minutes = clock_time(times[0].minutes, frozenset())
    if minutes is None:
        return None
    (day,) = days[0]
    return datetime(day.year, day.month, day.day, minutes // 60, minutes % 60, tzinfo=business.zone)


def _local(moment: datetime, zone: tzinfo) -> datetime | None:
    try:
        return moment.replace(tzinfo=zone) if moment.tzinfo is None else moment.astimezone(zone)
    except (ValueError, OverflowError):
        return None
