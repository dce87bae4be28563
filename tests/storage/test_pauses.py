import asyncio
from datetime import timedelta
from uuid import UUID, uuid4

import asyncpg

from messages.message import id_of
from storage import backlog, parked, pauses
from storage.parked import Parked
from storage.pauses import Scope
from storage.postgres import Duty, Pool, crossing, transaction

SALON = Scope(tenant_id="salon")
QUEUES = ["costs.calls.ended"]
AT_ONCE = timedelta()


async def begin(pool: Pool, scope: Scope) -> UUID | None:
    async with crossing(pool, Duty.OPERATOR) as operator:
        return await pauses.begin(operator, scope, by="anna", reason="a test")


async def paused(pool: Pool, scope: Scope = SALON) -> UUID:
    pause_id = await begin(pool, scope)
    assert pause_id
    return pause_id


async def resume(pool: Pool, pause_id: UUID) -> bool:
    async with crossing(pool, Duty.OPERATOR) as operator:
        return await pauses.end(operator, pause_id, by="ben")


def message(name: str, pause_id: UUID, *, body: bytes = b"{}", queue: str = QUEUES[0]) -> Parked:
    return Parked(
        queue=queue,
        message_id=id_of("parked", name),
        pause_id=pause_id,
        correlation_id=name,
        content_type="application/json",
        headers={"kind": "calls.ended", "attempt": 2},
        body=body,
    )


async def park(pool: Pool, *messages: Parked, tenant: str | None = "salon") -> None:
    for each in messages:
        async with transaction(pool, tenant) as tx:
            await parked.park(tx, each)


async def released(pool: Pool, *, most: int = 100, size: int = 10**6) -> list[str | None]:
    async with crossing(pool, Duty.RELAY) as relay:
        found = await parked.released(relay, since=AT_ONCE, queues=QUEUES, most=most, size=size)
    return [each.correlation_id for each in found]


async def test_a_scope_is_paused_once_until_it_is_resumed(pool: Pool) -> None:
    first = await paused(pool)
    assert await begin(pool, SALON) is None
    assert await begin(pool, Scope(tenant_id="salon", actor="costs"))
    assert await resume(pool, first)
    assert not await resume(pool, first)
    assert await begin(pool, SALON)


async def test_of_many_who_pause_at_once_one_does(pool: Pool) -> None:
    begun = await asyncio.gather(*(begin(pool, SALON) for _ in range(10)))
    assert sum(each is not None for each in begun) == 1


async def test_processes_see_what_is_in_force(pool: Pool) -> None:
    scope = Scope(tenant_id="salon", provider="twilio", actor="notifications")
    kept = await paused(pool, scope)
    await resume(pool, await paused(pool))
    async with crossing(pool, Duty.ROUTER) as router:
        assert await pauses.in_force(router) == {scope: kept}


async def test_a_pause_tells_who_why_and_how_much_waits(pool: Pool) -> None:
    pause_id = await paused(pool)
    await park(pool, message("a", pause_id), message("b", pause_id))
    async with crossing(pool, Duty.OPERATOR) as operator:
        told = await pauses.of(operator, pause_id)
        assert told == await pauses.stopping(operator, SALON)
        assert [told] == await pauses.known(operator, ended=False)
        assert await pauses.stopping(operator, Scope(actor="costs")) is None
        assert await pauses.of(operator, uuid4()) is None
    assert told
    assert (told.scope, told.paused_by, told.reason, told.parked) == (SALON, "anna", "a test", 2)


async def test_an_ended_pause_is_history(pool: Pool) -> None:
    await resume(pool, await paused(pool))
    async with crossing(pool, Duty.OPERATOR) as operator:
        assert await pauses.known(operator, ended=False) == []
        assert [each.resumed_by for each in await pauses.known(operator, ended=True)] == ["ben"]


async def test_what_is_parked_waits_for_its_own_pause(pool: Pool) -> None:
    salon, costs = await paused(pool), await paused(pool, Scope(actor="costs"))
    await park(pool, message("a", salon))
    await park(pool, message("b", costs), tenant=None)
    assert await released(pool) == []
    await resume(pool, costs)
    assert await released(pool) == ["b"]


async def test_a_pause_that_has_just_ended_is_not_known_to_all_yet(pool: Pool) -> None:
    pause_id = await paused(pool)
    await park(pool, message("a", pause_id))
    await resume(pool, pause_id)
    async with crossing(pool, Duty.RELAY) as relay:
        minute = timedelta(minutes=1)
        assert not await parked.released(relay, since=minute, queues=QUEUES, most=9, size=9)


async def test_the_oldest_come_first_and_as_many_as_fit(pool: Pool) -> None:
    pause_id = await paused(pool)
    await park(pool, *(message(name, pause_id, body=bytes(100)) for name in "abcde"))
    await park(pool, message("gone", pause_id, queue="costs.of_last_year"))
    await resume(pool, pause_id)
    assert await released(pool) == list("abcde")
    assert await released(pool, most=3) == list("abc")
    assert await released(pool, size=101) == list("ab")
    assert await released(pool, size=1) == ["a"]


async def test_a_message_is_parked_once_and_comes_back_as_it_was(pool: Pool) -> None:
    pause_id = await paused(pool)
    sent = message("a", pause_id, body=b'{"x":  1}')
    await park(pool, sent, sent)
    await resume(pool, pause_id)
    async with crossing(pool, Duty.RELAY) as relay:
        back = await parked.released(relay, since=AT_ONCE, queues=QUEUES, most=9, size=999)
        assert back == [sent]
        assert (await backlog.parked(relay)).entries == 1
        await parked.forget(relay, back)
        assert (await backlog.parked(relay)).entries == 0


async def test_two_relays_take_no_message_twice(pool: Pool) -> None:
    pause_id = await paused(pool)
    await park(pool, *(message(name, pause_id) for name in "abc"))
    await resume(pool, pause_id)
    async with crossing(pool, Duty.RELAY) as relay:
        first = await parked.released(relay, since=AT_ONCE, queues=QUEUES, most=2, size=99)
        assert [each.correlation_id for each in first] == ["a", "b"]
        assert await released(pool) == ["c"]


async def test_a_message_parked_again_while_the_relay_has_it_in_hand_is_kept(
    pool: Pool, owner: asyncpg.Connection
) -> None:
    """The relay has sent it, and a worker that has not heard of the resumption parks it anew."""
    pause_id = await paused(pool)
    await park(pool, message("a", pause_id))
    await resume(pool, pause_id)
    async with crossing(pool, Duty.RELAY) as relay:
        sent = await parked.released(relay, since=AT_ONCE, queues=QUEUES, most=9, size=99)
        again = asyncio.create_task(park(pool, message("a", pause_id)))
        while not await owner.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted"):
            assert not again.done()
        await parked.forget(relay, sent)
    await again
    assert await released(pool) == ["a"]


async def test_a_message_may_be_parked_for_one_pause_after_another(pool: Pool) -> None:
    costs, salon = await paused(pool, Scope(actor="costs")), await paused(pool)
    await park(pool, message("a", costs), tenant=None)
    await resume(pool, costs)
    await park(pool, message("a", salon))
    assert await released(pool) == ["a"]
