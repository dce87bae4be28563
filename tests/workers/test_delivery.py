"""Second chances, on a real RabbitMQ: what the broker does with us cannot be faked."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import aio_pika
import asyncpg
import pytest
from aio_pika import IncomingMessage
from aio_pika.abc import AbstractIncomingMessage
from faststream.rabbit.message import RabbitMessage

from messages import topology
from messages.calls import CallEnded, Direction
from messages.lanes import Lane
from messages.message import id_of
from messages.publisher import TIMEOUT, BrokerUnavailable, Publisher
from messages.webhook import Webhook
from ops.dead_letters.deaths import dead_letter_of
from tests.waiting import eventually
from workers import delivery as delivery_module
from workers import moves
from workers.admission import Admission
from workers.clients.errors import ProviderRefused, ProviderUnanswered, ProviderUnavailable
from workers.consumers import broker_of, consuming
from workers.context import Context
from workers.delivery import Delivery, Handler
from workers.errors import NotYet
from workers.moves import retry_queue
from workers.turns import PATIENCE, Turns

WORK = topology.COSTS_ENDED


def call_ended(name: str = "call-1") -> CallEnded:
    return CallEnded(
        message_id=id_of("test", name),
        call_id=name,
        tenant_id="salon-kastanie",
        direction=Direction.INBOUND,
        business_number="+493023125000",
        ended_at=datetime(2027, 3, 1, tzinfo=UTC),
        lasted=timedelta(minutes=3),
    )


@dataclass
class System:
    """A handler that does what the test says, and the queues around it."""

    url: str
    publisher: Publisher
    heard: list[Any] = field(default_factory=list)
    answer: Callable[[], Awaitable[None]] | None = None

    async def handle(self, _: Context, message: Any) -> None:
        self.heard.append(message)
        if self.answer:
            await self.answer()

    async def has_heard(self, times: int) -> None:
        async def heard() -> bool:
            return len(self.heard) == times

        await eventually(heard)

    async def taken_from(self, *queues: str) -> AbstractIncomingMessage:
        """The next message of one of these queues, which is then gone from there."""
        connection = await aio_pika.connect(self.url)
        async with connection:
            channel = await connection.channel()
            sources = [await channel.get_queue(queue) for queue in queues]

            async def taken() -> AbstractIncomingMessage | None:
                for source in sources:
                    if found := await source.get(fail=False, no_ack=True):
                        return found
                return None

            return await eventually(taken)

    async def depth(self, queue: str) -> int:
        connection = await aio_pika.connect(self.url)
        async with connection:
            channel = await connection.channel()
            found = await channel.declare_queue(queue, passive=True)
            return found.declaration_result.message_count or 0


@pytest.fixture
def system(rabbitmq_url: str, publisher: Publisher) -> System:
    return System(rabbitmq_url, publisher)


@asynccontextmanager
async def at_work(
    system: System, context: Context, handler: Handler[Any], publisher: Publisher | None = None
) -> AsyncIterator[None]:
    broker = broker_of(
        system.url,
        [handler],
        context,
        publisher or system.publisher,
        Admission(context.pool, system.publisher),
    )
    async with consuming(broker):
        yield


def handler_of(system: System, **changes: Any) -> Handler[Any]:
    return replace(Handler(work=WORK, reads=CallEnded, run=system.handle), **changes)


def raising(*errors: BaseException) -> Callable[[], Awaitable[None]]:
    """Fail once with each of these, and then no more."""
    left = list(errors)

    async def fail() -> None:
        if left:
            raise left.pop(0)

    return fail


async def test_a_message_is_read_as_what_it_was(system: System, context: Context) -> None:
    sent = call_ended()
    async with at_work(system, context, handler_of(system)):
        await system.publisher.post(sent.posted())
        await system.has_heard(1)

    assert system.heard == [sent]
    assert await system.depth(WORK.name) == 0


async def test_a_webhook_arrives_with_its_bytes_and_what_was_noted(
    system: System, context: Context
) -> None:
    sent = Webhook(
        message_id=id_of("webhook"),
        provider="retell",
        endpoint="retell/salon-kastanie",
        event="call_ended",
        received_at=datetime(2027, 3, 1, 12, tzinfo=UTC),
        body='{"event": "call_ended",  "grüße": 1e-7}'.encode(),
        tenant_id="salon-kastanie",
        traceparent="00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    )
    handler = handler_of(system, work=topology.CALLS_RETELL, reads=Webhook)
    async with at_work(system, context, handler):
        await system.publisher.post_webhook(sent)
        await system.has_heard(1)

    assert system.heard == [sent]


@pytest.mark.parametrize(
    "trouble",
    [
        ProviderUnavailable("calcom", "status 429"),
        ProviderUnanswered("calcom", "status 503"),
        NotYet("in other hands"),
        TimeoutError(),
        asyncpg.DeadlockDetectedError("deadlock detected"),
    ],
    ids=lambda trouble: type(trouble).__name__,
)
async def test_what_may_pass_by_itself_waits_in_the_retry_queue(
    system: System, context: Context, trouble: Exception
) -> None:
    system.answer = raising(trouble)
    async with at_work(system, context, handler_of(system)):
        sent = call_ended().posted()
        await system.publisher.post(sent)
        waiting = await system.taken_from(*topology.LADDER[0])

    assert waiting.headers["attempt"] == 2
    assert waiting.routing_key == WORK.name
    assert (waiting.body, waiting.message_id) == (sent.body, str(sent.message_id))
    assert await system.depth(WORK.dead) == 0


AWAY = (
    ConnectionRefusedError("nobody listens"),
    asyncpg.CannotConnectNowError("the database system is starting up"),
    asyncpg.InterfaceError("connection is closed"),
)


@pytest.mark.parametrize("away", AWAY, ids=lambda away: type(away).__name__)
async def test_a_message_is_held_while_postgres_is_away_and_goes_on_as_soon_as_it_is_back(
    system: System, context: Context, away: Exception
) -> None:
    system.answer = raising(away, away)
    async with at_work(system, context, handler_of(system)):
        await system.publisher.post(call_ended().posted())
        await system.has_heard(3)

    for queue in topology.DELAYS:
        assert await system.depth(queue) == 0


async def test_a_long_outage_of_postgres_uses_up_no_attempts(
    system: System, context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery_module, "HELD", 0.0)
    system.answer = raising(*AWAY, *AWAY)
    async with at_work(system, context, handler_of(system, attempts=1)):
        await system.publisher.post(call_ended().posted())
        waiting = await system.taken_from(*topology.LADDER[0])

    assert waiting.headers["attempt"] == 1


async def test_a_value_that_postgres_cannot_take_is_no_outage(
    system: System, context: Context
) -> None:
    """asyncpg says InterfaceError to both."""
    system.answer = raising(type("DataError", (asyncpg.InterfaceError, ValueError), {})("bad"))
    async with at_work(system, context, handler_of(system)):
        await system.publisher.post(call_ended().posted())
        letter = dead_letter_of(await system.taken_from(WORK.dead))

    assert letter.error_class == "DataError"


async def test_a_handler_that_hangs_is_ended_and_tried_again(
    system: System, context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery_module, "LIMIT", 0.1)

    async def hang() -> None:
        await asyncio.Event().wait()

    system.answer = hang
    async with at_work(system, context, handler_of(system)):
        await system.publisher.post(call_ended().posted())
        waiting = await system.taken_from(*topology.LADDER[0])

    assert waiting.headers["attempt"] == 2


def test_no_message_stays_in_hand_for_a_minute() -> None:
    longest = (
        PATIENCE
        + delivery_module.HELD
        + delivery_module.LIMIT
        + moves.PLACING
        + moves.CALM
        + TIMEOUT
    )
    assert longest <= 60


async def test_a_bulk_message_is_retried_in_its_lane_and_dies_with_the_others(
    system: System, context: Context
) -> None:
    system.answer = raising(NotYet("in other hands"), KeyError("ours"))
    async with at_work(system, context, handler_of(system)):
        await system.publisher.post(call_ended().posted(Lane.BULK))
        waiting = await system.taken_from(*topology.LADDER[0])
        await system.publisher.post(call_ended().posted(Lane.BULK))
        letter = dead_letter_of(await system.taken_from(WORK.dead))

    assert waiting.routing_key == WORK.queue(Lane.BULK)
    assert (letter.queue, letter.kind) == (WORK.name, "calls.ended")


async def test_a_message_comes_back_to_its_own_queue_and_is_handled(
    system: System, context: Context
) -> None:
    system.answer = raising(ProviderUnavailable("calcom", "status 503"))
    async with at_work(system, context, handler_of(system)):
        await system.publisher.post(call_ended().posted())
        await system.has_heard(2)

    assert system.heard[0] == system.heard[1]


async def test_after_its_last_attempt_a_message_is_dead(system: System, context: Context) -> None:
    system.answer = raising(ProviderUnavailable("calcom", "status 503"))
    async with at_work(system, context, handler_of(system, attempts=1)):
        await system.publisher.post(call_ended().posted())
        letter = dead_letter_of(await system.taken_from(WORK.dead))

    assert (letter.error_class, letter.attempts) == ("ProviderUnavailable", 1)


@pytest.mark.parametrize(
    "mistake", [KeyError("service"), ProviderRefused("calcom", 401, "no")], ids=["ours", "theirs"]
)
async def test_a_mistake_gets_no_second_chance(
    system: System, context: Context, mistake: Exception
) -> None:
    system.answer = raising(mistake)
    async with at_work(system, context, handler_of(system)):
        await system.publisher.post(call_ended().posted())
        letter = dead_letter_of(await system.taken_from(WORK.dead))

    assert letter.error_class == type(mistake).__name__
    assert letter.queue == WORK.name
    assert letter.kind == "calls.ended"
    assert letter.tenant_id == "salon-kastanie"
    assert "raise left.pop(0)" in letter.stack
    assert len(system.heard) == 1


async def test_a_message_that_cannot_be_read_is_dead(system: System, context: Context) -> None:
    async with at_work(system, context, handler_of(system)):
        await system.publisher.publish("", WORK.name, b"\xff{", message_id=str(id_of("x")))
        letter = dead_letter_of(await system.taken_from(WORK.dead))

    assert letter.error_class == "ValidationError"
    assert letter.body == b"\xff{"
    assert system.heard == []


async def test_deaths_at_one_place_of_the_code_have_one_fingerprint(
    system: System, context: Context
) -> None:
    system.answer = raising(KeyError("a"), KeyError("b"))
    async with at_work(system, context, handler_of(system)):
        for name in "ab":
            await system.publisher.post(call_ended(name).posted())
        letters = [dead_letter_of(await system.taken_from(WORK.dead)) for _ in "ab"]

    assert letters[0].fingerprint == letters[1].fingerprint
    assert letters[0].dead_letter_id != letters[1].dead_letter_id


async def test_a_handler_that_a_library_cancels_gets_another_chance(
    system: System, context: Context
) -> None:
    system.answer = raising(asyncio.CancelledError())
    async with at_work(system, context, handler_of(system)):
        await system.publisher.post(call_ended().posted())
        waiting = await system.taken_from(*topology.LADDER[0])

    assert waiting.headers["attempt"] == 2


async def test_what_can_neither_be_handled_nor_moved_is_not_lost(
    system: System, context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The publishing side is away: the message goes back, and the broker ends it in the end."""
    monkeypatch.setattr(moves, "PLACING", 0.0)
    unconnected = Publisher("amqp://127.0.0.1:1/")

    async def fail() -> None:
        raise BrokerUnavailable("away")

    system.answer = fail
    async with at_work(system, context, handler_of(system), publisher=unconnected):
        await system.publisher.post(call_ended().posted())
        letter = dead_letter_of(await system.taken_from(WORK.dead))

    assert letter.error_class == "DeliveryLimit"
    assert len(system.heard) == topology.DELIVERY_LIMIT + 1


