"""Rows as our processes would have left them after many calls: every promise holds for them.

Each call was told of in four webhooks, priced and read; each second one ended in an appointment,
which Cal.com told of as well.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

import asyncpg
import orjson

from messages.bookings import SlotBooked, answer_id
from messages.calls import CallAnalyzed, Direction
from messages.message import id_of
from messages.slots import Slot
from messages.transcripts import Guest
from storage.exchange_rates import Rates
from storage.tenants import TelephonyPrice
from tests.world import DENTIST, SALON, SALON_NUMBER
from workers.costs.amounts import Terms, cost_of

DAY: Final = date(2026, 11, 20)
ENDED: Final = datetime(2026, 11, 20, 12, tzinfo=UTC)
OPENS: Final = datetime(2030, 1, 1, tzinfo=UTC)
RATES: Final = Rates(day=DAY, per_euro={"USD": Decimal("1.1402"), "DKK": Decimal(1)})
TELEPHONY: Final = TelephonyPrice(per_minute=Decimal("0.0085"), currency="USD")
EVENTS: Final = ("call_inbound", "call_started", "call_ended", "call_analyzed")
CHUNK: Final = 20_000  # calls whose rows are in memory at once


@dataclass(frozen=True, slots=True, kw_only=True)
class Business:
    """Whose calls they are."""

    tenant: str
    number: str
    service: str
    staff: str
    terms: Terms


BUSINESSES: Final = tuple(
    Business(
        tenant=tenant,
        number=number,
        service=service,
        staff=staff,
        terms=Terms(currency=currency, markup_percent=Decimal(markup), telephony=TELEPHONY),
    )
    for tenant, number, service, staff, currency, markup in (
        (SALON, SALON_NUMBER, "haircut-men", "anna", "EUR", 25),
        (DENTIST, "+12125550100", "check-up", "dr-lee", "USD", 30),
    )
)

Table = dict[str, list[dict[str, Any]]]


async def write(owner: asyncpg.Connection, *, calls: int) -> None:
    """Write the history of so many calls into a database that knows the tenants."""
    await owner.copy_records_to_table(
        "exchange_rates",
        records=[(DAY, currency, rate) for currency, rate in RATES.per_euro.items()],
        columns=["rate_date", "currency", "per_euro"],
    )
    for first in range(0, calls, CHUNK):
        tables: Table = {}
        for number in range(first, min(first + CHUNK, calls)):
            for table, row in _rows(number):
                tables.setdefault(table, []).append(row)
        for table, rows in tables.items():
            await owner.copy_records_to_table(
                table, records=[tuple(row.values()) for row in rows], columns=list(rows[0])
            )


def call_id(number: int) -> str:
    """The id of the call of that number."""
    return f"call_{number:07}"


def webhook_id(number: int, event: str) -> UUID:
    """The id of a webhook of a call."""
    return id_of("retell", "retell", event, call_id(number))


def command_id(number: int) -> UUID:
    """The id of the command that books what was agreed in a call."""
    analyzed = id_of("calls.analyzed", call_id(number))
    return id_of("bookings.book_slot", id_of("transcripts.reading", analyzed))


def _rows(number: int) -> Iterator[tuple[str, dict[str, Any]]]:
    business = BUSINESSES[number % 2]
    at = ENDED + timedelta(seconds=number % 3600)
    for event in EVENTS:
        body = orjson.dumps({"event": event, "call": {"call_id": call_id(number)}})
        yield "webhook_events", _webhook(business, webhook_id(number, event), event, at, body)
    yield "calls", _call(business, number, at)
    yield "platform_costs", _cost(business, number, at)
    for handler, kind in (
        ("costs.calls.ended", "calls.ended"),
        ("costs.calls.analyzed", "calls.analyzed"),
        ("transcripts.calls.analyzed", "calls.analyzed"),
    ):
        yield "inbox", _heard(business, handler, id_of(kind, call_id(number)), at)
    if number % 4 < 2:  # each second call of each of the two
        yield from _booked(business, number, at)


def _booked(business: Business, number: int, at: datetime) -> Iterator[tuple[str, dict[str, Any]]]:
    command = command_id(number)
    appointment = id_of("appointments", command, business.staff)
    customer = id_of("customers", number)
    slot = Slot(start=OPENS + timedelta(minutes=30 * (number // 4)), minutes=30)
    guest = Guest(name="Ada", phone="+4917112345678", language="en")
    answer = SlotBooked(
        message_id=answer_id(command),
        call_id=call_id(number),
        tenant_id=business.tenant,
        answers=command,
        appointment_id=appointment,
        service=business.service,
        staff=business.staff,
        slot=slot,
        guest=guest,
    )
    whose = {"tenant_id": business.tenant, "call_id": call_id(number)}
    yield "customers", {"customer_id": customer, "tenant_id": business.tenant, "name": "Ada"}
    yield (
        "appointments",
        {
            **whose, "appointment_id": appointment, "service": business.service,
            "staff": business.staff, "starts_at": slot.start, "ends_at": slot.end,
            "customer_id": customer, "command_id": command, "source": "ringbook", "held_at": at,
            "confirmed_at": at, "calcom_uid": f"uid_{number}",
        },
    )  # fmt: skip
    yield (
        "provider_operations",
        {
            "operation_id": appointment, "tenant_id": business.tenant, "provider": "calcom",
            "operation": "create_booking", "intended_at": at, "finished_at": at, "state": "done",
            "reference": f"uid_{number}",
        },
    )  # fmt: skip
    yield (
        "booking_answers",
        {
            **whose, "command_id": command, "answer": answer.model_dump_json(), "answered_at": at
        },
    )  # fmt: skip
    yield "inbox", _heard(business, "bookings.book_slot", command, at)
    yield "inbox", _heard(business, "notifications.bookings.slot_booked", answer.message_id, at)
    yield (
        "notifications",
        {
            **whose, "notification_id": id_of("told", number), "cause_id": answer.message_id,
            "channel": "sms", "template": "slot_booked", "language": "en", "sender": "Salon",
            "recipient": "+4917112345678", "body": "see you", "written_at": at, "asked_at": at,
            "sent_at": at, "reference": f"SM{number}",
        },
    )  # fmt: skip
    created = id_of("calcom", "calcom", number)
    yield "webhook_events", _webhook(business, created, "BOOKING_CREATED", at, b"{}")


def _webhook(
    business: Business, id_: UUID, event: str, at: datetime, body: bytes
) -> dict[str, Any]:
    provider = "calcom" if event.isupper() else "retell"
    return {
        "message_id": id_, "tenant_id": business.tenant, "provider": provider,
        "endpoint": provider, "event": event, "received_at": at, "settled_at": at, "attempts": 1,
        "outcome": "done", "body": body,
    }  # fmt: skip


def _call(business: Business, number: int, at: datetime) -> dict[str, Any]:
    return {
        "call_id": call_id(number), "tenant_id": business.tenant, "direction": "inbound",
        "business_number": business.number, "started_at": at - timedelta(seconds=90),
        "ended_at": at, "lasted": timedelta(seconds=90), "analyzed_at": at + timedelta(seconds=3),
        "analysis_id": webhook_id(number, "call_analyzed"), "first_heard_at": at,
    }  # fmt: skip


def _cost(business: Business, number: int, at: datetime) -> dict[str, Any]:
    analyzed = CallAnalyzed(
        message_id=id_of("calls.analyzed", call_id(number)),
        call_id=call_id(number),
        tenant_id=business.tenant,
        direction=Direction.INBOUND,
        business_number=business.number,
        ended_at=at,
        lasted=timedelta(seconds=90),
        retell_cents=Decimal(number % 9973) / 7 if number % 7 else Decimal("12.5"),
        webhook_id=webhook_id(number, "call_analyzed"),
    )
    cost = asdict(cost_of(analyzed, business.terms, RATES))
    return {**cost, "tenant_id": business.tenant, "recorded_at": at}


def _heard(business: Business, handler: str, id_: UUID, at: datetime) -> dict[str, Any]:
    return {"handler": handler, "message_id": id_, "tenant_id": business.tenant, "heard_at": at}
