import random
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import permutations
from typing import Any
from zoneinfo import ZoneInfo

from ops.simulators import retell_calls
from ops.simulators.retell_calls import Conversation
from ops.simulators.retell_talk import ToolCall
from tests.journeys.conftest import System, tomorrow
from tests.seeds import seed
from tests.world import SALON_NUMBER

EVENTS = ("call_inbound", "call_started", "call_ended", "call_analyzed")
WEEKDAYS = "Montag Dienstag Mittwoch Donnerstag Freitag Samstag Sonntag".split()
MONTHS = (
    "Januar Februar März April Mai Juni Juli August September Oktober November Dezember".split()
)


def booked_by_phone(
    name: str, start: datetime, *, number: str, service: str = "Damenhaarschnitt"
) -> Conversation:
    """A woman calls the salon, and agent and she agree on a time with Anna."""
    local = start.astimezone(ZoneInfo("Europe/Berlin"))
    day = f"{WEEKDAYS[local.weekday()]}, den {local.day}. {MONTHS[local.month - 1]}"
    clock = f"{local.hour} Uhr" + (f" {local.minute}" if local.minute else "")
    arguments = {
        "service": service,
        "staff": "Anna Vogel",
        "start": local.isoformat(),
        "customer_name": name,
        "customer_phone": number,
    }
    return Conversation(
        call_id=f"call_{name.replace(' ', '_').lower()}",
        from_number=number,
        to_number=SALON_NUMBER,
        started_at=datetime.now(local.tzinfo) - timedelta(minutes=5),
        turns=[
            ("agent", "Salon Kastanie, guten Tag, wie kann ich Ihnen helfen?"),
            ("user", f"Hallo, {name} hier, ich hätte gern einen {service} bei Anna Vogel."),
            ("agent", f"Sehr gern. Am {day} um {clock} wäre bei Anna Vogel frei. Passt Ihnen das?"),
            ("user", "Ja, das passt mir gut."),
            ToolCall("book_appointment", arguments, {"status": "confirmed"}),
            ("agent", f"Dann habe ich Sie eingetragen, {name}: {service} am {day} um {clock}."),
            ("user", "Danke schön, tschüss!"),
        ],
        duration=timedelta(seconds=86),
        costs={"voice_engine": Decimal("7.8833"), "elevenlabs_tts": Decimal("8.0266")},
        custom_analysis_data={
            "booking_made": True,
            "service": service,
            "staff_preference": "Anna Vogel",
            "appointment_date": f"{local:%Y-%m-%d}",
            "appointment_time": f"{local:%H:%M}",
            "customer_name": name,
            "customer_phone": number,
        },
    )


def webhooks(talk: Conversation) -> dict[str, dict[str, Any]]:
    return {event: getattr(retell_calls, event)(talk) for event in EVENTS}


async def test_a_signed_webhook_becomes_a_call_a_booking_a_cost_and_a_message(
    system: System,
) -> None:
    start = tomorrow("14:30")
    for said in webhooks(booked_by_phone("Sabine Krause", start, number="+4915228817386")).values():
        assert await system.hear(said) in (200, 204)

    await system.has(1, "notifications", "sent_at IS NOT NULL")
    await system.has(1, "platform_costs", "final")
    await system.settled()
    [booking] = system.world.calcom.accepted
    [sms] = system.world.twilio.messages
    assert booking.start == start
    assert booking.attendee["name"] == "Sabine Krause"
    assert sms.to == "+4915228817386"
    assert "14:30" in sms.body
    cost = await system.owner.fetchrow("SELECT * FROM platform_costs")
    assert cost is not None
    assert cost["retell_cents"] == Decimal("15.9099")
    assert cost["telephony_minutes"] == 2
    exact = (Decimal("0.159099") + Decimal("0.02")) / cost["usd_per_euro"]
    assert cost["cost_minor"] == round(exact * 100)
    assert await system.count("appointments", "confirmed_at IS NOT NULL") == 1
    assert await system.count("webhook_events", "outcome = 'done'") >= 5


