"""Messages that hurt by themselves: poison, huge, far too often, from another time."""

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from random import Random
from typing import Any, Final
from uuid import uuid4

import aio_pika

from messages import topology
from ops.simulators import retell
from ops.simulators.webhooks import Webhook
from tests.faults.injuries.fault import Fault, Strike
from tests.faults.injuries.processes import poison
from tests.faults.load import id_of, status_of
from tests.faults.system import System

LARGE: Final = 9_000_000  # bytes
CONNECTIONS: Final = 50


async def unhandled(system: System, _chance: Random) -> None:
    """What is accepted and no call: it must be found among the dead letters."""
    await poison(system)


async def huge(system: System, _chance: Random) -> None:
    """A webhook of nine megabytes, of a number that nobody has."""
    webhook = system.ingress.sign(_call(talk="x" * LARGE), None, 0)
    assert await status_of(system.http, webhook) == HTTPStatus.NO_CONTENT
    await _quarantined(system, webhook)


def repeated(times: int) -> Strike:
    """One event again and again, over fifty connections at once."""

    async def strike(system: System, _chance: Random) -> None:
        webhook = system.ingress.sign(_call(), None, 0)
        turns = asyncio.Semaphore(CONNECTIONS)

        async def one() -> int:
            async with turns:
                return await status_of(system.http, webhook)

        answers = Counter(await asyncio.gather(*(one() for _ in range(times))))
        assert set(answers) == {HTTPStatus.NO_CONTENT}, answers
        connection = await aio_pika.connect(system.stack.rabbitmq.url, timeout=10)
        async with connection:
            channel = await connection.channel()
            while await _depth(channel, topology.CALLS_RETELL.name):  # noqa: ASYNC110 -- RabbitMQ's
                await asyncio.sleep(0.1)
        await _quarantined(system, webhook)

    return strike


async def from_another_time(system: System, chance: Random) -> None:
    """The clock of a sender jumps: what it signs then is refused, and nothing of it kept."""
    jump = timedelta(hours=chance.choice([-2, 2]))
    at_ms = round((datetime.now(UTC) + jump).timestamp() * 1000)
    signed = system.ingress.sign(_call(), None, 0)
    header = next(name for name in signed.headers if name.lower() == "x-retell-signature")
    stale = retell.signature(signed.body, system.ingress.key, at_ms=at_ms)
    answer = await system.http.post(
        signed.url, content=signed.body, headers={**signed.headers, header: stale}
    )
    assert answer.status_code == HTTPStatus.UNAUTHORIZED


def _call(talk: str = "") -> dict[str, Any]:
    """An event of a call to a number that nobody has; it is quarantined."""
    return {
        "event": "call_ended",
        "call": {
            "call_id": f"call_strange_{uuid4().hex}",
            "call_type": "phone_call",
            "direction": "inbound",
            "from_number": "+493000000001",
            "to_number": "+493000000002",
            "transcript": talk,
        },
    }


async def _quarantined(system: System, webhook: Webhook) -> None:
    """Wait until it is in the archive, as that of a number that nobody has."""
    told = "SELECT outcome FROM webhook_events WHERE message_id = $1"
    message_id = id_of(system.ingress, webhook)
    async with asyncio.timeout(60), system.database() as db:
        while await db.fetchval(told, message_id) != "ignored":  # noqa: ASYNC110 -- another process
            await asyncio.sleep(0.1)


async def _depth(channel: aio_pika.abc.AbstractChannel, name: str) -> int:
    queue = await channel.declare_queue(name, passive=True)
    return queue.declaration_result.message_count or 0


FAULTS: Final = (
    Fault("an event that nobody can handle", unhandled, brief=False),
    Fault("a webhook of 9 MB", huge, brief=False),
    Fault("a sender's clock jumps", from_another_time, brief=False),
)
MANY: Final = Fault("10,000 duplicates of one event", repeated(10_000))
FEWER: Final = Fault("1,000 duplicates of one event", repeated(1_000))
