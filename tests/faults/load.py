"""Callers without end: calls of several businesses, each webhook sent until it is accepted.

What was accepted is what Ringbook answers for. A sender behaves as a provider does, only longer:
whatever is no 2xx is sent again, signed anew.
"""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from http import HTTPStatus
from random import Random
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

import httpx

from ingress.provider import webhook_of
from ingress.retell import PROVIDER
from ops.demo.day import Call, Does, Wish
from ops.demo.expected import OPENS
from ops.demo.spoken import working_day
from ops.demo.webhooks import Ingress, Post, posts_of
from ops.simulators.webhooks import Webhook
from ops.tenants.file import TenantsFile
from tests.faults.system import System

NAMES: Final = ("Sabine Krüger", "Daniel Brooks", "Harry Walsh", "Monika Bauer", "Jonas Weber")
PHONES: Final = {"DE": 491713920000, "US": 12015550100, "GB": 447700900000}
DAYS: Final = range(3, 200)  # working days from today
LAST: Final = time(16)  # the latest begin
RIVALS: Final = 0.1  # of those who book want a slot that another wants as well
ASKS: Final = 0.4  # of the callers ask something and book nothing
TRIES: Final = 200
AGAIN: Final = 0.5  # seconds between two tries


@dataclass
class Played:
    """A call, and what was accepted of it; `during` is the fault that was on when it began."""

    call: Call
    during: str
    ids: set[UUID] = field(default_factory=set)
    events: set[str] = field(default_factory=set)
    refused: list[str] = field(default_factory=list)

    @property
    def books(self) -> bool:
        """Whether an appointment was agreed, and we know it."""
        return self.call.does is Does.BOOKS and "call_analyzed" in self.events


class Load:
    """So many calls a second, until stopped; `accepted` counts requests answered with a 2xx."""

    def __init__(self, system: System, *, per_second: float, seed: int) -> None:
        self.during = "-"
        self.played: list[Played] = []
        self.accepted = 0
        self._system = system
        self._pause = 1 / per_second
        self._chance = Random(seed)
        self._wishes = wishes(system.tenants, self._chance)
        self._wanted: tuple[str, Wish] | None = None
        self._wanted_during = ""
        self._running: set[asyncio.Task[None]] = set()
        self._playing: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin, or go on."""
        self._playing = asyncio.create_task(self._play())

    async def stop(self) -> None:
        """Begin no more calls, and wait until those that began are told."""
        if self._playing:
            self._playing.cancel()
        await asyncio.gather(*self._running)

    async def _play(self) -> None:
        while True:
            call = self._call(len(self.played))
            played = Played(call, self.during)
            self.played.append(played)
            task = asyncio.create_task(self._tell(played))
            self._running.add(task)
            task.add_done_callback(self._running.discard)
            await asyncio.sleep(self._pause)

    async def _tell(self, played: Played) -> None:
        for post in posts_of(played.call, self._system.ingress, self._chance):
            await self._send(played, post)
            await asyncio.sleep(self._chance.random() * 0.2)

    async def _send(self, played: Played, post: Post) -> None:
        for _ in range(TRIES):
            webhook = post.webhook()
            status = await status_of(self._system.http, webhook)
            if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
                self.accepted += 1
                played.events.add(post.event)
                played.ids.add(id_of(self._system.ingress, webhook))
                return
            if HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR:
                break
            await asyncio.sleep(AGAIN)
        played.refused.append(post.event)

    def _call(self, number: int) -> Call:
        asks = self._chance.random() < ASKS
        if asks:
            tenant = self._chance.choice(self._system.tenants.tenants)
            wish = None
        else:
            owner, wish = self._next_wish()
            tenant = next(each for each in self._system.tenants.tenants if each.id == owner)
        seconds = self._chance.randrange(20, 200)
        now = datetime.now(UTC)
        return Call(
            call_id=f"call_fault_{number:06}",
            tenant=tenant,
            dialled=tenant.phone_numbers[0].number,
            language=tenant.language,
            name=self._chance.choice(NAMES),
            phone=f"+{PHONES[tenant.country] + number}",
            email=None,
            does=Does.ASKS if asks else Does.BOOKS,
            wish=wish,
            ended_at=now - timedelta(minutes=1),
            lasted=timedelta(seconds=seconds),
            cents={"voice_engine": Decimal(seconds) / 10},
            together=None,
        )

    def _next_wish(self) -> tuple[str, Wish]:
        # Rivals are judged together, so they belong to one fault.
        together = self._wanted_during == self.during
        if self._wanted and together and self._chance.random() < RIVALS:
            wanted, self._wanted = self._wanted, None
            return wanted
        self._wanted, self._wanted_during = next(self._wishes), self.during
        return self._wanted


def wishes(tenants: TenantsFile, chance: Random) -> Iterator[tuple[str, Wish]]:
    """Every slot of all staff once, in any order."""
    today = datetime.now(UTC).date()
    found = []
    for tenant in tenants.tenants:
        zone = ZoneInfo(tenant.time_zone)
        for member in tenant.staff:
            service = next(each for each in tenant.services if member.id in each.staff)
            for day in DAYS:
                start = datetime.combine(working_day(today, day), OPENS, zone)
                while start.time() <= LAST:
                    wish = Wish(service=service, staff=member.id, starts_at=start)
                    found.append((tenant.id, wish))
                    start += timedelta(minutes=service.minutes)
    chance.shuffle(found)
    return iter(found)


def id_of(ingress: Ingress, webhook: Webhook) -> UUID:
    """The id that the ingress gives to a request."""
    tenant = webhook.url.removeprefix(f"{ingress.address}/webhooks/retell").strip("/") or None
    named = webhook_of(PROVIDER, webhook.body, tenant=tenant, received_at=datetime.now(UTC))
    return named.message_id


async def status_of(http: httpx.AsyncClient, webhook: Webhook) -> int:
    """The status of the answer; 0 if there was none."""
    try:
        answer = await http.post(webhook.url, content=webhook.body, headers=webhook.headers)
    except httpx.HTTPError:
        return 0
    return answer.status_code
