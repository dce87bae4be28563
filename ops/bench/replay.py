"""The bench of replays: thousands of dead letters sent and handled, while live webhooks come in.

    live alone ─▶ letters are buried ─▶ `ringbook dead-letters replay` beside the same live load

Everything runs as `ringbook up` runs it; the replay is the command, in a process of its own.
"""

import asyncio
import os
import sys
import time
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import asyncpg

from ops.bench import servers
from ops.bench.figures import MILLIS, percentile
from ops.bench.load import Answered
from ops.bench.ours import everything
from ops.bench.pipelines import Pipeline
from ops.bench.replay_letters import FINGERPRINT, Kind, bury
from ops.bench.run import Run, firsts, under_load
from ops.bench.servers import Servers
from ops.bench.usage import Meter, usages
from ops.bench.webhooks import Event, Mix
from ops.processes import ROOT
from ops.refused import Refused
from ops.tenants.file import TenantsFile

WARM_UP: Final = 200  # events
CHUNK: Final = 2.0  # seconds of live load that are made ready together
LOOK: Final = 0.5  # seconds between two looks at the replay
PATIENCE: Final = 60.0  # seconds without any progress until we give up
AT: Final = (0.1, 0.5, 1.0)  # of the letters, when the runner's memory is told


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How much is measured."""

    letters: int
    kind: Kind
    per_second: int
    live_per_second: float
    quiet_seconds: float
    tenants: TenantsFile


@dataclass(frozen=True, slots=True, kw_only=True)
class Live:
    """Milliseconds from the request of a live webhook to its commit."""

    events: int
    p50: float
    p99: float
    others: float  # cores that were busy with what is none of ours


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What was seen."""

    quiet: Live
    beside: Live
    sent_per_second: float
    handled_per_second: float
    megabytes: dict[str, float]  # of the runner: at 10, 50 and 100 % of the letters, and the most
    cpu: dict[str, float]  # milliseconds for a letter, by process; the live load is in it


@dataclass(slots=True)
class _Used:
    """What the runner holds, by the share of letters that was sent, and its CPU seconds so far."""

    seen: list[tuple[float, float]] = field(default_factory=list)
    cpu: float = 0.0

    def look(self, runner: Process, *, sent: float) -> None:
        with suppress(Refused):  # it has ended
            used = usages({"replay": runner.pid})["replay"]
            self.seen.append((sent, used.megabytes))
            self.cpu = used.cpu

    def told(self) -> dict[str, float]:
        """A runner that ended between two looks is told as it was seen last."""
        last = self.seen[-1][1] if self.seen else 0.0
        told = {
            f"{share:.0%}": next((held for sent, held in self.seen if sent >= share), last)
            for share in AT
        }
        return {**told, "most": max((held for _, held in self.seen), default=last)}


async def measure(plan: Plan, directory: Path, say: Callable[[str], None]) -> Measured:
    """Measure it once; raises Refused if a letter or a live webhook is lost."""
    async with (
        servers.running(directory, say) as running,
        everything(running, plan.tenants, 0) as pipeline,
        under_load(pipeline) as run,
    ):
        bench = _Bench(plan, running, pipeline, run, Mix(plan.tenants, seed=1))
        await bench.warm_up()
        say(f"{plan.letters:,} letters are buried")
        await bury(pipeline.database, plan.kind, plan.letters, plan.tenants)
        await running.execute("CHECKPOINT")
        quiet = await bench.live(asyncio.create_task(asyncio.sleep(plan.quiet_seconds)))
        say(f"quiet: p99 {quiet.p99:.1f} ms; the replay begins")
        return await bench.replayed(quiet)


