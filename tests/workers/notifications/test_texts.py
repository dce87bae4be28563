import re
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Final
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from jinja2 import UndefinedError

from messages.bookings import SlotBooked, SlotRefused
from messages.calls import CallQuarantined
from messages.slots import Slot
from messages.transcripts import Guest, ReviewNeeded
from ops.simulators.twilio_messages import segments
from storage.tenants import Catalogue, Profile, Service, StaffMember
from workers.notifications import drafts, texts
from workers.notifications.drafts import Business

BERLIN: Final = ZoneInfo("Europe/Berlin")
NEW_YORK: Final = ZoneInfo("America/New_York")
TUESDAY: Final = datetime(2026, 11, 24, 13, 30, tzinfo=UTC)
PHONE: Final = "+4915112345678"


def profile(**changed: Any) -> Profile:
    facts: dict[str, Any] = {
        "tenant_id": "salon",
        "name": "Friseursalon Müller & Töchter",
        "country": "DE",
        "currency": "EUR",
        "time_zone": "Europe/Berlin",
        "language": "de",
        "contact_email": "anna@salon.example",
        "sms_sender": "SalonAnna",
        "markup_percent": Decimal(20),
        "threshold": 0.8,
        "agent_id": None,
        "variables": {},
    }
    return Profile(**(facts | changed))


def business(**changed: Any) -> Business:
    cut = Service(
        service="cut", name="Waschen, Schneiden, Föhnen", minutes=45, aliases=(), offers=()
    )
    mia = StaffMember(staff="mia", name="Mia Großkopf")
    return Business(profile=profile(**changed), catalogue=Catalogue(services=(cut,), staff=(mia,)))


def guest(language: str = "de", **changed: Any) -> Guest:
    facts = {"name": "Ada Lovelace", "phone": PHONE, "email": None, "language": language}
    return Guest(**(facts | changed))


def booked(who: Guest, **changed: Any) -> SlotBooked:
    facts: dict[str, Any] = {
        "message_id": uuid4(),
        "tenant_id": "salon",
        "answers": uuid4(),
        "appointment_id": uuid4(),
        "service": "cut",
        "staff": "mia",
        "slot": Slot(start=TUESDAY, minutes=45),
        "guest": who,
    }
    return SlotBooked(**(facts | changed))


def refused(who: Guest, *free: datetime) -> SlotRefused:
    return SlotRefused(
        message_id=uuid4(),
        tenant_id="salon",
        answers=uuid4(),
        service="cut",
        slot=Slot(start=TUESDAY, minutes=45),
        guest=who,
        alternatives=tuple(Slot(start=start, minutes=45) for start in free),
    )


@pytest.mark.parametrize(
    ("language", "zone", "said"),
    [
        ("de", BERLIN, "Dienstag, 24. November um 14:30 Uhr"),
        ("en", BERLIN, "Tuesday, November 24 at 2:30 PM"),
        ("en", NEW_YORK, "Tuesday, November 24 at 8:30 AM"),
    ],
)
def test_a_time_is_said_as_people_say_it_where_the_business_is(
    language: str, zone: ZoneInfo, said: str
) -> None:
    assert texts.moment(TUESDAY, zone, language) == said


def test_a_booking_is_confirmed_in_german() -> None:
    (sms,) = drafts.of_booking(booked(guest("de")), business())

    assert sms.body == (
        "Friseursalon Müller & Töchter: Ihr Termin ist gebucht: Waschen, Schneiden, Föhnen"
        " bei Mia Großkopf am Dienstag, 24. November um 14:30 Uhr."
    )
    assert (sms.sender, sms.recipient, sms.language) == ("SalonAnna", PHONE, "de")


def test_a_booking_is_confirmed_in_english() -> None:
    (sms,) = drafts.of_booking(booked(guest("en")), business())

    assert sms.body == (
        "Friseursalon Müller & Töchter: Your appointment is booked: Waschen, Schneiden, Föhnen"
        " with Mia Großkopf on Tuesday, November 24 at 2:30 PM."
    )


def test_a_guest_with_an_address_gets_an_email_too() -> None:
    _, email = drafts.of_booking(booked(guest("en", email="ada@example.org")), business())

    assert email.subject == (
        "Your appointment at Friseursalon Müller & Töchter on Tuesday, November 24 at 2:30 PM"
    )
    assert "Hello Ada Lovelace," in email.body
    assert "Waschen, Schneiden, Föhnen with Mia Großkopf" in email.body
    assert "45 minutes" in email.body
    assert (email.channel, email.recipient) == ("email", "ada@example.org")


