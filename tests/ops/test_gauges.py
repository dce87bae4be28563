import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

import pytest
from prometheus_client import REGISTRY

from messages import topology
from messages.message import id_of
from messages.publisher import Publisher
from messages.webhook import Webhook
from ops.gauges import measure_forever
from storage import spool
from storage.postgres import Pool, transaction
from tests.waiting import eventually
from tests.world import monday

WORK = topology.CALLS_RETELL


async def told(name: str, queue: str, at_least: float) -> None:
    """Wait until the gauge says so much."""

    async def says() -> bool:
        value = REGISTRY.get_sample_value(f"ringbook_queue_{name}", {"queue": queue})
        return value is not None and value >= at_least

    await eventually(says, within=20)


@pytest.fixture
async def measuring(pool: Pool, publisher: Publisher, rabbitmq_url: str) -> AsyncIterator[None]:
    task = asyncio.create_task(measure_forever(pool, publisher, rabbitmq_url, every=0.2))
    yield
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


@pytest.mark.usefixtures("measuring")
async def test_a_queue_that_nobody_works_on_grows_old() -> None:
    await told("oldest_seconds", WORK.name, 1.0)
    await told("depth", WORK.name, 1)


@pytest.mark.usefixtures("measuring")
async def test_what_waits_in_the_spool_is_told(pool: Pool) -> None:
    async with transaction(pool, None) as tx:
        for name in "ab":
            await spool.put(
                tx,
                Webhook(
                    message_id=id_of("spooled", name),
                    provider="retell",
                    endpoint="retell",
                    event="call_ended",
                    received_at=monday(),
                    body=b"{}",
                ),
            )

    await told("depth", "spool", 2)
    await told("oldest_seconds", "spool", 0.2)
