"""What the health of the workers tells: their servers, whether they consume, and open breakers."""

import asyncio
from collections.abc import Iterable

from redis.asyncio import Redis

from messages.publisher import Publisher
from ops.dependencies import both
from ops.health import Dependency, Health, Section
from workers.clients.breakers import Breakers
from workers.context import Context


class NotConsuming(Exception):
    """The consumers have not started yet."""


def health_of(
    context: Context, publisher: Publisher, redis: Redis, consuming: asyncio.Event
) -> Health:
    """Ready while messages can be worked on; without Redis that is slower, and safe."""

    async def consume() -> None:
        if not consuming.is_set():
            raise NotConsuming

    clients = (context.calcom, context.twilio, context.sendgrid, context.ecb)
    return Health(
        [
            *both(context.pool, publisher),
            Dependency("redis", redis.ping, needed=False),
            Dependency("consumers", consume),
        ],
        sections={"breakers": lambda: _told([each.breakers for each in clients])},
    )


def _told(providers: Iterable[Breakers]) -> Section:
    told = [facts for breakers in providers for facts in breakers.facts()]
    return Section(not told, told)
