import asyncio
from datetime import UTC, datetime, timedelta

import aio_pika
import asyncpg
import pytest

from messages import topology
from messages.calls import CallStarted
from messages.message import id_of
from messages.publisher import Publisher
from messages.webhook import Webhook
from ops.relay import relay_outbox, relay_spool
from storage import outbox, spool
from storage.postgres import Pool, transaction
from tests.waiting import eventually

NOON = datetime(2027, 3, 1, 12, tzinfo=UTC)
AT_ONCE = timedelta()


def started(name: str) -> CallStarted:
    return CallStarted(
        message_id=id_of("started", name), call_id=name, tenant_id="salon", started_at=NOON
    )


def webhook(name: str) -> Webhook:
    return Webhook(
        message_id=id_of("webhook", name),
        provider="retell",
        endpoint="retell",
        event="call_ended",
        received_at=NOON,
        body=name.encode(),
    )


async def announce(pool: Pool, *names: str) -> None:
    async with transaction(pool, "salon") as tx:
        await outbox.put(tx, *(started(name) for name in names))


async def left(owner: asyncpg.Connection, table: str) -> int:
    count: int = await owner.fetchval(f"SELECT count(*) FROM {table}")  # noqa: S608 -- a test's
    return count


async def test_what_a_crash_left_behind_is_published_and_forgotten(
    pool: Pool, publisher: Publisher, owner: asyncpg.Connection
) -> None:
    await announce(pool, "a", "b")

    assert await relay_outbox(pool, publisher, older_than=AT_ONCE) == 2
    assert await left(owner, "outbox") == 0


async def test_young_entries_are_left_to_their_own_process(
    pool: Pool, publisher: Publisher, owner: asyncpg.Connection
) -> None:
    await announce(pool, "a")

    assert await relay_outbox(pool, publisher) == 0
    assert await left(owner, "outbox") == 1


async def test_without_rabbitmq_everything_stays(pool: Pool, owner: asyncpg.Connection) -> None:
    await announce(pool, "a")
    async with transaction(pool, None) as tx:
        await spool.put(tx, webhook("a"))

    away = Publisher("amqp://127.0.0.1:1/")
    assert await relay_outbox(pool, away, older_than=AT_ONCE) == 0
    assert await relay_spool(pool, away) == 0
    assert (await left(owner, "outbox"), await left(owner, "webhook_spool")) == (1, 1)


async def test_a_repeated_announcement_waits_once(pool: Pool, owner: asyncpg.Connection) -> None:
    await announce(pool, "a")
    await announce(pool, "a")

    assert await left(owner, "outbox") == 1


async def test_an_announcement_of_a_transaction_that_failed_is_never_made(
    pool: Pool, owner: asyncpg.Connection
) -> None:
    with pytest.raises(ConnectionError):
        async with transaction(pool, "salon") as tx:
            await outbox.put(tx, started("a"))
            raise ConnectionError

    assert await left(owner, "outbox") == 0


async def test_two_relays_do_not_send_the_same_entry(pool: Pool, publisher: Publisher) -> None:
    await announce(pool, *map(str, range(150)))

    sent = await asyncio.gather(
        *(relay_outbox(pool, publisher, older_than=AT_ONCE) for _ in range(3))
    )
    assert sum(sent) == 150


async def test_a_spooled_webhook_arrives_as_it_was_accepted(
    pool: Pool, publisher: Publisher, rabbitmq_url: str, owner: asyncpg.Connection
) -> None:
    async with transaction(pool, None) as tx:
        await spool.put(tx, webhook("a"))
        await spool.put(tx, webhook("a"))

    assert await relay_spool(pool, publisher) == 1
    assert await left(owner, "webhook_spool") == 0
    connection = await aio_pika.connect(rabbitmq_url)
    async with connection:
        queue = await (await connection.channel()).get_queue(topology.CALLS_RETELL.name)
        got = await eventually(lambda: queue.get(fail=False, no_ack=True))
    read = Webhook.of_delivery(message_id=got.message_id or "", headers=got.headers, body=got.body)
    assert read == webhook("a")
