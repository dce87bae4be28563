"""From a selection to a replay that runs: planned, frozen, then sent to its end.

Until the selection is frozen nothing is changed; from then on the replay can be resumed.
"""

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final
from uuid import uuid4

from aio_pika.abc import AbstractRobustConnection
from rich.console import Console

from messages.publisher import Publisher
from ops.operating import operators_pool
from ops.refused import Refused
from ops.replays.depths import Depths
from ops.replays.order import Order
from ops.replays.plan import Plan, plan_of
from ops.replays.progress import shown
from ops.replays.runner import RunElsewhere, run
from ops.replays.sending import BrokerAway, Road
from ops.replays.session import Settings, publishing
from ops.settings import DatabaseSettings
from storage import operator_actions, replays
from storage.postgres import PASSING, Crossing, Duty, Pool, crossing
from storage.replay_items import Progress
from storage.replay_sources import AnySelection
from storage.replays import NameUsed, Replay

STATEMENT: Final = 600  # seconds; a selection may look at every row
SIZE: Final = 2  # connections: one has the lock of the only runner, one works

Selecting = Callable[[Crossing], Awaitable[AnySelection]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """A replay that was run until it was over."""

    replay: Replay
    come: Progress
    seconds: float


async def planned(settings: DatabaseSettings, selecting: Selecting) -> tuple[AnySelection, Plan]:
    """What is selected, and what it comes to; refuses what is unscoped, and nothing at all."""
    async with operators_pool(settings, patience=STATEMENT, size=SIZE) as pool:
        async with crossing(pool, Duty.OPERATOR) as operator:
            selection = await selecting(operator)
        if not selection.is_scoped:
            raise Refused("say what is to be replayed: ids, or at least one filter")
        plan = await plan_of(pool, selection)
    if not plan.items:
        raise Refused(f"nothing to replay: {_asked_for(selection)} that has not ended")
    return selection, plan


async def started(settings: Settings, selection: AnySelection, order: Order) -> Ended:
    """Freeze what is selected now, and run it."""
    async with (
        operators_pool(settings, patience=STATEMENT, size=SIZE) as pool,
        publishing(settings.rabbitmq_url) as (publisher, connection),
    ):
        replay = await _made(pool, selection, order)
        return await _run(replay, pool, publisher, connection)


async def resumed(settings: Settings, name: str, *, by: str) -> Ended:
    """Go on with a replay that was cut off."""
    async with (
        operators_pool(settings, patience=STATEMENT, size=SIZE) as pool,
        publishing(settings.rabbitmq_url) as (publisher, connection),
    ):
        async with crossing(pool, Duty.OPERATOR) as operator:
            replay = await open_replay(operator, name)
            if await replays.runs(operator, replay.replay_id):
                raise RunElsewhere(name)
            await _note(operator, replay, "replays.resume", by=by)
        return await _run(replay, pool, publisher, connection)


async def open_replay(operator: Crossing, name: str) -> Replay:
    """The replay of that name; refuses one that is over."""
    replay = await replays.find(operator, name)
    if replay is None:
        raise Refused(f"no replay is called {name}")
    if not replay.is_open:
        how = "finished" if replay.finished_at else "was cancelled"
        raise Refused(f"the replay {name} {how}: nothing of it is left to be sent")
    return replay


async def _made(pool: Pool, selection: AnySelection, order: Order) -> Replay:
    async with crossing(pool, Duty.OPERATOR) as operator:
        try:
            await replays.make(
                operator,
                uuid4(),
                selection,
                name=order.name,
                by=order.by,
                reason=order.reason,
                per_second=order.per_second,
            )
        except NameUsed as error:
            raise Refused(f"there is a replay called {order.name}: choose another name") from error
        replay = await open_replay(operator, order.name)
        await _note(operator, replay, "replays.start", by=order.by)
    return replay


async def _note(operator: Crossing, replay: Replay, action: str, *, by: str) -> None:
    await operator_actions.note(
        operator,
        by=by,
        action=action,
        reason=replay.reason,
        subject=f"replay:{replay.name}",
        details={"items": replay.items, "source": replay.source, "selection": replay.selection},
    )


async def _run(
    replay: Replay, pool: Pool, publisher: Publisher, connection: AbstractRobustConnection
) -> Ended:
    began = time.monotonic()
    with _resumable(replay.name), shown(Console(stderr=True), replay.name) as view:
        road = Road(pool=pool, publisher=publisher, depths=Depths(connection), shown=view)
        come = await run(replay, road)
        async with crossing(pool, Duty.OPERATOR) as operator:
            ended = await replays.find(operator, replay.name)
    return Ended(replay=ended or replay, come=come, seconds=time.monotonic() - began)


@contextmanager
def _resumable(name: str) -> Iterator[None]:
    """Whatever cuts a run off, say how it goes on."""
    how = f"the replay {name} has stopped; `ringbook replays resume {name}` goes on where it was"
    try:
        yield
    except RunElsewhere:
        raise
    except asyncio.CancelledError:
        sys.stderr.write(f"{how}\n")
        raise
    except (BrokerAway, *PASSING) as error:
        raise Refused(" ".join((str(error) or type(error).__name__).split()), how) from error


def _asked_for(selection: AnySelection) -> str:
    """What there is none of, in the operator's own words."""
    said = [f"{name} {value}" for name, value in selection.as_json().items() if name != "ids"]
    return f"there is none with {', '.join(said)}" if said else "there is none of these ids"
