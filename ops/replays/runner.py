"""Runs a replay: what is next, published on the bulk lane, confirmed, and noted as sent.

    is it its time? ─▶ next batch ─▶ room in its queues? ─▶ published ─▶ noted

Dying between the last two sends a batch twice, which the inbox absorbs. What ended since the
selection was frozen is left out. Only one process runs a replay at a time.
"""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Final, TypeAlias

from ops.refused import Refused
from ops.replays.departures import Departure, of_letter, of_webhook
from ops.replays.pace import Pace
from ops.replays.sending import Road, Sender
from storage import replay_items, replays
from storage.postgres import Duty, crossing
from storage.replay_items import ArchivedWebhook, Letter, Progress
from storage.replay_sources import DEAD_LETTERS
from storage.replays import Replay

IN_HAND: Final = 16 * 1024 * 1024  # bytes of bodies that are read together; one may have 10 MB

Item: TypeAlias = Letter | ArchivedWebhook


class RunElsewhere(Refused):
    """Another process has it in hand."""

    def __init__(self, name: str) -> None:
        super().__init__(f"the replay {name} is being run by another process")


async def run(replay: Replay, road: Road) -> Progress:
    """Send what is left of a replay; return when nothing is, or when it is cancelled.

    Raises RunElsewhere, BrokerAway, or what asyncpg raises if PostgreSQL is away.
    """
    async with replays.sole_runner(road.pool, replay.replay_id) as alone:
        if not alone:
            raise RunElsewhere(replay.name)
        async with crossing(road.pool, Duty.OPERATOR) as operator:
            come = await replay_items.progress(operator, replay.replay_id)
        return await _Runner(replay, road, come).run()


class _Runner:
    def __init__(self, replay: Replay, road: Road, come: Progress) -> None:
        self._replay = replay
        self._road = road
        self._come = come
        self._sender = Sender(replay, road, still_open=self._is_open)
        self._pace = Pace(replay.per_second, now=time.monotonic())
        self._after = 0  # the position of the last item that was read
        self._ended_too = bool(replay.selection.get("ended_too"))

    async def run(self) -> Progress:
        while await self._is_open():
            items = await self._next()
            if not items:
                async with crossing(self._road.pool, Duty.OPERATOR) as operator:
                    await replays.finish(operator, self._replay.replay_id)
                break
            departures = await self._sorted(items)
            sent = await self._sender.send(departures) if departures else 0
            self._pace.sent(sent, now=time.monotonic())
            self._come = replace(self._come, sent=self._come.sent + sent)
            self._road.shown.come(self._come)
            await asyncio.sleep(self._pace.wait(now=time.monotonic()))
        return self._come

    async def _is_open(self) -> bool:
        async with crossing(self._road.pool, Duty.OPERATOR) as operator:
            found = await replays.find(operator, self._replay.name)
        return found is not None and found.is_open

    async def _next(self) -> Sequence[Item]:
        letters = self._replay.source == DEAD_LETTERS
        read = replay_items.next_letters if letters else replay_items.next_webhooks
        async with crossing(self._road.pool, Duty.OPERATOR) as operator:
            items: Sequence[Item] = await read(
                operator,
                self._replay.replay_id,
                after=self._after,
                limit=self._pace.batch,
                max_bytes=IN_HAND,
            )
        self._after = items[-1].position if items else self._after
        return items

    async def _sorted(self, items: Sequence[Item]) -> list[Departure]:
        """What leaves; the others are noted as left out."""
        ended = [each.position for each in items if not (each.open or self._ended_too)]
        departures, no_queue = [], []
        for item in items:
            if item.open or self._ended_too:
                if departure := self._departure(item):
                    departures.append(departure)
                else:
                    no_queue.append(item.position)
        await self._leave_out(ended, because="ended")
        await self._leave_out(no_queue, because="no_queue")
        self._come = replace(
            self._come,
            ended=self._come.ended + len(ended),
            no_queue=self._come.no_queue + len(no_queue),
        )
        return departures

    def _departure(self, item: Item) -> Departure | None:
        if isinstance(item, ArchivedWebhook):
            return of_webhook(item, replay=self._replay.name)
        departure = of_letter(item, replay=self._replay.name)
        if departure is None:
            self._road.shown.say(
                f"dead letter {item.dead_letter_id}: no queue of ours is called {item.queue}"
            )
        return departure

    async def _leave_out(self, positions: Sequence[int], *, because: str) -> None:
        if positions:
            async with crossing(self._road.pool, Duty.OPERATOR) as operator:
                await replay_items.leave_out(
                    operator, self._replay.replay_id, positions, because=because
                )
