"""The whole system: HTTP in front, every actor behind, only the providers are simulators."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import asyncpg
import httpx
import pytest
from aiohttp import web

from ingress.app import build, runner_of
from ingress.settings import Settings as IngressSettings
from ops.archivist import archive_forever
from ops.simulators import retell
from ops.simulators.calcom_webhooks import Subscriber
from ops.simulators.sendgrid import KEY
from ops.simulators.twilio import ACCOUNT, AUTH
from storage.postgres import Pool
from tests.waiting import eventually
from tests.world import MASTER_KEYS, World, describe_tenants, simulated
from workers.app import working
from workers.settings import Settings as WorkerSettings

RETELL_KEY = "key-of-the-test"
CALCOM_SECRET = "secret-of-the-test"


@dataclass
class System:
    """A running Ringbook: post to it, look at what became true."""

    world: World
    owner: asyncpg.Connection
    http: httpx.AsyncClient
    pool: Pool

    async def hear(self, event: dict[str, Any] | bytes) -> int:
        """Post one webhook of Retell, signed; the status of the answer."""
        webhook = retell.signed(event, url="/webhooks/retell", key=RETELL_KEY)
        answer = await self.http.post(webhook.url, content=webhook.body, headers=webhook.headers)
        return answer.status_code

    async def count(self, table: str, where: str = "true") -> int:
        found: int = await self.owner.fetchval(f"SELECT count(*) FROM {table} WHERE {where}")  # noqa: S608 -- a test's
        return found

    async def has(self, number: int, table: str, where: str = "true") -> None:
        """Wait until there are so many rows."""

        async def there() -> bool:
            return await self.count(table, where) == number

        await eventually(there, within=30)

    async def settled(self) -> None:
        """Wait until nothing is announced that is not published."""
        await self.has(0, "outbox")


@pytest.fixture
async def system(
    database: str,
    pool: Pool,
    owner: asyncpg.Connection,
    rabbitmq_url: str,
    redis_url: str,
) -> AsyncIterator[System]:
    file = await describe_tenants(database)
    app = build(
        IngressSettings.model_validate(
            {
                "postgres_url": database,
                "rabbitmq_url": rabbitmq_url,
                "master_keys": MASTER_KEYS,
                "retell_webhook_keys": RETELL_KEY,
                "calcom_webhook_secrets": CALCOM_SECRET,
            }
        )
    )
    runner = runner_of(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    archiving = asyncio.create_task(archive_forever(pool, rabbitmq_url))
    async with (
        simulated(file) as world,
        httpx.AsyncClient(base_url=url) as http,
        working(
            WorkerSettings.model_validate(
                {
                    "postgres_url": database,
                    "rabbitmq_url": rabbitmq_url,
                    "redis_url": redis_url,
                    "master_keys": MASTER_KEYS,
                    "twilio_account_sid": ACCOUNT,
                    "twilio_auth_token": AUTH,
                    "sendgrid_api_key": KEY,
                    "email_sender": "post@ringbook.example",
                    "operator_email": "operator@ringbook.example",
                    "workers_port": _free_port(),
                    **{f"{name}_url": address for name, address in world.urls.items()},
                }
            )
        ),
    ):
        world.calcom.subscribe(Subscriber(url=f"{url}/webhooks/calcom", secret=CALCOM_SECRET))

        async def ready() -> bool:
            return (await http.get("/health/ready")).status_code == 200

        await eventually(ready)
        yield System(world, owner, http, pool)
    await runner.cleanup()
    archiving.cancel()
    with suppress(asyncio.CancelledError):
        await archiving


def tomorrow(clock: str, days: int = 1) -> datetime:
    """A time of one of the next working days, on the wall in Berlin (as UTC)."""
    zone = ZoneInfo("Europe/Berlin")
    day = datetime.now(zone).date()
    while days:
        day += timedelta(days=1)
        days -= day.weekday() < 5
    return datetime.fromisoformat(f"{day}T{clock}").replace(tzinfo=zone).astimezone(UTC)


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port
