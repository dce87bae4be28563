"""A day from its first call until everything has settled, or day after day until Ctrl-C."""

import asyncio
import time
from collections.abc import Sequence
from datetime import UTC, date, datetime
from itertools import count
from typing import Final

from ops.demo.costs import FRANKFURT, Published, published
from ops.demo.day import Call, Day, again, read
from ops.demo.differences import differences
from ops.demo.expected import expected
from ops.demo.observed import Observed, Observer
from ops.demo.playing import Player
from ops.demo.show import Update
from ops.demo.system import OPERATOR, System
from ops.simulators.webhooks import client

A_CALL_EVERY: Final = 0.3  # seconds, when one day is played
AT_LEISURE: Final = 4.0  # seconds between two calls, when somebody watches
LOOK_EVERY: Final = 0.4  # seconds
SETTLED_WITHIN: Final = 60.0  # seconds; a first retry comes after 5, a second after 30
STILL: Final = 2.0  # seconds in which nothing more may happen once all is as expected
HOPELESS: Final = 15.0  # seconds in which nothing has moved and nothing waits
EARLIER_RATES: Final = {"USD": "1.0951", "GBP": "0.8423", "CHF": "0.9711"}


class Playback:
    """One run of the demo on a running system."""

    def __init__(self, system: System, observer: Observer, *, seed: int) -> None:
        self._system = system
        self._observer = observer
        self._seed = seed
        self.player = Player(system, seed=seed)

    async def one_day(self, update: Update) -> tuple[Observed, list[str]]:
        """Play the day; return what came of it and every difference from what must."""
        day = read(self._system.tenants, now=datetime.now(UTC), seed=self._seed)
        rates = await self._rates(day)
        await self._begin(day)
        playing = asyncio.create_task(self._play(day))
        while not playing.done():
            update(day.calls, await self._observer.look())
            await asyncio.wait({playing}, timeout=LOOK_EVERY)
        await playing
        return await self._settled(day, rates, update)

    async def day_after_day(self, update: Update) -> None:
        """Play a call every few seconds, for ever."""
        day = read(self._system.tenants, now=datetime.now(UTC), seed=self._seed)
        await self._rates(day)
        await self._begin(day)
        for rounds in count():
            later = again(day, now=datetime.now(UTC), rounds=rounds)
            calls = tuple(later) if rounds else day.calls
            playing = asyncio.create_task(self.player.play(calls, every=AT_LEISURE))
            while not playing.done():
                update(calls, await self._observer.look())
                await asyncio.wait({playing}, timeout=LOOK_EVERY)
            await playing

    async def _begin(self, day: Day) -> None:
        await self.player.book_in_calendar(day.seen)

    async def _play(self, day: Day) -> None:
        half = len(day.calls) // 2
        await self.player.play(day.calls[:half], every=A_CALL_EVERY)
        await self.player.play_strange()
        await self.player.play(day.calls[half:], every=A_CALL_EVERY)

    async def _rates(self, day: Day) -> Published:
        """The rates of the simulated bank; those of the days of late calls are made others."""
        ecb = self._system.simulators["ecb"]
        async with client() as http:
            other = {day.isoformat(): EARLIER_RATES for day in _days_of_late_calls(day.calls)}
            (await http.post(f"{ecb}/_simulator/rates", json=other)).raise_for_status()
            answer = await http.get(f"{ecb}/stats/eurofxref/eurofxref-hist-90d.xml")
            return published(answer.raise_for_status().content)

    async def _settled(
        self, day: Day, rates: Published, update: Update
    ) -> tuple[Observed, list[str]]:
        """Wait until all is as it must be and stays so, or until there is no hope for it."""
        began = changed = time.monotonic()
        fine_since: float | None = None
        before: list[str] = []
        while True:
            found = await self._observer.look()
            update(day.calls, found)
            wanted = expected(day, rates, operator_email=OPERATOR, calendar=found.calendar.keys())
            left = differences(wanted, found, self.player.sent)
            now = time.monotonic()
            fine_since = None if left else fine_since or now
            changed = changed if left == before else now
            before = left
            if fine_since and now - fine_since > STILL:
                return found, []
            hopeless = not found.waiting and now - changed > HOPELESS
            if left and (hopeless or now - began > SETTLED_WITHIN):
                return found, left
            await asyncio.sleep(LOOK_EVERY)


def _days_of_late_calls(calls: Sequence[Call]) -> set[date]:
    today = max(call.ended_at for call in calls).astimezone(FRANKFURT).date()
    return {day for call in calls if (day := call.ended_at.astimezone(FRANKFURT).date()) < today}
