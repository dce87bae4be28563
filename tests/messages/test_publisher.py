"""The publisher on a real RabbitMQ: what an alarm, a lost link and an odd message do to it."""

import asyncio
import time
from typing import Any, Final
from uuid import uuid4

import pytest

from messages import topology
from messages.message import Posted, id_of
from messages.publisher import LONGEST, BrokerBlocked, BrokerUnavailable, Publisher, open_publisher
from ops.stack.stack import Stack
from tests.alarms import memory_alarm
from tests.waiting import eventually

AT_ONCE: Final = 0.5  # seconds; far less than the publisher's time-out
KIND: Final = topology.COSTS_ENDED.hears[0]


def posted(call_id: str = "call-1", kind: str = KIND) -> Posted:
    return Posted(message_id=id_of("test", str(uuid4())), kind=kind, call_id=call_id, body=b"{}")


async def takes_nothing(publisher: Publisher) -> bool:
    return not publisher.connected


async def test_an_alarm_is_known_at_once_and_so_is_its_end(
    stack: Stack, publisher: Publisher
) -> None:
    async with memory_alarm(stack.rabbitmq):
        await publisher.knock()  # one is always let in; then RabbitMQ says that it takes no more
        await eventually(lambda: takes_nothing(publisher))
        begun = time.monotonic()
        with pytest.raises(BrokerBlocked):
            await publisher.post(posted())
        assert time.monotonic() - begun < AT_ONCE

    async def accepted() -> bool:
        return publisher.connected

    await eventually(accepted)
    await publisher.post(posted())


async def test_who_connects_during_an_alarm_knows_it_before_anything_is_posted(
    stack: Stack, rabbitmq_url: str
) -> None:
    async with memory_alarm(stack.rabbitmq), open_publisher(rabbitmq_url) as publisher:
        await publisher.ready()
        await eventually(lambda: takes_nothing(publisher))
        with pytest.raises(BrokerBlocked):
            await publisher.knock()


async def test_a_process_can_end_during_an_alarm(stack: Stack, rabbitmq_url: str) -> None:
    async with memory_alarm(stack.rabbitmq):
        async with open_publisher(rabbitmq_url) as publisher:
            await publisher.ready()
            await eventually(lambda: takes_nothing(publisher))
            begun = time.monotonic()
        assert time.monotonic() - begun < 5


async def test_a_call_id_that_amqp_has_no_room_for_keeps_no_message_back(
    publisher: Publisher,
) -> None:
    odd = [posted("ü" * LONGEST), posted("c" * (LONGEST + 1)), posted("c" * LONGEST)]
    assert await publisher.post_all(odd) == [each.message_id for each in odd]


async def test_what_can_never_be_sent_keeps_nothing_else_back(publisher: Publisher) -> None:
    impossible, fine = posted(kind="k" * 300), posted()
    assert await publisher.post_all([impossible, fine]) == [fine.message_id]


@pytest.mark.parametrize("closed", ["channel", "connection"])
async def test_what_is_posted_while_the_link_is_closed_under_us_is_not_confirmed(
    publisher: Publisher, closed: str
) -> None:
    channel: Any = vars(publisher)["_channel"]
    link = channel if closed == "channel" else channel.connection
    batch = [posted() for _ in range(50)]
    sent, _ = await asyncio.gather(publisher.post_all(batch), link.close())
    assert len(sent) <= len(batch)
    await publisher.ready()

    async def again() -> bool:
        try:
            await publisher.post(posted())
        except BrokerUnavailable:
            return False
        return True

    await eventually(again)
