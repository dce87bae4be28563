import asyncio
from datetime import UTC, datetime, timedelta
from uuid import UUID

import aio_pika
import asyncpg
import pytest

from messages import topology
from messages.calls import CallStarted
from messages.lanes import Lane
from messages.message import id_of
from messages.publisher import Publisher
from messages.webhook import Webhook
from ops.relay import relay_outbox, relay_parked, relay_spool
from storage import outbox, parked, pauses, spool
from storage.parked import Parked
from storage.pauses import Scope
from storage.postgres import Duty, Pool, crossing, transaction
from tests.waiting import eventually

NOON = datetime(2027, 3, 1, 12, tzinfo=UTC)
AT_ONCE = timedelta()
SALON = Scope(tenant_id="salon")


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


async def paused(pool: Pool) -> UUID:
    async with crossing(pool, Duty.OPERATOR) as operator:
        pause_id = await pauses.begin(operator, SALON, by="anna", reason="a test")
    assert pause_id
    return pause_id


async def park(pool: Pool, pause_id: UUID, *names: str) -> None:
    for name in names:
        async with transaction(pool, "salon") as tx:
            await parked.park(
                tx,
                Parked(
                    queue=topology.COSTS_ENDED.name,
                    message_id=id_of("parked", name),
                    pause_id=pause_id,
                    correlation_id=name,
                    content_type="application/json",
                    headers={"kind": "calls.ended", "attempt": 3},
                    body=name.encode(),
                ),
            )


async def resume(pool: Pool, pause_id: UUID) -> None:
    async with crossing(pool, Duty.OPERATOR) as operator:
        await pauses.end(operator, pause_id, by="anna")


async def test_what_was_parked_goes_back_in_bulk_as_it_came(
    pool: Pool, publisher: Publisher, rabbitmq_url: str, owner: asyncpg.Connection
) -> None:
    pause_id = await paused(pool)
    await park(pool, pause_id, "a")
    assert await relay_parked(pool, publisher, ended=AT_ONCE) == 0
    await resume(pool, pause_id)

    assert await relay_parked(pool, publisher, ended=AT_ONCE) == 1
    assert await left(owner, "parked_messages") == 0
    connection = await aio_pika.connect(rabbitmq_url)
    async with connection:
        name = topology.COSTS_ENDED.queue(Lane.BULK)
        queue = await (await connection.channel()).get_queue(name)
        got = await eventually(lambda: queue.get(fail=False, no_ack=True))
    assert (got.message_id, got.correlation_id, got.body) == (str(id_of("parked", "a")), "a", b"a")
    ours = {name: value for name, value in got.headers.items() if not name.startswith("x-")}
    assert ours == {"kind": "calls.ended", "attempt": 3, "lane": "bulk"}


async def test_what_has_just_been_resumed_waits_until_all_processes_know(
    pool: Pool, publisher: Publisher
) -> None:
    pause_id = await paused(pool)
    await park(pool, pause_id, "a")
    await resume(pool, pause_id)
    assert await relay_parked(pool, publisher) == 0


async def test_two_relays_do_not_send_the_same_parked_message(
    pool: Pool, publisher: Publisher, owner: asyncpg.Connection
) -> None:
    pause_id = await paused(pool)
    await park(pool, pause_id, *map(str, range(50)))
    await resume(pool, pause_id)
    sent = await asyncio.gather(*(relay_parked(pool, publisher, ended=AT_ONCE) for _ in range(3)))
    assert sum(sent) == 50
    assert await left(owner, "parked_messages") == 0


async def test_without_rabbitmq_what_was_parked_stays(
    pool: Pool, owner: asyncpg.Connection
) -> None:
    pause_id = await paused(pool)
    await park(pool, pause_id, "a")
    await resume(pool, pause_id)
    away = Publisher("amqp://127.0.0.1:1/")
    assert await relay_parked(pool, away, ended=AT_ONCE) == 0
    assert await left(owner, "parked_messages") == 1
