"""The world with a clock that tests turn, tenants of any currency, and an outbox to look into."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final

import asyncpg
from aiohttp.test_utils import TestServer

from messages.publisher import Publisher
from ops.simulators.calcom import Calcom
from ops.simulators.ecb import Ecb
from ops.simulators.sendgrid import Sendgrid
from ops.simulators.simulator import Simulator
from ops.simulators.twilio import Twilio
from storage.postgres import Pool
from tests.world import World, context_of
from workers.context import Context

NOWHERE: Final = "127.0.0.1:1"  # nobody listens there: what is announced stays in the outbox


@dataclass
class Clock:
    """The time, told by the test to us and to the providers alike."""

    time: datetime

    def __call__(self) -> datetime:
        return self.time

    def turn(self, **by: float) -> None:
        self.time += timedelta(**by)


@asynccontextmanager
async def clocked_world(clock: Clock) -> AsyncIterator[World]:
    """Providers that live by this clock."""
    world = World(Calcom(), Twilio(now=clock), Sendgrid(now=clock), Ecb(now=clock))
    async with AsyncExitStack() as stack:
        for name in ("calcom", "twilio", "sendgrid", "ecb"):
            simulator: Simulator = getattr(world, name)
            server = await stack.enter_async_context(TestServer(simulator.app()))
            world.urls[name] = str(server.make_url("/"))
        yield world


@asynccontextmanager
async def process(world: World, pool: Pool, clock: Clock) -> AsyncIterator[Context]:
    """The context of a process that has just started."""
    nobody = Publisher(f"amqp://{NOWHERE}")
    async with context_of(world, pool, nobody, f"redis://{NOWHERE}", clock()) as context:
        yield replace(context, now=clock)


async def add_tenant(owner: asyncpg.Connection, tenant: str, **changed: object) -> None:
    """A business with one service and one member of staff."""
    facts = {
        "tenant_id": tenant,
        "name": "Salon Anna",
        "country": "DE",
        "currency": "EUR",
        "time_zone": "Europe/Berlin",
        "language": "de",
        "contact_email": "anna@salon.example",
        "sms_sender": "SalonAnna",
        "markup_percent": 20,
        "threshold": 0.8,
    } | changed
    places = ", ".join(f"${place}" for place in range(1, len(facts) + 1))
    await owner.execute(
        f"INSERT INTO tenants ({', '.join(facts)}) VALUES ({places})",  # noqa: S608 -- ours
        *facts.values(),
    )
    await owner.execute(
        "INSERT INTO branches (tenant_id, branch, name) VALUES ($1, 'main', 'Main')", tenant
    )
    await owner.execute(
        "INSERT INTO services (tenant_id, service, name, minutes)"
        " VALUES ($1, 'cut', 'Damenhaarschnitt', 45)",
        tenant,
    )
    await owner.execute(
        "INSERT INTO staff (tenant_id, staff, name, branch) VALUES ($1, 'mia', 'Mia', 'main')",
        tenant,
    )


async def add_number(
    owner: asyncpg.Connection, tenant: str, number: str, *, per_minute: str, currency: str
) -> None:
    """A telephone number with what its minutes cost."""
    await owner.execute(
        "INSERT INTO phone_numbers VALUES ($1, $2, 'main', $3::text::numeric, $4)",
        number,
        tenant,
        per_minute,
        currency,
    )


async def told(owner: asyncpg.Connection, kind: str) -> list[bytes]:
    """The bodies of what was announced and waits to be published."""
    rows = await owner.fetch("SELECT body FROM outbox WHERE kind = $1", kind)
    return [row["body"] for row in rows]


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)
