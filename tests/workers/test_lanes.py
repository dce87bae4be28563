"""Floods, pauses and what follows from bulk, on a real RabbitMQ and a real PostgreSQL."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import aio_pika
import asyncpg
import pytest

from messages import topology
from messages.calls import CallEnded, Direction
from messages.lanes import Lane
from messages.message import id_of
from messages.publisher import Publisher
from messages.webhook import Webhook
from ops.relay import relay_parked
from ops.simulators import retell_calls
from ops.simulators.retell_calls import Conversation
from ops.simulators.webhooks import stringified
from storage import pauses
from storage.pauses import Scope
from storage.postgres import Duty, Pool, crossing, open_pool
from tests.waiting import eventually
from tests.world import SALON, SALON_NUMBER
from workers.admission import Admission
from workers.calls import actor as calls
from workers.consumers import broker_of, consuming
from workers.context import Context
from workers.delivery import Handler
from workers.shares import FLOOR

WORK = topology.COSTS_ENDED
NOON = datetime(2027, 3, 1, 12, tzinfo=UTC)
FLOOD = 2 * FLOOR
AT_ONCE = timedelta()


def ended(tenant: str, name: object = "call") -> CallEnded:
    return CallEnded(
        message_id=id_of("test", tenant, name),
        call_id=f"{tenant}-{name}",
        tenant_id=tenant,
        direction=Direction.INBOUND,
        business_number="+493023125000",
        ended_at=NOON,
        lasted=timedelta(minutes=3),
    )


def webhook(number: str = SALON_NUMBER, **changes: Any) -> Webhook:
    talk = Conversation(
        call_id="call-1",
        from_number="+4915112345678",
        to_number=number,
        started_at=NOON,
        turns=[("user", "Ich rufe später an.")],
        duration=timedelta(seconds=86),
    )
    given = Webhook(
        message_id=id_of("retell", number),
        provider="retell",
        endpoint="retell",
        event="call_ended",
        received_at=NOON,
        body=stringified(retell_calls.call_ended(talk)),
    )
    return replace(given, **changes)


@dataclass
class System:
    """A handler that remembers what it heard in which lane, and the queues around it."""

    url: str
    pool: Pool
    publisher: Publisher
    context: Context
    heard: list[tuple[Lane, str]] = field(default_factory=list)
    last_heard: asyncio.Event = field(default_factory=asyncio.Event)
    bulk_waits: bool = False

    async def handle(self, context: Context, message: Any) -> None:
        """Ask PostgreSQL, as all handlers do. Bulk waits for `last_heard` where a test says so."""
        async with context.reader(None) as db:
            await db.value("SELECT true")
        if self.bulk_waits and context.lane is Lane.BULK:
            await self.last_heard.wait()
        self.heard.append((context.lane, message.call_id))

    def handler(self) -> Handler[Any]:
        return Handler(work=WORK, reads=CallEnded, run=self.handle)

    async def has_heard(self, times: int) -> None:
        async def heard() -> bool:
            return len(self.heard) >= times

        await eventually(heard)

    async def depth(self, queue: str) -> int:
        connection = await aio_pika.connect(self.url)
        async with connection:
            channel = await connection.channel()
            found = await channel.declare_queue(queue, passive=True)
            return found.declaration_result.message_count or 0

    async def empty(self, *left_out: str) -> bool:
        return not any(
            [await self.depth(queue) for queue in topology.EVERY_QUEUE if queue not in left_out]
        )


@pytest.fixture
def system(rabbitmq_url: str, pool: Pool, publisher: Publisher, context: Context) -> System:
    return System(rabbitmq_url, pool, publisher, context)


@asynccontextmanager
async def at_work(system: System, *handlers: Handler[Any]) -> AsyncIterator[None]:
    admission = Admission(system.pool, system.publisher)
    async with admission.informed():
        broker = broker_of(
            system.url,
            handlers or [system.handler()],
            system.context,
            system.publisher,
            admission,
        )
        async with consuming(broker):
            yield


async def pause(pool: Pool, **scope: str) -> UUID:
    async with crossing(pool, Duty.OPERATOR) as operator:
        pause_id = await pauses.begin(operator, Scope(**scope), by="anna", reason="a test")
    assert pause_id
    return pause_id


async def resume(pool: Pool, pause_id: UUID) -> None:
    async with crossing(pool, Duty.OPERATOR) as operator:
        assert await pauses.end(operator, pause_id, by="anna")


async def parked(owner: asyncpg.Connection, times: int) -> list[asyncpg.Record]:
    async def kept() -> list[asyncpg.Record] | None:
        rows = await owner.fetch("SELECT * FROM parked_messages ORDER BY parked_at")
        return rows if len(rows) == times else None

    return await eventually(kept)


async def test_a_message_overtakes_the_flood_of_another_tenant(system: System) -> None:
    """The flood is worked on afterwards, all of it, and once."""
    system.bulk_waits = True
    for number in range(FLOOD):
        await system.publisher.post(ended("loud", number).posted())
    await system.publisher.post(ended("quiet").posted())
    async with at_work(system):

        async def quiet_heard() -> bool:
            return (Lane.LIVE, "quiet-call") in system.heard

        await eventually(quiet_heard)
        system.last_heard.set()
        await system.has_heard(FLOOD + 1)
        assert await eventually(system.empty)

    assert len(system.heard) == len(set(system.heard)) == FLOOD + 1
    assert sum(lane is Lane.BULK for lane, _ in system.heard) >= FLOOR / 2


async def test_one_who_is_alone_with_its_flood_is_not_slowed_down_to_nothing(
    system: System,
) -> None:
    async with at_work(system):
        for number in range(FLOOD):
            await system.publisher.post(ended("loud", number).posted())
        await system.has_heard(FLOOD)

    assert {lane for lane, _ in system.heard} == set(Lane)


@pytest.mark.parametrize("lane", Lane)
async def test_what_follows_from_a_webhook_travels_in_its_lane(system: System, lane: Lane) -> None:
    async with at_work(system, *calls.HANDLERS):
        await system.publisher.post_webhook(webhook(lane=lane))

        async def follows() -> bool:
            return bool(await system.depth(WORK.queue(lane)))

        await eventually(follows)
        other = Lane.BULK if lane is Lane.LIVE else Lane.LIVE
        assert not await system.depth(WORK.queue(other))


async def test_what_arrives_for_a_pause_is_kept_and_delivered_once_when_it_ends(
    system: System, owner: asyncpg.Connection
) -> None:
    pause_id = await pause(system.pool, tenant_id="salon")
    async with at_work(system):
        for name in ("a", "b", "c", "a"):  # the broker delivers the first again: its ack was lost
            await system.publisher.post(ended("salon", name).posted())
        await system.publisher.post(ended("another").posted())
        await system.has_heard(1)
        assert await eventually(system.empty)
        rows = await parked(owner, 3)
        assert [row["pause_id"] for row in rows] == [pause_id] * 3
        assert {row["tenant_id"] for row in rows} == {"salon"}
        assert await relay_parked(system.pool, system.publisher, ended=AT_ONCE) == 0

    await resume(system.pool, pause_id)
    async with at_work(system):
        assert await relay_parked(system.pool, system.publisher, ended=AT_ONCE) == 3
        await system.has_heard(4)
        assert await eventually(system.empty)
        assert not await owner.fetchval("SELECT count(*) FROM parked_messages")

    assert system.heard[0] == (Lane.LIVE, "another-call")
    assert sorted(system.heard[1:]) == [(Lane.BULK, f"salon-{name}") for name in "abc"]


async def test_a_pause_uses_up_no_attempts(system: System, owner: asyncpg.Connection) -> None:
    await pause(system.pool, actor="costs")
    async with at_work(system):
        sent = ended("salon").posted()
        await system.publisher.publish(
            "", WORK.name, sent.body, message_id=str(sent.message_id), headers={"attempt": 7}
        )
        [row] = await parked(owner, 1)

    assert row["tenant_id"] is None
    assert '"attempt": 7' in row["headers"]


async def test_a_pause_of_an_actor_keeps_what_nobody_can_read(
    system: System, owner: asyncpg.Connection
) -> None:
    await pause(system.pool, actor="costs")
    async with at_work(system):
        await system.publisher.publish("", WORK.name, b"\xff{", message_id=str(id_of("x")))
        [row] = await parked(owner, 1)
    assert row["body"] == b"\xff{"


@pytest.mark.parametrize("scope", [{"actor": "calls"}, {"provider": "retell"}], ids=str)
async def test_a_pause_without_a_tenant_keeps_webhooks_that_nobody_owns(
    system: System, owner: asyncpg.Connection, scope: dict[str, str]
) -> None:
    await pause(system.pool, **scope)
    async with at_work(system, *calls.HANDLERS):
        await system.publisher.post_webhook(webhook("+4930999999"))
        await parked(owner, 1)
    assert not await owner.fetchval("SELECT count(*) FROM webhook_events")


@pytest.mark.parametrize("endpoint", ["retell", f"retell/{SALON}"])
async def test_a_pause_of_a_tenant_keeps_its_webhooks_at_either_endpoint(
    system: System, owner: asyncpg.Connection, endpoint: str
) -> None:
    pause_id = await pause(system.pool, tenant_id=SALON)
    sent = webhook(endpoint=endpoint, tenant_id=SALON if "/" in endpoint else None)
    async with at_work(system, *calls.HANDLERS):
        await system.publisher.post_webhook(sent)
        [row] = await parked(owner, 1)
        assert row["tenant_id"] == SALON
    assert not await owner.fetchval("SELECT count(*) FROM calls")

    await resume(system.pool, pause_id)
    async with at_work(system, *calls.HANDLERS):
        await relay_parked(system.pool, system.publisher, ended=AT_ONCE)

        async def done() -> Any:
            return await owner.fetchrow("SELECT * FROM webhook_events")

        row = await eventually(done)
    assert (row["outcome"], row["body"], row["received_at"]) == ("done", sent.body, NOON)


async def test_what_another_pause_holds_too_is_parked_for_that_one(
    system: System, owner: asyncpg.Connection
) -> None:
    first = await pause(system.pool, actor="costs")
    async with at_work(system):
        await system.publisher.post(ended("salon").posted())
        await parked(owner, 1)
    second = await pause(system.pool, tenant_id="salon")
    await resume(system.pool, first)
    async with at_work(system):
        assert await relay_parked(system.pool, system.publisher, ended=AT_ONCE) == 1

        async def moved() -> bool:
            kept: UUID | None = await owner.fetchval("SELECT pause_id FROM parked_messages")
            return kept == second

        await eventually(moved)
    await resume(system.pool, second)
    async with at_work(system):
        assert await relay_parked(system.pool, system.publisher, ended=AT_ONCE) == 1
        await system.has_heard(1)
    assert system.heard == [(Lane.BULK, "salon-call")]


async def test_what_cannot_be_parked_waits_in_the_retry_queue_and_uses_up_no_attempts(
    system: System, database: str
) -> None:
    await pause(system.pool, tenant_id="salon")
    async with open_pool(database) as pool:
        away = replace(system, context=replace(system.context, pool=pool))
        async with at_work(away):
            await pool.close()
            await system.publisher.post(ended("salon").posted())

            async def waits() -> bool:
                return any([await system.depth(queue) for queue in topology.LADDER[0]])

            await eventually(waits)
    assert await system.empty(*topology.LADDER[0])
