from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import aio_pika
import pytest
from aio_pika.abc import AbstractIncomingMessage, AbstractQueue

from messages import topology
from messages.webhook import Webhook
from tests.ingress.conftest import Ingress, Serve
from tests.ingress.senders import (
    BOOKING_CREATED,
    CALL_ANALYZED,
    SESSION_COMPLETED,
    by_calcom,
    by_retell,
    by_stripe,
)
from tests.waiting import eventually

TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@pytest.fixture
async def connected(serve: Serve, rabbitmq_url: str) -> Ingress:
    """An ingress that publishes."""
    ingress = await serve(rabbitmq_url=rabbitmq_url)

    async def ready() -> bool:
        answer = await ingress.http.get("/health/ready")
        return bool(answer.json()["rabbitmq"])

    await eventually(ready)
    return ingress


@pytest.fixture
async def channel(rabbitmq_url: str) -> AsyncIterator[aio_pika.abc.AbstractChannel]:
    async with await aio_pika.connect(rabbitmq_url) as connection:
        yield await connection.channel()


async def next_of(queue: AbstractQueue) -> AbstractIncomingMessage:
    async def look() -> AbstractIncomingMessage | None:
        return await queue.get(no_ack=True, fail=False)

    return await eventually(look)


async def test_the_raw_body_arrives_in_the_queue_with_what_was_noted(
    connected: Ingress, channel: aio_pika.abc.AbstractChannel
) -> None:
    headers = by_retell(CALL_ANALYZED) | {"traceparent": TRACE}

    answer = await connected.post("retell", CALL_ANALYZED, headers)

    assert answer.status_code == 204
    message = await next_of(await channel.get_queue(topology.CALLS_RETELL.name))
    assert message.body == CALL_ANALYZED
    assert message.delivery_mode == aio_pika.DeliveryMode.PERSISTENT
    webhook = Webhook.of_delivery(
        message_id=message.message_id or "", headers=message.headers, body=message.body
    )
    assert webhook.routing_key == message.routing_key == "retell.call_analyzed"
    assert webhook.endpoint == "retell"
    assert webhook.traceparent == TRACE
    assert webhook.tenant_id is None
    assert abs(datetime.now(UTC) - webhook.received_at) < timedelta(minutes=1)


async def test_a_repeated_webhook_is_published_again_under_the_same_id(
    connected: Ingress, channel: aio_pika.abc.AbstractChannel
) -> None:
    for _ in range(2):
        await connected.post("calcom", BOOKING_CREATED, by_calcom(BOOKING_CREATED))

    queue = await channel.get_queue(topology.BOOKINGS_CALCOM.name)
    first, second = await next_of(queue), await next_of(queue)
    assert first.message_id == second.message_id


async def test_what_nobody_hears_yet_is_kept_for_the_archive(
    connected: Ingress, channel: aio_pika.abc.AbstractChannel
) -> None:
    for body, headers, provider in (
        (SESSION_COMPLETED, by_stripe(SESSION_COMPLETED), "stripe"),
        (b"no JSON", by_retell(b"no JSON"), "retell"),
    ):
        await connected.post(provider, body, headers)

    queue = await channel.get_queue(topology.UNROUTED)
    first, second = await next_of(queue), await next_of(queue)
    assert [first.routing_key, second.routing_key] == [
        "stripe.checkout.session.completed",
        "retell.unreadable",
    ]
    assert [first.body, second.body] == [SESSION_COMPLETED, b"no JSON"]


async def test_an_invented_trace_is_not_passed_on(
    connected: Ingress, channel: aio_pika.abc.AbstractChannel
) -> None:
    headers = by_retell(CALL_ANALYZED) | {"traceparent": "00-invented"}
    await connected.post("retell", CALL_ANALYZED, headers)

    message = await next_of(await channel.get_queue(topology.CALLS_RETELL.name))
    assert "traceparent" not in message.headers
