import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest

from messages import topology
from messages.lanes import Lane
from messages.topology import Work
from workers import turns as turns_module
from workers.turns import BESIDE_LIVE, IN_A_LULL, Turns

FOLLOWS, ASKS = topology.COSTS_ENDED, topology.BOOKINGS_BOOK_SLOT


class Hands:
    """Messages in hand, each until it is told to end."""

    def __init__(self) -> None:
        self.turns = Turns()
        self.begun: list[str] = []
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._ends: dict[str, asyncio.Event] = {}

    async def begin(self, *names: str, lane: Lane, work: Work = FOLLOWS) -> None:
        for name in names:
            self._ends[name] = asyncio.Event()
            self._tasks[name] = asyncio.create_task(self._run(name, lane, work))
        await settled()

    async def end(self, *names: str) -> None:
        for name in names:
            self._ends[name].set()
            await self._tasks.pop(name)
        await settled()

    async def cancel(self, *names: str) -> None:
        for name in names:
            task = self._tasks.pop(name)
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        await settled()

    async def all_cancelled(self) -> None:
        await self.cancel(*self._tasks)

    async def _run(self, name: str, lane: Lane, work: Work) -> None:
        async with self.turns.taken(work, lane):
            self.begun.append(name)
            await self._ends[name].wait()


async def settled() -> None:
    """Everything that can go on without time passing has gone on."""
    for _ in range(20):
        await asyncio.sleep(0)


@pytest.fixture
async def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns_module, "PATIENCE", 3600.0)


@asynccontextmanager
async def hands() -> AsyncIterator[Hands]:
    work = Hands()
    yield work
    await work.all_cancelled()


@pytest.mark.usefixtures("patient")
async def test_bulk_waits_until_nothing_live_is_under_way() -> None:
    async with hands() as work:
        await work.begin("x", "y", lane=Lane.LIVE)
        await work.begin("bulk", lane=Lane.BULK)
        await work.end("x")
        assert work.begun == ["x", "y"]
        await work.end("y")
        assert work.begun == ["x", "y", "bulk"]


@pytest.mark.usefixtures("patient")
async def test_live_never_waits_for_bulk() -> None:
    async with hands() as work:
        await work.begin("bulk", "more", lane=Lane.BULK)
        await work.begin("x", "y", "z", lane=Lane.LIVE)
        assert work.begun == ["bulk", "more", "x", "y", "z"]


@pytest.mark.usefixtures("patient")
async def test_bulk_goes_some_at_a_time_in_the_order_it_came() -> None:
    names = [str(number) for number in range(IN_A_LULL + 3)]
    async with hands() as work:
        await work.begin(*names, lane=Lane.BULK)
        assert work.begun == names[:IN_A_LULL]
        await work.end("0")
        assert work.begun == names[: IN_A_LULL + 1]


@pytest.mark.usefixtures("patient")
async def test_beside_live_messages_fewer_go_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    names = [str(number) for number in range(IN_A_LULL + 1)]
    async with hands() as work:
        await work.begin("x", lane=Lane.LIVE)
        await work.end("x")
        await work.begin(*names, lane=Lane.BULK)
        assert work.begun == ["x", *names[:BESIDE_LIVE]]
        monkeypatch.setattr(turns_module, "LULL", 0.0)
        await work.end("0")
        assert work.begun == ["x", *names]


@pytest.mark.usefixtures("patient")
async def test_who_waits_for_a_provider_neither_waits_for_live_nor_holds_bulk_up() -> None:
    async with hands() as work:
        await work.begin("asks", lane=Lane.LIVE, work=ASKS)
        await work.begin("bulk", lane=Lane.BULK)
        await work.begin("x", lane=Lane.LIVE)
        await work.begin("asks in bulk", lane=Lane.BULK, work=ASKS)
        assert work.begun == ["asks", "bulk", "x", "asks in bulk"]


async def test_bulk_goes_on_however_much_is_live(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its patience is for the whole wait: those before it may hang."""
    monkeypatch.setattr(turns_module, "PATIENCE", 0.02)
    names = [str(number) for number in range(3 * IN_A_LULL)]
    async with hands() as work:
        await work.begin("x", lane=Lane.LIVE)
        await work.begin(*names, lane=Lane.BULK)
        async with asyncio.timeout(5):
            while len(work.begun) < 1 + len(names):
                await settled()
        await work.end(*names, "x")


@pytest.mark.usefixtures("patient")
async def test_who_is_cancelled_gives_its_turn_back_wherever_it_is() -> None:
    """Waiting for its turn, for the live ones, or at work."""
    names = [str(number) for number in range(2 * IN_A_LULL)]
    async with hands() as work:
        await work.begin("x", lane=Lane.LIVE)
        await work.begin(*names, lane=Lane.BULK)
        await work.end("x")
        await work.cancel(*names)
        await work.begin("a", "b", lane=Lane.BULK)
        assert work.begun[-1] == "a"
        await work.cancel("a")
        assert work.begun[-1] == "b"


@pytest.mark.usefixtures("patient")
async def test_a_handler_that_fails_gives_its_turn_back() -> None:
    turns = Turns()
    for lane in [*Lane, *Lane]:
        for _ in range(IN_A_LULL + 1):
            with pytest.raises(KeyError):
                async with turns.taken(FOLLOWS, lane):
                    raise KeyError