class _Bench:
    def __init__(
        self, plan: Plan, running: Servers, pipeline: Pipeline, run: Run, mix: Mix
    ) -> None:
        self._plan = plan
        self._servers = running
        self._pipeline = pipeline
        self._run = run
        self._mix = mix

    async def warm_up(self) -> None:
        await self._run.burst(self._mix.events(WARM_UP))
        await self._run.settle()

    async def replayed(self, quiet: Live) -> Measured:
        used, meter = _Used(), Meter(self._pipeline.pids)
        async with self._runner() as runner:
            beside = await self.live(asyncio.create_task(self._to_its_end(runner, used)))
        spent = {**meter.read().cpu, "replay": used.cpu}
        sent, handled = await self._rates()
        return Measured(
            quiet=quiet,
            beside=beside,
            sent_per_second=sent,
            handled_per_second=handled,
            megabytes=used.told(),
            cpu={name: each * MILLIS / self._plan.letters for name, each in spent.items()},
        )

    async def live(self, while_: "asyncio.Task[None]") -> Live:
        """Post live webhooks for as long as a task takes, and see how long each took."""
        meter = Meter(self._pipeline.pids)
        events: list[Event] = []
        answers: list[Answered] = []
        try:
            while not while_.done():
                chunk = self._mix.events(round(CHUNK * self._plan.live_per_second))
                answers += await self._run.steadily(chunk, per_second=self._plan.live_per_second)
                events += chunk
        finally:
            while_.cancel()
        others = meter.read().others
        await while_
        latencies = firsts(events, answers, await self._committed(events))
        return Live(
            events=len(events),
            p50=percentile(latencies, 0.5) * MILLIS,
            p99=percentile(latencies, 0.99) * MILLIS,
            others=others,
        )

    async def _committed(self, events: Sequence[Event]) -> list[float]:
        """When each was committed; raises Refused if one is not in time."""
        ids = [self._pipeline.id_of(event) for event in events]
        until = time.monotonic() + PATIENCE
        while True:
            committed = await self._run.committed("message_id", self._pipeline.effects)
            if all(each in committed for each in ids):
                return [committed[each] for each in ids]
            if time.monotonic() > until:
                raise Refused(f"a live webhook has not taken effect for {PATIENCE:.0f} s")
            await asyncio.sleep(LOOK)

    async def _to_its_end(self, runner: Process, used: _Used) -> None:
        """Watch the replay until every letter is handled."""
        sent, handled, until = 0, 0, time.monotonic() + PATIENCE
        database = await asyncpg.connect(self._pipeline.database)
        try:
            while handled < self._plan.letters:
                before = (sent, handled)
                sent = await database.fetchval("SELECT count(sent_at) FROM replay_items")
                handled = await database.fetchval("SELECT count(*) FROM dead_letter_ends")
                if runner.returncode is None:
                    used.look(runner, sent=sent / self._plan.letters)
                if (sent, handled) != before:
                    until = time.monotonic() + PATIENCE
                elif time.monotonic() > until:
                    raise Refused(f"{sent} letters were sent and {handled} handled, then no more")
                await asyncio.sleep(LOOK)
        finally:
            await database.close()

    async def _rates(self) -> tuple[float, float]:
        """Letters sent, and handled, in a second."""
        database = await asyncpg.connect(self._pipeline.database)
        try:
            row = await database.fetchrow(
                """
                SELECT extract(epoch FROM (SELECT max(sent_at) FROM replay_items)
                                          - made_at)::float AS sending,
                       extract(epoch FROM (SELECT max(ended_at) FROM dead_letter_ends)
                                          - made_at)::float AS handling
                  FROM replays
                """
            )
        finally:
            await database.close()
        if row is None:
            raise Refused("nothing was replayed")
        return self._plan.letters / row["sending"], self._plan.letters / row["handling"]

    @asynccontextmanager
    async def _runner(self) -> AsyncIterator[Process]:
        """The command, as an operator would start it."""
        words = f"dead-letters replay --fingerprint {FINGERPRINT} --name bench --reason bench --yes"
        settings = {
            "RINGBOOK_POSTGRES_URL": self._pipeline.database,
            "RINGBOOK_RABBITMQ_URL": self._servers.urls.rabbitmq,
        }
        log = self._servers.directory / "replay.log"
        with log.open("wb") as out:
            runner = await asyncio.create_subprocess_exec(
                sys.executable,
                *("-m", "ops", *words.split(), "--per-second", str(self._plan.per_second)),
                env={**os.environ, **settings},
                cwd=ROOT,
                stdout=out,
                stderr=out,
            )
        try:
            yield runner
            if await runner.wait():
                raise Refused(f"the replay failed: {log.read_text()}")
        finally:
            if runner.returncode is None:
                runner.terminate()
                await runner.wait()
