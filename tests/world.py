"""A world to test in: the tenants of the example file, and providers that are simulators."""

import base64
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import httpx
from aiohttp.test_utils import TestServer

from messages.publisher import Publisher
from ops.simulators.calcom import Calcom
from ops.simulators.calcom_calendar import EventType, Host
from ops.simulators.ecb import Ecb
from ops.simulators.sendgrid import KEY, Sendgrid
from ops.simulators.simulator import Simulator
from ops.simulators.twilio import ACCOUNT, AUTH, Twilio
from ops.tenants.apply import apply
from ops.tenants.file import TenantsFile
from ops.tenants.load import load
from storage.postgres import Pool
from storage.redis import open_redis
from storage.secrets import KeyRing
from storage.slot_locks import SlotLocks
from workers import outgoing
from workers.clients import calcom, ecb, sendgrid, twilio
from workers.context import Context

EXAMPLE: Final = Path(__file__).parents[1] / "examples/tenants.yaml"
MASTER_KEYS: Final = "test:" + base64.b64encode(bytes(range(32))).decode()
SALON: Final = "salon-kastanie"
SALON_NUMBER: Final = "+493023125000"
DENTIST: Final = "maple-dental"


@dataclass
class World:
    """Providers that remember, and the context that handlers get."""

    calcom: Calcom
    twilio: Twilio
    sendgrid: Sendgrid
    ecb: Ecb
    urls: dict[str, str] = field(default_factory=dict)


async def describe_tenants(database: str) -> TenantsFile:
    """Put the tenants of the example file into a database."""
    file = load(EXAMPLE)
    await apply(database, KeyRing.parse(MASTER_KEYS), file, environment={})
    return file


@asynccontextmanager
async def simulated(file: TenantsFile) -> AsyncIterator[World]:
    """Simulators that know these tenants, each over HTTP."""
    world = World(Calcom(rate_limit=None), Twilio(), Sendgrid(), Ecb())
    world.calcom.sell(*_event_types(file))
    async with AsyncExitStack() as stack:
        for name in ("calcom", "twilio", "sendgrid", "ecb"):
            simulator: Simulator = getattr(world, name)
            server = await stack.enter_async_context(TestServer(simulator.app()))
            world.urls[name] = str(server.make_url("/"))
        yield world


@asynccontextmanager
async def context_of(
    world: World, pool: Pool, publisher: Publisher, redis_url: str, now: datetime
) -> AsyncIterator[Context]:
    """What handlers get, with our real clients talking to the simulators."""
    async with (
        outgoing.running(pool, publisher) as out,
        open_redis(redis_url) as redis,
        httpx.AsyncClient() as http,
    ):
        yield Context(
            pool=pool,
            outgoing=out,
            keys=KeyRing.parse(MASTER_KEYS),
            locks=SlotLocks(redis),
            calcom=calcom.Calcom(http, url=world.urls["calcom"]),
            twilio=twilio.Twilio(
                http, url=world.urls["twilio"], account_sid=ACCOUNT, auth_token=AUTH
            ),
            sendgrid=sendgrid.SendGrid(
                http, url=world.urls["sendgrid"], api_key=KEY, sender="post@ringbook.example"
            ),
            ecb=ecb.Ecb(http, url=world.urls["ecb"]),
            operator_email="operator@ringbook.example",
            now=lambda: now,
        )


def _event_types(file: TenantsFile) -> list[EventType]:
    sold: list[EventType] = []
    for owner, tenant in enumerate(file.tenants, start=1):
        hosts = {
            member.id: Host(
                id=owner * 100 + number,
                name=member.name,
                email=f"{member.id}@{tenant.id}.example",
                time_zone=tenant.time_zone,
            )
            for number, member in enumerate(tenant.staff)
        }
        sold += [
            EventType(
                id=event_type,
                slug=f"{service.id}-{staff}",
                title=service.name,
                length_in_minutes=service.minutes,
                hosts=[hosts[staff]],
                owner_id=owner,
                api_key=str(tenant.secrets.calcom_api_key).removeprefix("plain:"),
            )
            for service in tenant.services
            for staff, event_type in service.staff.items()
        ]
    return sold


def monday(clock: str = "08:00") -> datetime:
    """A Monday of a week without holidays or changes of the clock, in UTC."""
    return datetime.fromisoformat(f"2027-03-01T{clock}").replace(tzinfo=UTC)
