"""Sends a batch: when there is room for it, until RabbitMQ has all of it, and notes that."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final

from messages.crash_points import REPLAYED, crash_point
from messages.publisher import BrokerUnavailable, Publisher
from ops.replays.departures import Departure
from ops.replays.depths import LOOK, Depths
from ops.replays.progress import Shown
from storage import replay_items
from storage.postgres import Duty, Pool, crossing
from storage.replays import Replay

PATIENCE: Final = 60.0  # seconds for a RabbitMQ that takes nothing
CALM: Final = 1.0  # seconds between two tries then


class BrokerAway(Exception):
    """RabbitMQ took nothing for longer than a replay waits."""

    def __init__(self, error: BrokerUnavailable) -> None:
        super().__init__(f"{error}, for {PATIENCE:.0f} s")


@dataclass(frozen=True, slots=True, kw_only=True)
class Road:
    """What a replay goes by."""

    pool: Pool
    publisher: Publisher
    depths: Depths
    shown: Shown


class Sender:
    """Sends the batches of one replay."""

    def __init__(
        self, replay: Replay, road: Road, *, still_open: Callable[[], Awaitable[bool]]
    ) -> None:
        self._replay_id = replay.replay_id
        self._road = road
        self._still_open = still_open

    async def send(self, departures: Sequence[Departure]) -> int:
        """Send them all, or what was sent when the replay was cancelled; raises BrokerAway."""
        if not await self._has_room(departures):
            return 0
        left, until = departures, time.monotonic() + PATIENCE
        while failed := await self._posted(left):
            if time.monotonic() > until:
                raise BrokerAway(failed[0][1])
            left = [departure for departure, _ in failed]
            self._road.shown.wait("RabbitMQ takes nothing")
            await asyncio.sleep(CALM)
            if not await self._still_open():
                return len(departures) - len(left)
        self._road.shown.wait(None)
        return len(departures)

    async def _has_room(self, departures: Sequence[Departure]) -> bool:
        """Wait while too much waits in their queues; False if it was cancelled meanwhile."""
        queues = {queue for departure in departures for queue in departure.queues}
        while queue := await self._road.depths.crowded(queues):
            self._road.shown.wait(f"enough messages wait in {queue}")
            await asyncio.sleep(LOOK)
            if not await self._still_open():
                return False
        self._road.shown.wait(None)
        return True

    async def _posted(
        self, departures: Sequence[Departure]
    ) -> list[tuple[Departure, BrokerUnavailable]]:
        """Publish them at once, and note those that RabbitMQ has; the others are returned."""
        ends = await asyncio.gather(*map(self._publish, departures))
        both = list(zip(departures, ends, strict=True))
        sent = [departure.position for departure, end in both if end is None]
        crash_point(REPLAYED)
        if sent:
            async with crossing(self._road.pool, Duty.OPERATOR) as operator:
                await replay_items.note_sent(operator, self._replay_id, sent)
        return [(departure, end) for departure, end in both if end is not None]

    async def _publish(self, departure: Departure) -> BrokerUnavailable | None:
        try:
            await self._road.publisher.publish(
                departure.exchange,
                departure.routing_key,
                departure.body,
                message_id=departure.message_id,
                correlation_id=departure.correlation_id,
                content_type=departure.content_type,
                headers=departure.headers,
            )
        except BrokerUnavailable as error:
            return error
        return None
