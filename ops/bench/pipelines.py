"""What is compared: pipelines that run, each from a request to what is committed for it.

Each is started anew for each run, on a database of its own, so that the one that rests costs
nothing while the other is measured. `ours.py` has ours; the bare one stands here.
"""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from uuid import NAMESPACE_URL, UUID, uuid5

import asyncpg

from ops import processes
from ops.bench import bare
from ops.bench.servers import Servers
from ops.bench.usage import pid_of
from ops.bench.webhooks import Event
from ops.processes import Process
from ops.stack import kept
from ops.stack.stack import environment_of
from ops.tenants.file import TenantsFile

BARE: Final = "bare"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rest:
    """Those who do what is left: how they run, and the table with a row for each thing they did.

    `done` is a query that is true once they have done all that follows from so many calls ($1).
    """

    running: Callable[[], AbstractAsyncContextManager[None]]
    effects: str
    done: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Pipeline:
    """One that runs: where it is posted to, and how one sees what became of it.

    `effects` is the table with a row for each webhook that took effect; `settled` a query that is
    true once its processes have done all they do about so many calls ($1), None if that is the
    effect itself; `rest` are those who are not running yet; `tables` are counted.
    """

    name: str
    url: str
    database: str
    pids: Mapping[str, int]
    effects: str
    id_of: Callable[[Event], UUID]
    settled: str | None = None
    rest: Rest | None = None
    tables: Sequence[str]


@asynccontextmanager
async def bare_one(servers: Servers, _file: TenantsFile, run: int) -> AsyncIterator[Pipeline]:
    """The two processes of `bare.py`."""
    async with servers.database(f"bare_{run}", template="template1") as database:
        connection = await asyncpg.connect(database)
        await connection.execute(bare.SCHEMA)
        await connection.close()
        port = ports(servers.directory, "bare")["bare"]
        environment = environment_of(servers.urls) | {"RINGBOOK_POSTGRES_URL": database}
        await servers.purge(bare.QUEUE)
        commands = {
            "receiver": ("-m", "ops.bench.bare", "receive", str(port)),
            "worker": ("-m", "ops.bench.bare", "work"),
        }
        started = [
            speaking(name, command, servers.directory, environment)
            for name, command in commands.items()
        ]
        async with processes.running(started, say=lambda _: None):
            pids = {name: pid_of(command) for name, command in commands.items()}
            yield Pipeline(
                name=BARE,
                url=f"http://127.0.0.1:{port}/webhooks/retell",
                database=database,
                pids={**pids, **servers.pids},
                effects="webhooks",
                id_of=lambda event: uuid5(NAMESPACE_URL, f"{event.name}:{event.call_id}"),
                tables=("calls",),
            )


def ports(directory: Path, *names: str) -> dict[str, int]:
    """A free port for each."""
    return {name: kept.port(directory / f"port.{name}") for name in names}


def speaking(
    name: str, arguments: Sequence[str], directory: Path, environment: Mapping[str, str]
) -> Process:
    """A process that is ready when it has printed a line."""

    async def spoke() -> bool:
        return made.log.exists() and made.log.stat().st_size > 0

    made = Process(name, arguments, answers=spoke, directory=directory, environment=environment)
    return made
