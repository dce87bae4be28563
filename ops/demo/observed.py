"""What came of the day: read from PostgreSQL, from RabbitMQ and from the simulated providers."""

from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import aio_pika
import httpx
from aio_pika.abc import AbstractConnection

from messages import topology
from ops.demo.expected import Booked, Told
from ops.demo.system import System
from ops.simulators.webhooks import client
from storage import overview
from storage.overview import CallState, DeadLetters, NotificationState, Totals
from storage.owner import Owner, connected

NOBODY_KNOWS = "nobody knows"  # a message that a provider has, and we do not


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """The state of everything at one moment; `waiting` messages are under way.

    `calendar_webhooks` is how many Cal.com has sent.
    """

    calls: Mapping[str, CallState]
    calendar: Counter[Booked]
    calendar_webhooks: int
    told: Counter[Told]
    notifications: tuple[NotificationState, ...]
    quarantined: frozenset[str]
    dead_letters: tuple[DeadLetters, ...]
    totals: Totals
    waiting: int

    @property
    def dead(self) -> int:
        """How many messages nobody could handle."""
        return sum(alike.count for alike in self.dead_letters)

    @property
    def reviews(self) -> frozenset[str]:
        """The calls that a person must look at."""
        return frozenset(
            each.call_id
            for each in self.notifications
            if each.template == "review_needed" and each.call_id
        )


class Observer:
    """Looks at a running system as often as asked."""

    def __init__(
        self, system: System, owner: Owner, rabbitmq: AbstractConnection, http: httpx.AsyncClient
    ) -> None:
        self._simulators = system.simulators
        self._owner = owner
        self._rabbitmq = rabbitmq
        self._http = http

    async def look(self) -> Observed:
        """Everything as it is now."""
        waiting = await self._in_queues()
        calls = await overview.calls(self._owner)
        notifications = await overview.notifications(self._owner)
        totals = await overview.totals(self._owner)
        quarantined = await overview.quarantined_numbers(self._owner)
        calcom = await self._state("calcom")
        unsettled = sum(not each.settled for each in notifications)
        return Observed(
            calls={call.call_id: call for call in calls},
            calendar=_calendar(calcom),
            calendar_webhooks=len(calcom["webhooks"]),
            told=_told(await self._state("twilio"), await self._state("sendgrid"), notifications),
            notifications=tuple(notifications),
            quarantined=frozenset(quarantined),
            dead_letters=tuple(await overview.dead_letters(self._owner)),
            totals=totals,
            waiting=waiting + totals.waiting + unsettled,
        )

    async def _state(self, provider: str) -> Any:
        answer = await self._http.get(f"{self._simulators[provider]}/_simulator/state")
        return answer.raise_for_status().json()

    async def _in_queues(self) -> int:
        waiting = 0
        async with self._rabbitmq.channel() as channel:
            for name in topology.EVERY_QUEUE:
                queue = await channel.declare_queue(name, passive=True)
                waiting += queue.declaration_result.message_count or 0
        return waiting


@asynccontextmanager
async def observing(system: System) -> AsyncIterator[Observer]:
    """An observer with connections of its own."""
    async with (
        connected(system.urls.postgres) as connection,
        await aio_pika.connect(system.urls.rabbitmq) as rabbitmq,
        client() as http,
    ):
        yield Observer(system, Owner(connection), rabbitmq, http)


def _calendar(state: Any) -> Counter[Booked]:
    return Counter(
        Booked(
            booking["eventTypeId"],
            datetime.fromisoformat(booking["start"]),
            booking["attendees"][0]["name"],
        )
        for booking in state["bookings"]
        if booking["status"] == "accepted"
    )


def _told(twilio: Any, sendgrid: Any, notifications: list[NotificationState]) -> Counter[Told]:
    """What the providers have; what each is about, our row with their reference says."""
    about = {(each.channel, each.reference): each.template for each in notifications}
    texts = [("sms", each["sid"], [each["to"]]) for each in twilio["messages"]]
    mails = [("email", each["message_id"], each["to"]) for each in sendgrid["outbox"]]
    return Counter(
        Told(channel, about.get((channel, reference), NOBODY_KNOWS), recipient)
        for channel, reference, recipients in texts + mails
        for recipient in recipients
    )
