"""The ingress as a server of its own, and the tenants that the tests describe."""

import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

import asyncpg
import httpx
import pytest
from aiohttp import web

from ingress.app import DEFAULT, Limits, build, runner_of
from ingress.settings import Settings
from messages.webhook import Webhook
from ops.simulators.webhooks import client
from storage import spool
from storage.postgres import Duty, Pool, crossing
from storage.secrets import KeyRing
from tests.ingress.senders import CALCOM_SECRET, RETELL_KEY, STRIPE_SECRET

MASTER_KEYS: Final = "one:" + "A" * 43 + "="
NUMBER: Final = "+493023125042"  # dialled in the samples

Settle = Callable[..., Settings]
Serve = Callable[..., Awaitable["Ingress"]]
Describe = Callable[..., Awaitable[None]]


@dataclass(frozen=True)
class Ingress:
    """A running ingress, and a client of it."""

    http: httpx.AsyncClient
    host: str
    port: int

    async def post(self, path: str, body: bytes, headers: dict[str, str]) -> httpx.Response:
        return await self.http.post(f"/webhooks/{path}", content=body, headers=headers)


def unreachable(scheme: str) -> str:
    """An address at which nobody listens: the kernel has just given its port to us."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return f"{scheme}://nobody:none@127.0.0.1:{taken.getsockname()[1]}/"


@pytest.fixture
def settle(database: str) -> Settle:
    """Settings with a database and, if nothing else is said, no RabbitMQ."""

    def settle(**other: Any) -> Settings:
        settings = {
            "postgres_url": database,
            "rabbitmq_url": unreachable("amqp"),
            "master_keys": MASTER_KEYS,
            "retell_webhook_keys": RETELL_KEY,
            "calcom_webhook_secrets": CALCOM_SECRET,
            "stripe_webhook_secrets": STRIPE_SECRET,
        }
        said = {name: value for name, value in (settings | other).items() if value is not None}
        return Settings.model_validate(said)

    return settle


@pytest.fixture
async def serve(settle: Settle) -> AsyncIterator[Serve]:
    """Start an ingress on a port of its own."""
    async with AsyncExitStack() as running:

        async def serve(
            *, limits: Limits = DEFAULT, idle_seconds: float = 75, **other: Any
        ) -> Ingress:
            app = build(settle(**other), limits=limits)
            return await running.enter_async_context(_serving(app, idle_seconds))

        yield serve


@asynccontextmanager
async def _serving(app: web.Application, idle_seconds: float) -> AsyncIterator[Ingress]:
    runner = runner_of(app, idle_seconds=idle_seconds)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        host, port = runner.addresses[0]
        async with client() as http:
            http.base_url = f"http://{host}:{port}"
            yield Ingress(http, host, port)
    finally:
        await runner.cleanup()


@pytest.fixture
async def ingress(serve: Serve) -> Ingress:
    """An ingress whose RabbitMQ is away, so that what it accepts can be seen in the spool."""
    return await serve()


@pytest.fixture
def spooled(pool: Pool) -> Callable[[], Awaitable[list[Webhook]]]:
    """Look what waits in the spool."""

    async def look() -> list[Webhook]:
        async with crossing(pool, Duty.RELAY) as relay:
            return await spool.oldest(relay, limit=100)

    return look


@pytest.fixture
def describe(owner: asyncpg.Connection) -> Describe:
    """Write a tenant down, or only change its secrets."""

    async def describe(tenant: str, *, number: str | None = None, **secrets: list[str]) -> None:
        await owner.execute(
            """
            INSERT INTO tenants VALUES ($1, 'Salon ' || $1, 'DE', 'EUR', 'Europe/Berlin', 'de',
                'owner@example.com', 'Salon', 20, 0.8, 'agent_' || $1,
                '{"parking": "in the yard", "language": "German"}')
            ON CONFLICT DO NOTHING
            """,
            tenant,
        )
        if number:
            await owner.execute("INSERT INTO branches VALUES ($1, 'main', 'Main')", tenant)
            await owner.execute(
                "INSERT INTO phone_numbers VALUES ($1, $2, 'main', 0.01, 'USD')", number, tenant
            )
        keys = KeyRing.parse(MASTER_KEYS)
        for name, texts in secrets.items():
            await owner.execute(
                "DELETE FROM tenant_secrets WHERE tenant_id = $1 AND name = $2", tenant, name
            )
            for position, text in enumerate(texts):
                sealed = keys.seal(text, tenant=tenant, name=name)
                await owner.execute(
                    "INSERT INTO tenant_secrets VALUES ($1, $2, $3, $4)",
                    tenant,
                    name,
                    position,
                    sealed,
                )

    return describe
