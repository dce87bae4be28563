"""The servers that processes depend on, each with a round trip that proves that it works."""

from messages.publisher import Publisher
from ops.health import Check, Dependency
from storage import spool
from storage.postgres import Pool, is_there, transaction


class ReadOnly(Exception):
    """PostgreSQL answers and takes no writes: it is a replica, or told to."""


def rabbitmq(knock: Check) -> Dependency:
    """RabbitMQ confirms what is published; `Publisher.knock` asks it."""
    return Dependency("rabbitmq", knock)


def postgres(pool: Pool) -> Dependency:
    """PostgreSQL answers and takes writes."""

    async def writable() -> None:
        if not await is_there(pool):
            raise ReadOnly

    return Dependency("postgres", writable)


def spool_of(pool: Pool) -> Dependency:
    """PostgreSQL would take a webhook into the spool."""

    async def open_to_webhooks() -> None:
        async with transaction(pool, None) as tx:
            await spool.rehearse(tx)

    return Dependency("postgres", open_to_webhooks)


def both(pool: Pool, publisher: Publisher) -> list[Dependency]:
    """What everyone needs who is no ingress."""
    return [rabbitmq(publisher.knock), postgres(pool)]
