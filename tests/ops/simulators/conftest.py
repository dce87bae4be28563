"""A simulated provider of each kind that listens, and a receiver for the webhooks they send."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from aiohttp import web

from ops.simulators.calcom import Calcom
from ops.simulators.calcom_calendar import EventType, Host
from ops.simulators.serving import listening
from ops.simulators.twilio import Twilio
from ops.simulators.webhooks import client

KEY = "cal_live_salon"
MONDAY_EIGHT = datetime(2026, 11, 23, 8, tzinfo=UTC)  # nine in Berlin


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.time = MONDAY_EIGHT - timedelta(days=1)

    def __call__(self) -> datetime:
        return self.time

    def advance(self, **span: float) -> None:
        self.time += timedelta(**span)


@dataclass
class Receiver:
    """What a webhook endpoint of ours got; `during` runs before it answers."""

    url: str = ""
    bodies: list[bytes] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    during: Callable[[], Awaitable[Any]] | None = None

    async def take(self, request: web.Request) -> web.Response:
        self.bodies.append(await request.read())
        self.headers.append(dict(request.headers))
        if self.during:
            await self.during()
        return web.Response(status=self.statuses.pop(0) if self.statuses else 204)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def salon() -> EventType:
    jana = Host(id=7, name="Jana Wolf", email="jana@salon.example")
    return EventType(
        id=1, slug="cut", title="Cut", length_in_minutes=60, hosts=[jana], api_key=KEY, owner_id=7
    )


@pytest.fixture
def calcom(clock: Clock, salon: EventType) -> Calcom:
    simulator = Calcom(now=clock)
    simulator.sell(salon)
    return simulator


@pytest.fixture
async def calcom_http(calcom: Calcom) -> AsyncIterator[httpx.AsyncClient]:
    headers = {"Authorization": f"Bearer {KEY}", "cal-api-version": "2024-08-13"}
    async with listening(calcom) as url, client() as http:
        http.base_url, http.headers = httpx.URL(url), httpx.Headers(headers)
        yield http


@pytest.fixture
def twilio(clock: Clock) -> Twilio:
    return Twilio(now=clock)


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    receiver = Receiver()
    app = web.Application()
    app.router.add_post("/hook", receiver.take)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    receiver.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    yield receiver
    await runner.cleanup()


@pytest.fixture
def wish() -> dict[str, Any]:
    return {
        "start": "2026-11-23T09:00:00Z",
        "eventTypeId": 1,
        "attendee": {
            "name": "Sabine Krüger",
            "timeZone": "Europe/Berlin",
            "phoneNumber": "+4915228817386",
            "language": "de",
        },
        "metadata": {"request": "r-1"},
    }