async def test_a_marker_passes_the_queue_and_no_handler_hears_it(
    system: System, context: Context
) -> None:
    connection = await aio_pika.connect(system.url)
    async with connection, at_work(system, context, handler_of(system)):
        replies = await (await connection.channel()).declare_queue(exclusive=True)
        await system.publisher.publish(
            "", WORK.name, b"marker", message_id=str(id_of("marker")), reply_to=replies.name
        )
        back = await eventually(lambda: replies.get(fail=False, no_ack=True))

    assert (back.body, back.message_id) == (b"marker", str(id_of("marker")))
    assert system.heard == []


def test_the_first_retry_is_soon_and_the_last_ones_are_hours_apart() -> None:
    waits = [retry_queue(attempt, None) for attempt in range(1, 8)]
    steps = [next(n for n, names in enumerate(topology.LADDER) if wait in names) for wait in waits]
    assert steps == [0, 1, 2, 3, 4, 4, 4]


def test_what_failed_at_one_moment_does_not_come_back_at_one_moment() -> None:
    waits = Counter(retry_queue(2, None) for _ in range(900))
    assert set(waits) == set(topology.LADDER[1])
    assert min(waits.values()) > 200


@pytest.mark.parametrize(("asked", "step"), [(1, 0), (6, 1), (60, 2), (86400, 4)])
def test_a_provider_that_names_a_delay_gets_at_least_that(asked: int, step: int) -> None:
    assert retry_queue(1, timedelta(seconds=asked)) in topology.LADDER[step]


async def test_a_handler_is_not_cut_off_when_the_link_is_lost(
    system: System, context: Context
) -> None:
    """The link's loss cancels the delivery; what was being asked of a provider goes on."""
    asked, answered, recorded = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def ask() -> None:
        asked.set()
        await answered.wait()
        recorded.set()

    system.answer = ask
    await system.publisher.post(call_ended().posted())
    raw = await system.taken_from(WORK.name)
    assert isinstance(raw, IncomingMessage)
    delivery = Delivery(
        handler_of(system),
        Lane.LIVE,
        context,
        system.publisher,
        turns=Turns(),
        admission=Admission(context.pool, system.publisher),
    )
    delivering = asyncio.create_task(
        delivery.deliver(
            RabbitMessage(raw_message=raw, body=raw.body, message_id=raw.message_id or "")
        )
    )
    await asked.wait()

    delivering.cancel()
    with pytest.raises(asyncio.CancelledError):
        await delivering
    answered.set()
    await asyncio.wait_for(recorded.wait(), 5)