def test_a_refusal_names_what_is_free() -> None:
    free = (datetime(2026, 11, 24, 14, tzinfo=UTC), datetime(2026, 11, 25, 8, 15, tzinfo=UTC))
    (sms,) = drafts.of_refusal(refused(guest("de"), *free), business(name="Salon Anna"))

    assert sms.body == (
        "Salon Anna: Waschen, Schneiden, Föhnen am Dienstag, 24. November um 14:30 Uhr ist leider"
        " nicht mehr frei. Noch frei: Di. 24. Nov. 15:00; Mi. 25. Nov. 09:15."
        " Bitte rufen Sie uns noch einmal an."
    )


def test_a_refusal_without_alternatives_does_not_promise_any() -> None:
    (sms,) = drafts.of_refusal(refused(guest("en")), business(name="Salon Anna"))

    assert sms.body == (
        "Salon Anna: Waschen, Schneiden, Föhnen on Tuesday, November 24 at 2:30 PM is no longer"
        " free, we are sorry. Please call us again."
    )


@pytest.mark.parametrize("language", ["de", "en"])
def test_no_text_message_is_longer_than_two_segments(language: str) -> None:
    who = guest(language)
    longest = [
        *drafts.of_booking(booked(who), business()),
        *drafts.of_refusal(refused(who, TUESDAY, TUESDAY, TUESDAY), business()),
    ]

    assert [segments(sms.body) <= 2 for sms in longest] == [True, True]


def test_a_guest_of_an_unknown_language_is_written_to_in_that_of_the_business() -> None:
    (sms,) = drafts.of_booking(booked(guest("tr")), business(language="en"))

    assert sms.language == "en"


def test_what_is_not_sold_any_more_is_named_by_its_code() -> None:
    (sms,) = drafts.of_booking(booked(guest(), service="perm", staff="leo"), business())

    assert "perm bei leo" in sms.body


def test_nothing_is_escaped_in_plain_text() -> None:
    (_, email) = drafts.of_booking(
        booked(guest("en", name="Siobhán O'Neill <3", email="s@example.org")), business()
    )

    assert "Siobhán O'Neill <3" in email.body


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("de", "- Es ist nicht klar, für welchen Tag der Termin sein soll.\n- odd thing\n"),
        ("en", "- It is not clear for which day the appointment is meant.\n- odd thing\n"),
    ],
)
def test_an_owner_is_told_in_words_why_a_call_must_be_read(language: str, said: str) -> None:
    needed = ReviewNeeded(
        message_id=uuid4(), tenant_id="salon", call_id="call_7",
        reasons=("date_unclear", "odd_thing"),
    )  # fmt: skip
    (email,) = drafts.of_review(needed, profile(language=language))

    assert said in email.body
    assert "call_7" in email.body
    assert email.recipient == "anna@salon.example"


def test_every_reason_has_a_sentence_in_either_language() -> None:
    folder = Path(texts.__file__).parent / "templates"
    german, english = (
        re.findall(r'"([a-z_]+)": ".+\."', (folder / language / "reasons.jinja").read_text())
        for language in ("de", "en")
    )

    assert german == english
    assert "date_unclear" in german


@pytest.mark.parametrize(
    ("dialled", "said"),
    [("+493099999999", "The number +493099999999 was called"), (None, "without a number")],
)
def test_the_operator_is_told_which_number_is_unknown(dialled: str | None, said: str) -> None:
    heard = CallQuarantined(message_id=uuid4(), call_id="call_7", dialled=dialled)
    (email,) = drafts.of_quarantine(heard, "operator@ringbook.example")

    assert said in email.body
    assert email.subject


def test_a_fact_that_a_template_lacks_is_an_error() -> None:
    with pytest.raises(UndefinedError):
        texts.sms("slot_booked", "de", business="Salon Anna")


def test_guests_and_owners_are_written_to_in_either_language() -> None:
    folder = Path(texts.__file__).parent / "templates"
    german, english = (
        {file.name for file in (folder / language).iterdir()} for language in ("de", "en")
    )

    assert english - german == {"number_quarantined.email.txt"}  # operators read English
    assert german < english
