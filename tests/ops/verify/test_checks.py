from collections.abc import AsyncIterator

import aio_pika
import asyncpg
import pytest
from aio_pika.abc import AbstractChannel, AbstractConnection

from messages import topology
from ops.verify.check import State
from ops.verify.run import Wanted
from storage.verification.question import Scope
from tests.ops.verify.breaking import ALONG, BROKEN, NOTICES
from tests.ops.verify.verifying import Verifier, names, result

OF_BROKER = {"queues.there", "queues.attended", "queues.archived"}


def test_each_check_is_broken_by_one_of_these_tests() -> None:
    asked = {check.name for check in Wanted(scope=Scope()).checks()}
    assert asked == {*BROKEN, *OF_BROKER, "isolation.roles"}


@pytest.mark.usefixtures("settled")
async def test_everything_holds_after_a_history_without_faults(verify: Verifier) -> None:
    report = await verify()
    assert [(each.check.name, each.found.rows) for each in report.results if each.found.count] == []


async def test_everything_holds_in_an_empty_database(verify: Verifier) -> None:
    assert {each.state for each in (await verify()).results} == {State.HOLDS}


@pytest.mark.parametrize("name", BROKEN)
async def test_what_is_broken_on_purpose_is_told_by_its_check_alone(
    name: str, settled: asyncpg.Connection, verify: Verifier
) -> None:
    for statement in BROKEN[name]:
        await settled.execute(statement)
    report = await verify()
    expected = State.NOTICE if name in NOTICES else State.BROKEN
    assert name in names(report, expected)
    assert names(report, State.BROKEN) | names(report, State.UNDER_WAY) <= {
        name,
        *ALONG.get(name, ()),
    }
    assert result(report, name).found.rows


async def test_a_role_that_goes_round_row_level_security_is_told(
    settled: asyncpg.Connection, verify: Verifier
) -> None:
    await settled.execute("ALTER ROLE ringbook_relay BYPASSRLS")
    try:
        report = await verify()
    finally:  # roles are of all databases
        await settled.execute("ALTER ROLE ringbook_relay NOBYPASSRLS")
    assert names(report, State.BROKEN) == {"isolation.roles"}


async def test_every_appointment_that_overlaps_an_earlier_one_is_told(
    settled: asyncpg.Connection, verify: Verifier
) -> None:
    for statement in BROKEN["appointments.overlap"]:
        await settled.execute(statement)
    found = result(await verify(), "appointments.overlap").found
    assert found.count == 2  # the short one, and the one that only the long one overlaps


@pytest.fixture
async def connection(rabbitmq_url: str) -> AsyncIterator[AbstractConnection]:
    async with await aio_pika.connect(rabbitmq_url) as connection:
        yield connection


@pytest.fixture
async def channel(connection: AbstractConnection) -> AbstractChannel:
    return await connection.channel()


@pytest.mark.parametrize(
    ("queue", "name"),
    [
        (topology.CALLS_RETELL.name, "queues.attended"),
        (topology.CALLS_RETELL.dead, "queues.archived"),
        (topology.UNROUTED, "queues.archived"),
    ],
)
async def test_a_queue_that_nobody_empties_is_told(
    queue: str, name: str, channel: AbstractChannel, verify: Verifier
) -> None:
    await channel.default_exchange.publish(aio_pika.Message(b""), queue)
    report = await verify()
    assert names(report, State.BROKEN) == {name}
    assert result(report, name).found.rows == [{"queue": queue, "messages": 1}]


async def test_a_queue_that_is_not_there_is_told(
    connection: AbstractConnection, channel: AbstractChannel, verify: Verifier
) -> None:
    gone = topology.NOTIFICATIONS_REVIEW.name
    await channel.queue_delete(gone)
    try:
        report = await verify()
    finally:
        await topology.declare(connection)
    assert names(report, State.BROKEN) == {"queues.there"}
    assert result(report, "queues.there").found.rows == [{"queue": gone}]
