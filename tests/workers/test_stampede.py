"""A provider that was away for long is not overrun: neither while it is away nor at its return."""

import asyncio
import heapq
import random
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import aio_pika
import httpx
import pytest
from aiohttp.test_utils import TestServer

from messages import topology
from messages.calls import CallEnded, Direction
from messages.message import id_of
from messages.publisher import Publisher
from ops.simulators.twilio import ACCOUNT, AUTH
from ops.simulators.twilio import Twilio as Simulator
from tests.waiting import eventually
from workers.admission import Admission
from workers.clients.breaker import FAILURES, OPEN_SECONDS
from workers.clients.breakers import Breakers
from workers.clients.errors import BreakerOpen
from workers.clients.twilio import Twilio
from workers.consumers import broker_of, consuming
from workers.context import Context
from workers.delivery import Handler
from workers.moves import retry_queue

MESSAGES: Final = 200
WORK: Final = replace(topology.COSTS_ENDED, prefetch=10)
AT_ONCE: Final = 10  # in hand; a request that is under way cannot be taken back


def call_ended(name: str) -> CallEnded:
    return CallEnded(
        message_id=id_of("test", name),
        call_id=name,
        tenant_id="salon-kastanie",
        direction=Direction.INBOUND,
        business_number="+493023125000",
        ended_at=datetime(2027, 3, 1, tzinfo=UTC),
        lasted=timedelta(minutes=3),
    )


@pytest.fixture
async def provider() -> AsyncIterator[tuple[Simulator, Twilio]]:
    simulator = Simulator()
    async with TestServer(simulator.app()) as server, httpx.AsyncClient() as http:
        url = str(server.make_url("/"))
        yield simulator, Twilio(http, url=url, account_sid=ACCOUNT, auth_token=AUTH)


async def depths(url: str) -> Counter[str]:
    connection = await aio_pika.connect(url)
    async with connection:
        channel = await connection.channel()
        found = {name: await channel.declare_queue(name, passive=True) for name in topology.DELAYS}
        return Counter(
            {name: queue.declaration_result.message_count or 0 for name, queue in found.items()}
        )


async def test_messages_wait_apart_from_each_other_while_their_provider_is_away(
    context: Context,
    publisher: Publisher,
    rabbitmq_url: str,
    provider: tuple[Simulator, Twilio],
) -> None:
    """Only what was in hand when it went away was asked; the others used up no attempt."""
    simulator, twilio = provider
    simulator.faults.plan(status=503, times=10_000)
    attempts: Counter[int] = Counter()

    async def send(_: Context, message: Any) -> None:
        await twilio.send(sender="Salon", to="+4915112345678", body=message.call_id)

    broker = broker_of(
        rabbitmq_url,
        [Handler(work=WORK, reads=CallEnded, run=send)],
        context,
        publisher,
        Admission(context.pool, publisher),
    )
    async with consuming(broker):
        await asyncio.gather(
            *(publisher.post(call_ended(f"call-{n}").posted()) for n in range(MESSAGES))
        )

        async def all_wait() -> bool:
            return (await depths(rabbitmq_url)).total() >= MESSAGES - AT_ONCE

        await eventually(all_wait, within=30)
        asked = len(simulator.requests)
        waiting = await depths(rabbitmq_url)

    assert FAILURES <= asked <= FAILURES + AT_ONCE
    afterwards = [waiting[name] for name in topology.LADDER[2]]  # the first step over a minute
    assert sum(afterwards) >= MESSAGES - 2 * AT_ONCE
    assert max(afterwards) < MESSAGES / 2
    connection = await aio_pika.connect(rabbitmq_url)
    async with connection:
        channel = await connection.channel()
        for name in topology.LADDER[2]:
            queue = await channel.get_queue(name)
            while message := await queue.get(fail=False, no_ack=True):
                attempts[int(str(message.headers.get("attempt")))] += 1
    assert attempts == {1: sum(afterwards)}


@dataclass
class Outage:
    """A provider that is away until a moment, messages on the ladder, and a clock that jumps."""

    until: float
    chance: random.Random
    now: float = 0.0
    asked: list[float] = field(default_factory=list)
    done: list[float] = field(default_factory=list)

    def run(self) -> None:
        """Ten messages at once; each is refused, or fails or is done after a tenth of a second."""
        breakers = Breakers("sim", now=lambda: self.now, chance=self.chance.random)
        due = [(self.chance.uniform(0, 5), n, 1) for n in range(MESSAGES)]
        busy = [0.0] * AT_ONCE
        heapq.heapify(due)
        while due:
            at, n, attempt = heapq.heappop(due)
            self.now = max(at, heapq.heappop(busy))
            try:
                with breakers.guarding("") as outcome:
                    self.asked.append(self.now)
                    outcome.fine = self.now >= self.until
                    self.now += 0.1
            except BreakerOpen as refused:
                wait = topology.DELAYS[retry_queue(attempt, refused.retry_after)].total_seconds()
                heapq.heappush(due, (self.now + wait, n, attempt))
            else:
                if outcome.fine:
                    self.done.append(self.now)
                else:
                    wait = topology.DELAYS[retry_queue(attempt, None)].total_seconds()
                    heapq.heappush(due, (self.now + wait, n, attempt + 1))
            heapq.heappush(busy, self.now)


@pytest.mark.parametrize("minutes", [5, 20, 120])
@pytest.mark.parametrize("seed", range(5))
def test_an_outage_costs_few_requests_and_ends_in_minutes_not_at_once(
    minutes: int, seed: int
) -> None:
    outage = Outage(until=minutes * 60, chance=random.Random(seed))
    outage.run()

    in_vain = sum(at < outage.until for at in outage.asked)
    assert in_vain <= FAILURES + AT_ONCE + outage.until / OPEN_SECONDS
    assert len(outage.done) == MESSAGES
    longest = max(delay.total_seconds() for delay in topology.DELAYS.values())
    late = [at for at in outage.done if at > outage.until + 300]
    assert len(late) <= in_vain  # those that failed themselves wait by the ladder
    assert max(outage.done) <= outage.until + longest
    for begin in range(int(outage.until), int(outage.until) + 300):
        together = sum(begin <= at < begin + 1 for at in outage.done)
        assert together <= MESSAGES / 2