async def test_in_every_order_and_repeated_a_call_has_one_of_everything(system: System) -> None:
    """24 calls, each with its webhooks in another order, each webhook one to three times."""
    chance = random.Random(seed())
    orders = list(permutations(EVENTS))
    for number, order in enumerate(orders):
        start = tomorrow(f"{9 + number % 8:02}:00", days=2 + number // 8)
        talk = booked_by_phone(f"Ada {_name(number)}", start, number=f"+49151123456{number:02}")
        said = webhooks(replace(talk, call_id=f"call_{number}"))
        deliveries = [event for event in order for _ in range(chance.randint(1, 3))]
        for event in deliveries:
            assert await system.hear(said[event]) in (200, 204)

    await system.has(24, "notifications", "sent_at IS NOT NULL")
    await system.has(24, "platform_costs", "final")
    await system.settled()
    assert await system.count("calls") == 24
    assert len(system.world.calcom.accepted) == 24
    assert len(system.world.twilio.messages) == 24
    assert len({sms.to for sms in system.world.twilio.messages}) == 24
    assert await system.count("appointments", "confirmed_at IS NOT NULL") == 24
    assert await system.count("dead_letters") == 0


def _name(number: int) -> str:
    return "".join(chr(ord("a") + int(digit)) for digit in f"{number:03}").capitalize() + "mann"


async def test_of_two_callers_who_want_one_slot_one_hears_of_others(system: System) -> None:
    start = tomorrow("10:00")
    talks = [
        booked_by_phone("Ada Lovell", start, number="+4915112345601"),
        booked_by_phone("Grace Hopp", start, number="+4915112345602"),
    ]
    for talk in talks:
        for said in webhooks(talk).values():
            await system.hear(said)

    await system.has(2, "notifications", "sent_at IS NOT NULL")
    assert len(system.world.calcom.accepted) == 1
    kinds = await system.owner.fetch("SELECT template FROM notifications ORDER BY template")
    assert [row["template"] for row in kinds] == ["slot_booked", "slot_refused"]


async def test_a_question_books_nothing_and_tells_nobody(system: System) -> None:
    talk = booked_by_phone("Ada Lovell", tomorrow("10:00"), number="+4915112345601")
    asked = replace(
        talk,
        turns=[
            ("agent", "Salon Kastanie, guten Tag!"),
            ("user", "Guten Tag, haben Sie am Samstag geöffnet?"),
            ("agent", "Ja, von neun bis achtzehn Uhr."),
            ("user", "Danke, das wollte ich nur wissen. Tschüss!"),
        ],
        custom_analysis_data={"booking_made": False},
    )
    for said in webhooks(asked).values():
        await system.hear(said)

    await system.has(1, "platform_costs", "final")
    await system.has(1, "inbox", "handler = 'transcripts.calls.analyzed'")
    await system.settled()
    assert system.world.calcom.bookings == []
    assert system.world.twilio.messages == []


async def test_a_poisoned_event_is_a_dead_letter_and_harms_nothing_else(
    system: System,
) -> None:
    assert await system.hear(b'{"event":"call_ended","call":{"call_id":"x","call_cost":7}}') == 204
    assert await system.hear({"event": "call_exploded", "call": {"call_id": "x"}}) == 204
    assert await system.hear(b'{"event": "call_ended", ') == 202

    await system.has(1, "dead_letters", "error_class = 'ValidationError'")
    await system.has(1, "webhook_events", "outcome = 'dead'")
    await system.has(1, "webhook_events", "reason = 'nobody_hears_it'")
    await system.has(1, "webhook_events", "reason = 'unreadable'")


async def test_an_unknown_number_is_reported_once_and_belongs_to_nobody(
    system: System,
) -> None:
    for name in ("Ada Lovell", "Grace Hopp"):
        talk = booked_by_phone(name, tomorrow("10:00"), number="+4915112345601")
        for said in webhooks(replace(talk, to_number="+4930999999")).values():
            await system.hear(said)

    await system.has(1, "notifications", "sent_at IS NOT NULL")
    [mail] = system.world.sendgrid.outbox
    assert "operator@ringbook.example" in mail.to
    assert await system.count("calls") == 0
    assert system.world.calcom.bookings == []
