"""What is missing may still come: then it is not lost, and how many may come is counted."""

import asyncio
from collections.abc import AsyncIterator

import aio_pika
import asyncpg
import pytest
from aio_pika.abc import AbstractChannel

from messages import topology
from messages.message import id_of
from ops.verify.check import Result, State
from ops.verify.run import Wanted
from storage.verification.question import Scope
from tests.ops.verify.breaking import (
    CALL,
    ENDED,
    OTHER,
    acted,
    announced,
    ended,
    letter,
    parked,
    pause,
    unheard,
)
from tests.ops.verify.verifying import Verifier, names, result
from tests.world import SALON

HEARD = "calls.ended_heard"
QUEUE = topology.COSTS_ENDED.name


@pytest.fixture
async def channel(rabbitmq_url: str) -> AsyncIterator[AbstractChannel]:
    async with await aio_pika.connect(rabbitmq_url) as connection:
        yield await connection.channel()


@pytest.fixture
async def unpriced(settled: asyncpg.Connection) -> asyncpg.Connection:
    """A database where costs never heard that a call ended."""
    await settled.execute(unheard(QUEUE, ENDED))
    return settled


async def put(channel: AbstractChannel, queue: str) -> None:
    await channel.default_exchange.publish(aio_pika.Message(b""), queue)


async def test_what_is_younger_than_the_grace_may_be_missing(
    unpriced: asyncpg.Connection, verify: Verifier
) -> None:
    await unpriced.execute("UPDATE calls SET first_heard_at = now() WHERE call_id = $1", CALL)
    assert names(await verify(), State.BROKEN) == set()


@pytest.mark.parametrize(
    "kept",
    [
        (letter(queue=QUEUE, message=ENDED),),
        (letter(queue=QUEUE, message=ENDED), ended("discarded"), acted("dead_letters.discard")),
        (pause("NULL"), parked(queue=QUEUE, message=ENDED)),
        (announced(ENDED),),
    ],
    ids=["dead", "discarded", "parked", "announced"],
)
async def test_what_can_be_seen_elsewhere_is_not_missing(
    kept: tuple[str, ...], unpriced: asyncpg.Connection, verify: Verifier
) -> None:
    for statement in kept:
        await unpriced.execute(statement)
    assert names(await verify(), State.BROKEN) == set()


@pytest.mark.parametrize(
    "kept",
    [
        (letter(queue=QUEUE, message=ENDED), ended("succeeded")),
        (letter(queue="transcripts.calls.analyzed", message=ENDED),),
        (letter(queue=QUEUE, message=id_of("another")),),
    ],
    ids=["succeeded", "of another handler", "another message"],
)
async def test_a_dead_letter_of_something_else_is_no_excuse(
    kept: tuple[str, ...], unpriced: asyncpg.Connection, verify: Verifier
) -> None:
    for statement in kept:
        await unpriced.execute(statement)
    assert names(await verify(), State.BROKEN) == {HEARD}


async def test_as_many_as_are_tried_again_are_under_way(
    unpriced: asyncpg.Connection, channel: AbstractChannel, verify: Verifier
) -> None:
    await put(channel, "retry.1h")
    report = await verify()
    assert (names(report, State.UNDER_WAY), names(report, State.BROKEN)) == ({HEARD}, set())
    assert report.retrying == 1

    await unpriced.execute(unheard(QUEUE, id_of("calls.ended", OTHER)))
    assert names(await verify(), State.BROKEN) == {HEARD}


async def test_as_many_as_wait_for_their_handler_are_under_way(
    unpriced: asyncpg.Connection, channel: AbstractChannel, verify: Verifier
) -> None:
    await put(channel, topology.COSTS_ANALYZED.name)
    assert HEARD in names(await verify(), State.BROKEN)
    await put(channel, QUEUE)
    assert HEARD in names(await verify(), State.UNDER_WAY)
    assert await unpriced.fetchval("SELECT count(*) FROM inbox") > 0


async def test_it_is_looked_again_until_what_is_missing_is_there(
    unpriced: asyncpg.Connection, verify: Verifier
) -> None:
    last = Wanted(scope=Scope()).checks()[-1].name
    looked_once = asyncio.Event()

    def tell(told: Result) -> None:
        if told.check.name == last:
            looked_once.set()

    verifying = asyncio.create_task(verify(wait=30, tell=tell))
    await looked_once.wait()
    await unpriced.execute("INSERT INTO inbox VALUES ($1, $2, $3)", QUEUE, ENDED, SALON)
    report = await verifying
    assert names(report, State.HOLDS) >= {HEARD}
    assert result(report, HEARD).found.rows == []


async def test_what_does_not_come_while_it_is_waited_for_is_lost(
    unpriced: asyncpg.Connection, verify: Verifier
) -> None:
    assert names(await verify(wait=1.5), State.BROKEN) == {HEARD}
    assert await unpriced.fetchval("SELECT true")
