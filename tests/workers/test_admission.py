import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import NamedTuple
from urllib.parse import urlsplit, urlunsplit
from uuid import UUID

import pytest

from messages import topology
from messages.lanes import Lane
from messages.publisher import Publisher
from messages.topology import Work
from storage import pauses
from storage.pauses import Scope
from storage.postgres import Duty, Pool, crossing, open_pool
from tests.waiting import eventually
from workers.admission import Admission
from workers.errors import AboveShare, Paused
from workers.shares import FLOOR

SMS, RETELL, COSTS = topology.NOTIFICATIONS_SEND_SMS, topology.CALLS_RETELL, topology.COSTS_ENDED
KNOWN_BY_ALL = 2.0  # seconds, as promised
UNCONNECTED = Publisher("amqp://127.0.0.1:1/")


class Held(NamedTuple):
    """Whose pause holds a message, and for which tenant it is parked."""

    pause_id: UUID
    tenant: str | None


@pytest.fixture
async def admission(pool: Pool) -> AsyncIterator[Admission]:
    admission = Admission(pool, UNCONNECTED)
    async with admission.informed():
        yield admission


async def pause(pool: Pool, **scope: str) -> UUID:
    async with crossing(pool, Duty.OPERATOR) as operator:
        pause_id = await pauses.begin(operator, Scope(**scope), by="anna", reason="a test")
    assert pause_id
    return pause_id


async def resume(pool: Pool, pause_id: UUID) -> None:
    async with crossing(pool, Duty.OPERATOR) as operator:
        await pauses.end(operator, pause_id, by="anna")


def held(admission: Admission, work: Work, tenant: str | None, lane: Lane) -> Held | None:
    try:
        admission.check(work, lane, tenant)
    except Paused as paused:
        return Held(paused.pause_id, paused.tenant)
    return None


async def heard_of(admission: Admission, pause_id: UUID, work: Work, tenant: str | None) -> Held:
    """What holds the message once the process knows of the pause."""

    async def known() -> Held | None:
        found = held(admission, work, tenant, Lane.LIVE)
        return found if found and found.pause_id == pause_id else None

    return await eventually(known, within=KNOWN_BY_ALL)


async def test_a_pause_is_known_within_two_seconds_and_so_is_its_end(
    admission: Admission, pool: Pool
) -> None:
    assert held(admission, COSTS, "salon", Lane.LIVE) is None
    pause_id = await pause(pool, tenant_id="salon")
    assert await heard_of(admission, pause_id, COSTS, "salon") == (pause_id, "salon")
    await resume(pool, pause_id)

    async def goes_on() -> bool:
        return held(admission, COSTS, "salon", Lane.LIVE) is None

    await eventually(goes_on, within=KNOWN_BY_ALL)


async def test_pauses_are_known_before_anything_begins(pool: Pool) -> None:
    pause_id = await pause(pool, actor="costs")
    admission = Admission(pool, UNCONNECTED)
    async with admission.informed():
        assert held(admission, COSTS, None, Lane.LIVE) == (pause_id, None)


@pytest.mark.parametrize("lane", Lane)
@pytest.mark.parametrize(
    ("scope", "holds", "lets_go"),
    [
        ({"tenant_id": "a"}, [(SMS, "a"), (RETELL, "a")], [(SMS, "b"), (SMS, None)]),
        ({"actor": "costs"}, [(COSTS, "a"), (COSTS, None)], [(SMS, "a"), (RETELL, None)]),
        ({"provider": "twilio"}, [(SMS, "a"), (SMS, None)], [(COSTS, "a"), (RETELL, None)]),
        (
            {"tenant_id": "a", "provider": "twilio", "actor": "notifications"},
            [(SMS, "a")],
            [(SMS, "b"), (SMS, None), (COSTS, "a"), (topology.NOTIFICATIONS_BOOKED, "a")],
        ),
    ],
    ids=str,
)
async def test_a_pause_holds_what_everything_applies_to_that_it_names(
    pool: Pool,
    lane: Lane,
    scope: dict[str, str],
    holds: list[tuple[Work, str | None]],
    lets_go: list[tuple[Work, str | None]],
) -> None:
    pause_id = await pause(pool, **scope)
    admission = Admission(pool, UNCONNECTED)
    async with admission.informed():
        for work, tenant in holds:
            assert held(admission, work, tenant, lane) == (pause_id, scope.get("tenant_id"))
        for work, tenant in lets_go:
            assert held(admission, work, tenant, lane) is None


class Line:
    """The way to PostgreSQL, which can be cut."""

    def __init__(self, host: str, port: int) -> None:
        self._there = (host, port)
        self._ends: list[asyncio.StreamWriter] = []
        self._server: asyncio.Server | None = None

    async def open(self) -> int:
        """Where it begins."""
        self._server = await asyncio.start_server(self._carry, "127.0.0.1", 0)
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    async def cut(self) -> None:
        assert self._server
        self._server.close()
        for end in self._ends:
            end.close()
        await self._server.wait_closed()

    async def _carry(self, near: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        far, there = await asyncio.open_connection(*self._there)
        self._ends += [back, there]
        await asyncio.gather(_copy(near, there), _copy(far, back))


async def _copy(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while data := await source.read(65536):
            target.write(data)
            await target.drain()
    target.close()


async def test_while_postgres_is_away_the_last_known_pauses_hold(
    database: str, pool: Pool, capsys: pytest.CaptureFixture[str]
) -> None:
    place = urlsplit(database)
    line = Line(place.hostname or "", place.port or 0)
    login, port = place.netloc.rpartition("@")[0], await line.open()
    through = urlunsplit(place._replace(netloc=f"{login}@127.0.0.1:{port}"))
    async with open_pool(through) as cut_off:
        admission = Admission(cut_off, UNCONNECTED)
        pause_id = await pause(pool, tenant_id="salon")
        async with admission.informed():
            await line.cut()

            async def noticed() -> bool:
                return "pauses.not_read" in capsys.readouterr().out

            await eventually(noticed)
            assert held(admission, COSTS, "salon", Lane.LIVE) == (pause_id, "salon")


def flood(admission: Admission, lane: Lane, tenant: str | None = "loud") -> None:
    for _ in range(2 * FLOOR):
        admission.check(COSTS, lane, tenant)


async def test_live_messages_of_a_flood_are_sent_to_bulk(pool: Pool, publisher: Publisher) -> None:
    admission = Admission(pool, publisher)
    with pytest.raises(AboveShare):
        flood(admission, Lane.LIVE)
    admission.check(COSTS, Lane.LIVE, "quiet")
    admission.check(COSTS, Lane.BULK, "loud")


async def test_neither_bulk_nor_what_nobody_owns_counts(pool: Pool, publisher: Publisher) -> None:
    admission = Admission(pool, publisher)
    flood(admission, Lane.BULK)
    flood(admission, Lane.LIVE, tenant=None)
    admission.check(COSTS, Lane.LIVE, "loud")


async def test_what_cannot_be_moved_now_is_worked_on(pool: Pool) -> None:
    flood(Admission(pool, UNCONNECTED), Lane.LIVE)
