"""One run of one pipeline: what it does with a burst, and how long one webhook among few takes.

warm up ─▶ burst, as fast as it is accepted ─▶ 20 events a second ─▶ what is left to others
"""

from dataclasses import dataclass
from typing import Final

from ops.bench.figures import MILLIS, percentile
from ops.bench.pipelines import Pipeline
from ops.bench.run import Run, firsts, under_load
from ops.bench.servers import Servers
from ops.bench.usage import Meter, Spent
from ops.bench.webhooks import Mix

WARM_UP: Final = 200  # events; caches are filled, statements prepared, rates fetched
PER_SECOND: Final = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What one run showed. Events count with their duplicates, latencies are milliseconds."""

    accepted_per_second: float
    events_per_second: float  # up to the last committed effect
    followed_after: float | None  # seconds until all that follows is done, if anything does
    followed_per_second: float | None
    p50: float
    p99: float
    cpu: dict[str, float]  # seconds for 1,000 events of the burst, by process
    load_cpu: float
    others: float  # cores that were busy with what is none of ours
    megabytes: dict[str, float]
    rows: dict[str, int]  # what is in the database at the end


@dataclass(frozen=True, slots=True, kw_only=True)
class _Burst:
    accepted_after: float  # seconds, from the first request on
    effective_after: float
    settled_after: float
    spent: Spent


async def measure(
    servers: Servers, pipeline: Pipeline, mix: Mix, *, events: int, steady_seconds: float
) -> Measured:
    """Measure it once."""
    async with under_load(pipeline) as run:
        await run.burst(mix.events(min(events, WARM_UP)))
        await run.settle()
        await servers.execute("CHECKPOINT")  # or one falls into the burst of some runs

        burst = await _burst(run, pipeline, mix, events)
        latencies = await _latencies(run, mix, seconds=steady_seconds)
        followed = await _followed(run, pipeline, burst, events)
        thousands = events / 1000
        return Measured(
            accepted_per_second=events / burst.accepted_after,
            events_per_second=events / burst.effective_after,
            followed_after=followed[0] if followed else None,
            followed_per_second=followed[1] / followed[0] if followed else None,
            p50=percentile(latencies, 0.5) * MILLIS,
            p99=percentile(latencies, 0.99) * MILLIS,
            cpu={name: seconds / thousands for name, seconds in burst.spent.cpu.items()},
            load_cpu=burst.spent.load / thousands,
            others=burst.spent.others,
            megabytes=burst.spent.megabytes,
            rows=await run.rows(),
        )


async def _burst(run: Run, pipeline: Pipeline, mix: Mix, count: int) -> _Burst:
    events, meter = mix.events(count), Meter(pipeline.pids)
    answers = await run.burst(events)
    settled_at = await run.settle()
    spent, began = meter.read(), answers[0].began
    return _Burst(
        accepted_after=max(each.began + each.seconds for each in answers) - began,
        effective_after=max(await run.effects(events)) - began,
        settled_after=settled_at - began,
        spent=spent,
    )


async def _followed(
    run: Run, pipeline: Pipeline, burst: _Burst, events: int
) -> tuple[float, int] | None:
    """The seconds that all took that follows, and from how many events."""
    if pipeline.rest:
        return await run.follow(pipeline.rest), run.requests
    return (burst.settled_after, events) if pipeline.settled else None


async def _latencies(run: Run, mix: Mix, *, seconds: float) -> list[float]:
    events = mix.events(round(seconds * PER_SECOND))
    answers = await run.steadily(events, per_second=PER_SECOND)
    await run.take_effect()
    latencies = firsts(events, answers, await run.effects(events))
    await run.settle()
    return latencies
