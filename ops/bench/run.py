"""A pipeline under load: what is posted, when each of it took effect, when nothing is left."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final

import asyncpg

from ops.bench.load import Answered, connections, post_all, post_steadily
from ops.bench.pipelines import Pipeline, Rest
from ops.bench.webhooks import Event, signed_request
from ops.refused import Refused

CONNECTIONS: Final = 32
LOOK: Final = 0.1  # seconds between two looks at the database
PATIENCE: Final = 30.0  # seconds without any progress until we give up

_COMMITTED_AT: Final = "extract(epoch FROM pg_xact_commit_timestamp(xmin))::float"


class Run:
    """A pipeline under load. Every event that is posted must take effect."""

    def __init__(self, pipeline: Pipeline, database: Any) -> None:
        self._pipeline = pipeline
        self._database = database
        self._posted: set[tuple[str, str]] = set()  # event and call
        self.requests = 0  # that were posted, duplicates included

    async def burst(self, events: Sequence[Event]) -> list[Answered]:
        """Post them as fast as they are accepted, and wait until each took effect."""
        requests = self._requests(events)
        async with connections(self._pipeline.url, CONNECTIONS) as through:
            answers = await post_all(through, requests)
        await self.take_effect()
        return answers

    async def steadily(self, events: Sequence[Event], *, per_second: float) -> list[Answered]:
        """Post some every second, over connections of their own."""
        requests = self._requests(events)
        async with connections(self._pipeline.url, CONNECTIONS) as through:
            return await post_steadily(through, requests, per_second=per_second)

    async def take_effect(self) -> None:
        """Wait until everything that was posted took effect."""
        seen, until = 0, time.monotonic() + PATIENCE
        while seen < len(self._posted):
            now = await self._database.fetchval(
                f"SELECT count(*) FROM {self._pipeline.effects}"  # noqa: S608 -- a name of ours
            )
            if now > seen:
                seen, until = now, time.monotonic() + PATIENCE
            elif time.monotonic() > until:
                raise Refused(
                    f"{self._pipeline.name}: {seen} of {len(self._posted)} webhooks took effect,"
                    f" and none for {PATIENCE:.0f} s"
                )
            await asyncio.sleep(LOOK)

    async def settle(self) -> float:
        """Wait until the processes have nothing left to do; return when that was."""
        return await self._until(self._pipeline.settled) if self._pipeline.settled else time.time()

    async def follow(self, rest: Rest) -> float:
        """Let the others do what is left; return the seconds from the first thing they did on."""
        async with rest.running():
            done_at = await self._until(rest.done)
        return done_at - min((await self.committed("message_id", rest.effects)).values())

    async def effects(self, events: Sequence[Event]) -> list[float]:
        """When each event was committed, in seconds since 1970."""
        committed = await self.committed("message_id", self._pipeline.effects)
        return [committed[self._pipeline.id_of(event)] for event in events]

    async def committed(self, key: str, rows: str) -> dict[Any, float]:
        """When each of these rows was committed, in seconds since 1970, by one of its columns."""
        return dict(
            await self._database.fetch(f"SELECT {key}, {_COMMITTED_AT} FROM {rows}")  # noqa: S608 -- names of ours
        )

    async def rows(self) -> dict[str, int]:
        """How many rows there are in each table of interest."""
        return {
            table: await self._database.fetchval(f"SELECT count(*) FROM {table}")  # noqa: S608 -- as above
            for table in self._pipeline.tables
        }

    async def _until(self, true: str) -> float:
        calls = len({call_id for _, call_id in self._posted})
        until = time.monotonic() + PATIENCE + calls / 10
        while not await self._database.fetchval(true, calls):
            if time.monotonic() > until:
                raise Refused(f"{self._pipeline.name}: not all that follows from a call happened")
            await asyncio.sleep(LOOK)
        return time.time()

    def _requests(self, events: Sequence[Event]) -> list[bytes]:
        self.requests += len(events)
        self._posted |= {(event.name, event.call_id) for event in events}
        return [signed_request(self._pipeline.url, event.body) for event in events]


@asynccontextmanager
async def under_load(pipeline: Pipeline) -> AsyncIterator[Run]:
    """A run of it, with a connection that looks into its database."""
    database = await asyncpg.connect(pipeline.database)
    try:
        yield Run(pipeline, database)
    finally:
        await database.close()


def firsts(
    events: Sequence[Event], answers: Sequence[Answered], effects: Sequence[float]
) -> list[float]:
    """Seconds from the first request of each event to its commit; a repeat has no effect."""
    first: dict[tuple[str, str], float] = {}
    for event, answered, committed in zip(events, answers, effects, strict=True):
        first.setdefault((event.name, event.call_id), committed - answered.began)
    return list(first.values())
