import asyncio
from uuid import uuid4

import asyncpg
import pytest

from messages import topology
from messages.message import Posted, id_of
from messages.publisher import Publisher
from storage.postgres import Pool
from workers import outgoing


def posted() -> Posted:
    kind = topology.COSTS_ENDED.hears[0]
    return Posted(message_id=id_of("test", str(uuid4())), kind=kind, call_id="call-1", body=b"{}")


async def test_a_process_that_can_no_longer_forget_what_it_sent_ends(
    pool: Pool, publisher: Publisher, owner: asyncpg.Connection
) -> None:
    """What nobody expected is not left to nobody: it ends what stands on it, and is seen."""
    await owner.execute("REVOKE ALL ON outbox FROM ringbook_relay")
    forever = asyncio.Event()

    with pytest.raises(ExceptionGroup) as unexpected:
        async with asyncio.timeout(10), outgoing.running(pool, publisher) as out:
            out.send([posted()])
            await forever.wait()

    assert unexpected.group_contains(asyncpg.InsufficientPrivilegeError)


async def test_it_ends_in_peace_while_rabbitmq_is_away(pool: Pool) -> None:
    async with outgoing.running(pool, Publisher("amqp://127.0.0.1:1/")) as out:
        out.send([posted()])
