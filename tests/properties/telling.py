"""The world outside, which tells Ringbook what happens: calendars that others use, telephones."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final
from zoneinfo import ZoneInfo

from ingress import calcom, retell, stripe
from ingress.provider import Provider, webhook_of
from messages.webhook import Webhook
from ops.simulators import retell_calls
from ops.simulators import stripe as stripe_events
from ops.simulators.calcom import Calcom
from ops.simulators.calcom_calendar import Booking
from ops.simulators.calcom_requests import Cancel, CreateBooking, Reschedule
from ops.simulators.calcom_rules import Rules
from ops.simulators.calcom_webhooks import Subscriber
from ops.simulators.retell_calls import Conversation
from ops.simulators.webhooks import stringified
from tests.properties.reference import NUMBERS
from tests.world import monday

NEEDS_A_YES: Final = 112  # Anna confirms these herself
ZERO: Final = {"combined_cost": 0}


@dataclass
class Told:
    """What was told and not yet collected; each webhook is received a second after the last."""

    begins: datetime = field(default_factory=monday)
    count: int = 0
    waiting: list[Webhook] = field(default_factory=list)

    def tell(self, provider: Provider, body: bytes, *, tenant: str | None = None) -> None:
        self.count += 1
        at = self.begins + timedelta(seconds=self.count)
        self.waiting.append(webhook_of(provider, body, tenant=tenant, received_at=at))

    def taken(self) -> list[Webhook]:
        waiting, self.waiting = self.waiting, []
        return waiting


class Calendars:
    """Cal.com, used by people; nothing that it tells is delivered, it is collected."""

    def __init__(self, simulator: Calcom, told: Told) -> None:
        simulator.now = monday
        simulator.webhooks.copies = 0
        sold = simulator.calendar.event_types
        sold[NEEDS_A_YES] = sold[NEEDS_A_YES].model_copy(update={"requires_confirmation": True})
        simulator.subscribe(Subscriber(url="collected"))
        self._simulator = simulator
        self._rules = Rules(simulator.calendar, simulator.webhooks, monday)
        self._told = told

    def with_status(self, *statuses: str) -> list[Booking]:
        return [made for made in self._simulator.bookings if made.status in statuses]

    async def book(self, event_type: int, start: datetime, *, said_to_be: str | None) -> None:
        asked: dict[str, Any] = {
            "start": start.isoformat(),
            "eventTypeId": event_type,
            "attendee": {"name": "Ada", "email": "ada@guest.example", "timeZone": "Europe/Berlin"},
            "metadata": {"ringbook_appointment": said_to_be} if said_to_be else {},
        }
        await self._rules.book(CreateBooking.model_validate(asked))

    async def move(self, made: Booking, start: datetime) -> None:
        asked = {"start": start.isoformat()}
        await self._rules.move(made.uid, Reschedule.model_validate(asked))

    async def cancel(self, made: Booking) -> None:
        await self._rules.cancel(made.uid, Cancel(), by_host=True)

    async def answer(self, made: Booking, *, yes: bool) -> None:
        await (self._rules.confirm(made.uid) if yes else self._rules.decline(made.uid, None))

    def collect(self) -> None:
        for told in self._simulator.webhooks.told:
            self._told.tell(calcom.PROVIDER, told.webhook.body)
        self._simulator.webhooks.told.clear()


def call(told: Told, number: str, *, connected: bool, cost_known_early: bool) -> None:
    """Somebody calls this number, and Retell tells of it."""
    talk = Conversation(
        call_id=f"call_{told.count}",
        from_number="+4915112345678",
        to_number=number,
        started_at=told.begins + timedelta(minutes=told.count),
        turns=[("agent", "Guten Tag!"), ("user", "Ich rufe später an.")],
        duration=timedelta(seconds=86),
        costs={"voice_engine": Decimal("15.9099")},
        connected=connected,
        disconnection_reason="user_hangup" if connected else "dial_no_answer",
    )
    events = [getattr(retell_calls, name)(talk) for name in _turns(connected=connected)]
    if not cost_known_early:
        ended = next(event for event in events if event["event"] == "call_ended")
        ended["call"] = ended["call"] | {"call_cost": ZERO, "recording_url": None}
    for event in events:
        told.tell(retell.PROVIDER, stringified(event))


def payment(told: Told) -> None:
    """Somebody pays, gets it back, and Stripe tells of both; nobody of ours hears it yet."""
    paid, refunded = (
        stripe_events.payment_intent_succeeded(told.count, amount=2500, at=told.begins),
        stripe_events.charge_refunded(told.count, amount=2500, refunded=2500, at=told.begins),
    )
    for event in (paid, refunded):
        told.tell(stripe.PROVIDER, stringified(event))


def twin_of(webhook: Webhook, told: Told) -> None:
    """The same news through another registration: of Cal.com's the bytes are others, of Retell's
    the address, and neither has the id of the first.
    """
    said = json.loads(webhook.body)
    if webhook.provider == "calcom":
        told.tell(calcom.PROVIDER, stringified(said | {"createdAt": f"twin {told.count}"}))
        return
    facts = said.get("call") or said["call_inbound"]
    told.tell(retell.PROVIDER, webhook.body, tenant=NUMBERS.get(facts["to_number"]))


def at(hour: int, zone: str) -> datetime:
    """A full hour of the day after, on the wall of that zone."""
    return datetime(2027, 3, 2, hour, tzinfo=ZoneInfo(zone))


def _turns(*, connected: bool) -> Sequence[str]:
    once_connected = ("call_started",) if connected else ()
    return ("call_inbound", *once_connected, "call_ended", "call_analyzed")
