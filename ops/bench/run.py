"""One run of one pipeline: what it does with a burst, and how long one webhook among few takes.

warm up ─▶ burst, as fast as it is accepted ─▶ all consequences ─▶ 20 events a second
"""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

import asyncpg

from ops.bench.figures import MILLIS, percentile
from ops.bench.load import Answered, connections, post_all, post_steadily
from ops.bench.pipelines import Pipeline
from ops.bench.servers import Servers
from ops.bench.usage import Meter
from ops.bench.webhooks import Event, Mix, signed_request
from ops.refused import Refused

CONNECTIONS: Final = 32
WARM_UP: Final = 200  # events; caches are filled, statements prepared, rates fetched
PER_SECOND: Final = 20.0
LOOK: Final = 0.1  # seconds between two looks at the database
PATIENCE: Final = 30.0  # seconds without any progress until we give up

_COMMITTED_AT: Final = "extract(epoch FROM pg_xact_commit_timestamp(xmin))::float"


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What one run showed. Events count with their duplicates, latencies are milliseconds."""

    accepted_per_second: float
    events_per_second: float  # up to the last committed effect
    settled_after: float  # seconds from the first request to the last consequence
    p50: float
    p99: float
    cpu: dict[str, float]  # seconds for 1,000 events, by process, consequences included
    load_cpu: float
    others: float  # cores that were busy with what is none of ours
    megabytes: dict[str, float]
    rows: dict[str, int]  # what is in the database at the end


class Run:
    """A pipeline under load. Every event that is posted must take effect."""

    def __init__(self, pipeline: Pipeline, database: Any) -> None:
        self._pipeline = pipeline
        self._database = database
        self._posted: set[tuple[str, str]] = set()  # event and call

    async def burst(self, events: Sequence[Event]) -> list[Answered]:
        """Post them as fast as they are accepted, and wait until each took effect."""
        requests = self._requests(events)
        async with connections(self._pipeline.url, CONNECTIONS) as through:
            answers = await post_all(through, requests)
        await self._take_effect()
        return answers

    async def steadily(self, events: Sequence[Event]) -> list[Answered]:
        """Post some every second, and wait until each took effect."""
        requests = self._requests(events)
        async with connections(self._pipeline.url, CONNECTIONS) as through:
            answers = await post_steadily(through, requests, per_second=PER_SECOND)
        await self._take_effect()
        return answers

    async def settle(self) -> float:
        """Wait for everything that follows; return when that was."""
        calls = len({call_id for _, call_id in self._posted})
        until = time.monotonic() + PATIENCE + calls / 10
        while not await self._database.fetchval(self._pipeline.settled, calls):
            if time.monotonic() > until:
                raise Refused(f"{self._pipeline.name}: not all that follows from a call happened")
            await asyncio.sleep(LOOK)
        return time.time()

    async def effects(self, events: Sequence[Event]) -> list[float]:
        """When each event was committed, in seconds since 1970."""
        rows = await self._database.fetch(
            f"SELECT message_id, {_COMMITTED_AT} FROM {self._pipeline.effects}"  # noqa: S608 -- a name of ours
        )
        committed = dict(rows)
        return [committed[self._pipeline.id_of(event)] for event in events]

    async def rows(self) -> dict[str, int]:
        """How many rows there are in each table of interest."""
        return {
            table: await self._database.fetchval(f"SELECT count(*) FROM {table}")  # noqa: S608 -- as above
            for table in self._pipeline.tables
        }

    def _requests(self, events: Sequence[Event]) -> list[bytes]:
        self._posted |= {(event.name, event.call_id) for event in events}
        return [signed_request(self._pipeline.url, event.body) for event in events]

    async def _take_effect(self) -> None:
        seen, until = 0, time.monotonic() + PATIENCE
        while seen < len(self._posted):
            now = await self._database.fetchval(
                f"SELECT count(*) FROM {self._pipeline.effects}"  # noqa: S608 -- as above
            )
            if now > seen:
                seen, until = now, time.monotonic() + PATIENCE
            elif time.monotonic() > until:
                raise Refused(
                    f"{self._pipeline.name}: {seen} of {len(self._posted)} webhooks took effect,"
                    f" and none for {PATIENCE:.0f} s"
                )
            await asyncio.sleep(LOOK)


async def measure(
    servers: Servers, pipeline: Pipeline, mix: Mix, *, events: int, steady_seconds: float
) -> Measured:
    """Measure it once."""
    async with _under_load(pipeline) as run:
        await run.burst(mix.events(min(events, WARM_UP)))
        await run.settle()
        await servers.execute("CHECKPOINT")  # or one falls into the burst of some runs

        posted, meter = mix.events(events), Meter(pipeline.pids)
        answers = await run.burst(posted)
        settled_at = await run.settle()
        spent = meter.read()
        begun, ended = answers[0].began, max(each.began + each.seconds for each in answers)
        last_effect = max(await run.effects(posted))

        few = mix.events(round(steady_seconds * PER_SECOND))
        latencies = _latencies(few, await run.steadily(few), await run.effects(few))
        await run.settle()
        return Measured(
            accepted_per_second=events / (ended - begun),
            events_per_second=events / (last_effect - begun),
            settled_after=settled_at - begun,
            p50=percentile(latencies, 0.5) * MILLIS,
            p99=percentile(latencies, 0.99) * MILLIS,
            cpu={name: seconds / events * 1000 for name, seconds in spent.cpu.items()},
            load_cpu=spent.load / events * 1000,
            others=spent.others,
            megabytes=spent.megabytes,
            rows=await run.rows(),
        )


@asynccontextmanager
async def _under_load(pipeline: Pipeline) -> AsyncIterator[Run]:
    database = await asyncpg.connect(pipeline.database)
    try:
        yield Run(pipeline, database)
    finally:
        await database.close()


def _latencies(
    events: Sequence[Event], answers: Sequence[Answered], effects: Sequence[float]
) -> list[float]:
    """Seconds from the first request of each event to its commit; a repeat has no effect."""
    first: dict[tuple[str, str], float] = {}
    for event, answered, committed in zip(events, answers, effects, strict=True):
        first.setdefault((event.name, event.call_id), committed - answered.began)
    return list(first.values())
