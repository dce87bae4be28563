import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import aio_pika
import asyncpg
import pytest

from messages import topology
from messages.lanes import Lane
from messages.message import id_of
from messages.notifications import SendSms
from messages.publisher import Publisher
from messages.webhook import UNREADABLE, Webhook
from ops.archivist import archive_forever
from storage.postgres import Pool
from tests.waiting import eventually

WORK = topology.CALLS_RETELL
DIED = {
    "error_class": "KeyError",
    "error": "'call'",
    "stack": "Traceback ...",
    "fingerprint": "f" * 16,
    "died_at": "2027-03-01T12:00:00+00:00",
    "attempt": 3,
    "kind": "retell.call_ended",
}


def webhook(event: str, body: bytes = b"{}") -> Webhook:
    return Webhook(
        message_id=id_of("webhook", event, body),
        provider="retell",
        endpoint="retell",
        event=event,
        received_at=datetime(2027, 3, 1, 12, tzinfo=UTC),
        body=body,
    )


@pytest.fixture
async def archivist(pool: Pool, rabbitmq_url: str) -> AsyncIterator[None]:
    task = asyncio.create_task(archive_forever(pool, rabbitmq_url))
    yield
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def bury(publisher: Publisher, dead: Webhook, **facts: Any) -> None:
    await publisher.publish(
        "",
        WORK.dead,
        dead.body,
        message_id=str(dead.message_id),
        headers={**dead.headers(), **DIED, **facts},
    )


@pytest.mark.usefixtures("archivist")
async def test_a_dead_letter_is_kept_with_everything_that_is_known(
    publisher: Publisher, owner: asyncpg.Connection
) -> None:
    await bury(publisher, webhook("call_ended", b"\x00 not json"))

    letter = await eventually(lambda: owner.fetchrow("SELECT * FROM dead_letters"))
    assert letter["queue"] == WORK.name
    assert (letter["error_class"], letter["attempts"]) == ("KeyError", 3)
    assert letter["died_at"] == datetime(2027, 3, 1, 12, tzinfo=UTC)
    assert letter["body"] == b"\x00 not json"
    archived = await owner.fetchrow("SELECT outcome, reason FROM webhook_events")
    assert archived is not None
    assert tuple(archived) == ("dead", "KeyError")


@pytest.mark.usefixtures("archivist")
async def test_the_same_death_is_kept_once(publisher: Publisher, owner: asyncpg.Connection) -> None:
    for body in (b"1", b"1", b"2"):
        await bury(publisher, webhook("call_ended", body))

    async def kept() -> bool:
        return bool(await owner.fetchval("SELECT count(*) = 2 FROM dead_letters"))

    await eventually(kept)


@pytest.mark.usefixtures("archivist")
@pytest.mark.parametrize(
    ("event", "reason"), [(UNREADABLE, "unreadable"), ("agent_renamed", "nobody_hears_it")]
)
async def test_what_nobody_hears_is_archived_as_ignored(
    publisher: Publisher, owner: asyncpg.Connection, event: str, reason: str
) -> None:
    await publisher.post_webhook(webhook(event))

    kept = await eventually(
        lambda: owner.fetchrow("SELECT event, outcome, reason FROM webhook_events")
    )
    assert tuple(kept) == (event, "ignored", reason)


@pytest.mark.usefixtures("archivist")
async def test_while_postgresql_is_out_of_reach_dead_letters_wait(
    publisher: Publisher, owner: asyncpg.Connection
) -> None:
    """Every statement of the archivist waits for this lock and gives up after five seconds."""
    async with owner.transaction():
        await owner.execute("LOCK TABLE dead_letters IN ACCESS EXCLUSIVE MODE")
        await bury(publisher, webhook("call_ended"))
        await asyncio.sleep(6)
    assert await eventually(lambda: owner.fetchrow("SELECT * FROM dead_letters"))


@pytest.mark.usefixtures("archivist")
async def test_what_is_not_ours_is_kept_all_the_same(
    publisher: Publisher, owner: asyncpg.Connection
) -> None:
    odd = {"error": "zero \0 byte", "provider": "retell", "died_at": "soon", "attempt": "two"}
    await publisher.publish("", topology.UNROUTED, b"\0", message_id="no uuid", headers=odd)
    await publisher.publish("", WORK.dead, b"\0", message_id="no uuid either", headers=odd)
    odder = {
        **DIED,
        "attempt": 2**40,
        "died_at": "2027-03-01T12:00",
        "tenant": "zero \0 byte",
        "kind": Decimal("1.5"),
        "nested": [{"when": datetime(2027, 3, 1, tzinfo=UTC)}],
    }
    body = b'{"tenant_id": "\\u0000"}'
    await publisher.publish("", WORK.dead, body, message_id=None, headers=odder)

    async def kept() -> bool:
        return bool(await owner.fetchval("SELECT count(*) = 3 FROM dead_letters"))

    await eventually(kept)
    assert await owner.fetchval("SELECT count(tenant_id) FROM dead_letters") == 0


@pytest.mark.usefixtures("archivist")
async def test_of_what_killed_its_workers_the_kind_and_the_time_are_known(
    publisher: Publisher, owner: asyncpg.Connection, rabbitmq_url: str
) -> None:
    """RabbitMQ moves it itself, and only notes where it came from and when."""
    begun = datetime.now(UTC).replace(microsecond=0)
    command = SendSms(message_id=id_of("killer"), tenant_id="salon", notification_id=id_of("n"))
    await publisher.post(command.posted(Lane.BULK))
    connection = await aio_pika.connect(rabbitmq_url)
    async with connection:
        channel = await connection.channel()
        queue = await channel.get_queue(topology.NOTIFICATIONS_SEND_SMS.queue(Lane.BULK))

        async def killed() -> asyncpg.Record | None:
            if message := await queue.get(fail=False):
                await message.reject(requeue=True)
            return await owner.fetchrow("SELECT * FROM dead_letters")

        letter = await eventually(killed)
    assert letter["queue"] == topology.NOTIFICATIONS_SEND_SMS.name
    assert letter["kind"] == "notifications.send_sms"
    assert (letter["error_class"], letter["tenant_id"]) == ("DeliveryLimit", "salon")
    assert letter["message_id"] == command.message_id
    assert begun <= letter["died_at"] <= datetime.now(UTC)
