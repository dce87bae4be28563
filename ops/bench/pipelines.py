"""The two pipelines that are compared: our processes as in production, and the bare one.

Each is started anew for each run, on a database of its own, so that the one that rests costs
nothing while the other is measured.
"""

import base64
import secrets
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from uuid import NAMESPACE_URL, UUID, uuid5

import asyncpg

from messages import topology
from messages.message import id_of
from ops import processes
from ops.bench import bare
from ops.bench.servers import Servers
from ops.bench.usage import pid_of
from ops.bench.webhooks import KEY, Event
from ops.processes import PROGRAMS, Process
from ops.simulators import sendgrid, twilio
from ops.stack import kept
from ops.stack.stack import environment_of
from ops.tenants.apply import apply
from ops.tenants.file import TenantsFile
from storage.secrets import KeyRing

OURS: Final = "ringbook"
BARE: Final = "bare"

_SIMULATED: Final = ("calcom", "twilio", "sendgrid", "ecb", "retell")
_OF_CALLS: Final = {"calls.started", "calls.ended", "calls.analyzed"}
_HEARERS: Final = [work.name for work in topology.ALL if _OF_CALLS & set(work.hears)]
_SETTLED: Final = f"""
    SELECT NOT EXISTS (SELECT FROM outbox)
       AND (SELECT count(*) FROM platform_costs WHERE final) = $1
       AND NOT EXISTS (
           SELECT FROM unnest(ARRAY{_HEARERS}) AS hearer
            WHERE (SELECT count(*) FROM inbox WHERE handler = hearer) < $1
       )
    """  # noqa: S608 -- the names are ours


@dataclass(frozen=True, slots=True, kw_only=True)
class Pipeline:
    """One that runs: where it is posted to, and how one sees what became of it.

    `effects` is the table with a row for each webhook that took effect; `settled` a query that is
    true once all that follows from so many calls ($1) has happened, too; `tables` are counted.
    """

    name: str
    url: str
    database: str
    pids: Mapping[str, int]
    effects: str
    id_of: Callable[[Event], UUID]
    settled: str
    tables: Sequence[str]


@asynccontextmanager
async def ours(servers: Servers, file: TenantsFile, run: int) -> AsyncIterator[Pipeline]:
    """Ingress, workers with all actors, duties, and simulators of the providers."""
    keys = f"bench:{base64.b64encode(secrets.token_bytes(32)).decode()}"
    async with servers.database(f"ours_{run}", template="ringbook") as database:
        await apply(database, KeyRing.parse(keys), file, environment={})
        ports = _ports(servers.directory, *_SIMULATED, *(each.name for each in PROGRAMS))
        environment = {
            **environment_of(servers.urls),
            "RINGBOOK_POSTGRES_URL": database,
            "RINGBOOK_MASTER_KEYS": keys,
            "RINGBOOK_RETELL_WEBHOOK_KEYS": KEY,
            **{each.host_setting: "127.0.0.1" for each in PROGRAMS},
            **{each.port_setting: str(ports[each.name]) for each in PROGRAMS},
            "RINGBOOK_TWILIO_ACCOUNT_SID": twilio.ACCOUNT,
            "RINGBOOK_TWILIO_AUTH_TOKEN": twilio.AUTH,
            "RINGBOOK_SENDGRID_API_KEY": sendgrid.KEY,
            "RINGBOOK_EMAIL_SENDER": "post@ringbook.example",
            "RINGBOOK_OPERATOR_EMAIL": "operator@ringbook.example",
            **{
                f"RINGBOOK_{name.upper()}_URL": f"http://127.0.0.1:{ports[name]}"
                for name in _SIMULATED
            },
        }
        await servers.purge(*topology.EVERY_QUEUE)
        where = [f"--{name}-port={ports[name]}" for name in _SIMULATED]
        simulating = ("-m", "ops.simulators", *where)
        started = [
            _speaking("simulators", simulating, servers.directory, {}),
            *(
                processes.process(each, directory=servers.directory, environment=environment)
                for each in PROGRAMS
            ),
        ]
        async with processes.running(started, say=lambda _: None):
            pids = {each.name: pid_of(each.arguments) for each in PROGRAMS}
            pids["simulators"] = pid_of(simulating)
            yield Pipeline(
                name=OURS,
                url=f"http://127.0.0.1:{ports['ingress']}/webhooks/retell",
                database=database,
                pids={**pids, **servers.pids},
                effects="webhook_events WHERE outcome = 'done'",
                id_of=lambda event: id_of("retell", "retell", event.name, event.call_id),
                settled=_SETTLED,
                tables=("calls", "platform_costs", "appointments", "notifications", "dead_letters"),
            )


@asynccontextmanager
async def bare_one(servers: Servers, _file: TenantsFile, run: int) -> AsyncIterator[Pipeline]:
    """The two processes of `bare.py`."""
    async with servers.database(f"bare_{run}", template="template1") as database:
        connection = await asyncpg.connect(database)
        await connection.execute(bare.SCHEMA)
        await connection.close()
        port = _ports(servers.directory, "bare")["bare"]
        environment = environment_of(servers.urls) | {"RINGBOOK_POSTGRES_URL": database}
        await servers.purge(bare.QUEUE)
        commands = {
            "receiver": ("-m", "ops.bench.bare", "receive", str(port)),
            "worker": ("-m", "ops.bench.bare", "work"),
        }
        started = [
            _speaking(name, command, servers.directory, environment)
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
                settled="SELECT $1::bigint IS NOT NULL",
                tables=("calls",),
            )


def _ports(directory: Path, *names: str) -> dict[str, int]:
    """A free port for each."""
    return {name: kept.port(directory / f"port.{name}") for name in names}


def _speaking(
    name: str, arguments: Sequence[str], directory: Path, environment: Mapping[str, str]
) -> Process:
    """A process that is ready when it has printed a line."""

    async def spoke() -> bool:
        return made.log.exists() and made.log.stat().st_size > 0

    made = Process(name, arguments, answers=spoke, directory=directory, environment=environment)
    return made
