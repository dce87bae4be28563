import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

import aio_pika
import asyncpg
import pytest
from aio_pika.abc import AbstractIncomingMessage
from prometheus_client import REGISTRY

from messages import topology
from messages.message import id_of
from messages.publisher import Publisher, open_publisher
from messages.webhook import Webhook
from ops import metrics, waiting
from ops.gauges import measure_forever
from storage import spool
from storage.postgres import Pool, transaction
from tests.ingress.conftest import unreachable
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


def webhook(name: str) -> Webhook:
    return Webhook(
        message_id=id_of("spooled", name),
        provider="retell",
        endpoint="retell",
        event="call_ended",
        received_at=monday(),
        body=b"{}",
    )


@pytest.mark.usefixtures("measuring")
async def test_a_queue_that_nobody_works_on_grows_old() -> None:
    await told("oldest_seconds", WORK.name, 1.0)
    await told("depth", WORK.name, 1)


@pytest.mark.usefixtures("measuring")
async def test_what_waits_in_the_spool_is_told(pool: Pool) -> None:
    async with transaction(pool, None) as tx:
        for name in "ab":
            await spool.put(tx, webhook(name))

    await told("depth", "spool", 2)
    await told("oldest_seconds", "spool", 0.2)


async def test_tables_are_measured_although_rabbitmq_is_away(pool: Pool) -> None:
    async with transaction(pool, None) as tx:
        await spool.put(tx, webhook("a"))
    nowhere = unreachable("amqp")
    async with open_publisher(nowhere) as publisher:
        task = asyncio.create_task(measure_forever(pool, publisher, nowhere, every=0.2))
        await told("depth", "spool", 1)
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


@pytest.mark.usefixtures("measuring")
async def test_a_queue_without_consumers_is_not_ok(rabbitmq_url: str) -> None:
    async def consumers(at_least: int) -> None:
        async def seen() -> bool:
            facts = waiting.queues().facts.get(WORK.name)
            return bool(facts) and facts["consumers"] >= at_least and facts["ok"] == bool(at_least)

        await eventually(seen)

    await consumers(0)
    connection = await aio_pika.connect(rabbitmq_url)
    async with connection:
        queue = await (await connection.channel()).get_queue(WORK.name)
        await queue.consume(AbstractIncomingMessage.ack)
        await consumers(1)
    assert not waiting.queues().fine  # those of the other queues are still missing


@pytest.mark.usefixtures("measuring")
async def test_what_was_measured_a_moment_ago_is_fresh() -> None:
    metrics.MEASURED.clear()
    assert not waiting.measured().fine

    async def fresh() -> bool:
        return waiting.measured().fine

    await eventually(fresh)


@pytest.mark.usefixtures("measuring")
async def test_open_dead_letters_are_counted(owner: asyncpg.Connection) -> None:
    await owner.execute(
        """
        INSERT INTO dead_letters (dead_letter_id, message_id, queue, kind, fingerprint, error_class,
                                  error, stack, attempts, died_at, headers, body)
        SELECT gen_random_uuid(), gen_random_uuid(), 'costs.calls.ended', 'calls.ended', 'f',
               'E', '', '', 1, now(), '{}', ''
          FROM generate_series(1, 3)
        """
    )

    async def counted() -> bool:
        return bool(waiting.dead_letters().facts == 3)

    await eventually(counted)
