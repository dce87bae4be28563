"""Ours, run in two ways: hearing alone, as far as the bare pipeline goes, or everything at once.

one hop             ingress ─▶ workers calls ─▶ commit       (the others start afterwards)
everything at once  ingress ─▶ workers, transcripts, duties  (as `ringbook up` runs them)
"""

import base64
import secrets
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

from messages import topology
from messages.message import id_of
from ops import processes
from ops.bench.pipelines import Pipeline, Rest, ports, speaking
from ops.bench.servers import Servers
from ops.bench.usage import pid_of
from ops.bench.webhooks import KEY
from ops.processes import DUTIES, INGRESS, PROGRAMS, TRANSCRIPTS, WORKERS, Program
from ops.simulators import sendgrid, twilio
from ops.stack.stack import environment_of
from ops.tenants.apply import apply
from ops.tenants.file import TenantsFile
from storage.secrets import KeyRing

ONE_HOP: Final = "one hop"
EVERYTHING: Final = "everything at once"

CALLS: Final = Program(
    "calls", ("-m", "workers", "calls"), "RINGBOOK_WORKERS_HOST", "RINGBOOK_WORKERS_PORT", 8081
)
OTHERS: Final = Program(
    "others",
    tuple(each for each in WORKERS.arguments if each != "calls"),
    "RINGBOOK_WORKERS_HOST",
    "RINGBOOK_OTHERS_PORT",
    8084,
    port_read_as="RINGBOOK_WORKERS_PORT",
)
_HOP: Final = (CALLS, INGRESS)
_REST: Final = (OTHERS, TRANSCRIPTS, DUTIES)

_SIMULATED: Final = ("calcom", "twilio", "sendgrid", "ecb", "retell")
_OF_CALLS: Final = {"calls.started", "calls.ended", "calls.analyzed"}
_HEARERS: Final = [work.name for work in topology.ALL if _OF_CALLS & set(work.hears)]
_ANNOUNCED: Final = "SELECT NOT EXISTS (SELECT FROM outbox) AND $1::bigint IS NOT NULL"
_FOLLOWED: Final = f"""
    SELECT NOT EXISTS (SELECT FROM outbox)
       AND (SELECT count(*) FROM platform_costs WHERE final) = $1
       AND NOT EXISTS (
           SELECT FROM unnest(ARRAY{_HEARERS}) AS hearer
            WHERE (SELECT count(*) FROM inbox WHERE handler = hearer) < $1
       )
    """  # noqa: S608 -- the names are ours


@asynccontextmanager
async def one_hop(servers: Servers, file: TenantsFile, run: int) -> AsyncIterator[Pipeline]:
    """Ingress and the calls actor; what is announced waits in the queues of the others."""
    async with _ground(servers, file, f"hop_{run}") as ground, ground.running(*_HOP):
        rest = Rest(
            running=lambda: ground.running(*_REST, simulators=True),
            effects="inbox",  # of messages; that of webhooks is their archive
            done=_FOLLOWED,
        )
        yield ground.pipeline(ONE_HOP, _HOP, settled=_ANNOUNCED, rest=rest)


@asynccontextmanager
async def everything(servers: Servers, file: TenantsFile, run: int) -> AsyncIterator[Pipeline]:
    """Ingress, workers with all actors, duties, and simulators of the providers."""
    async with (
        _ground(servers, file, f"everything_{run}") as ground,
        ground.running(*PROGRAMS, simulators=True),
    ):
        yield ground.pipeline(EVERYTHING, PROGRAMS, settled=_FOLLOWED, simulators=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ground:
    """A database with tenants, empty queues, and settings: what processes of ours need."""

    servers: Servers
    database: str
    ports: dict[str, int]
    environment: dict[str, str]

    @property
    def simulating(self) -> tuple[str, ...]:
        where = (f"--{name}-port={self.ports[name]}" for name in _SIMULATED)
        return ("-m", "ops.simulators", *where)

    @asynccontextmanager
    async def running(self, *programs: Program, simulators: bool = False) -> AsyncIterator[None]:
        directory = self.servers.directory
        started = [
            processes.process(each, directory=directory, environment=self.environment)
            for each in programs
        ]
        if simulators:
            started.insert(0, speaking("simulators", self.simulating, directory, {}))
        async with processes.running(started, say=lambda _: None):
            yield

    def pipeline(
        self,
        name: str,
        programs: Sequence[Program],
        *,
        settled: str,
        rest: Rest | None = None,
        simulators: bool = False,
    ) -> Pipeline:
        pids = {each.name: pid_of(each.arguments) for each in programs}
        if simulators:
            pids["simulators"] = pid_of(self.simulating)
        return Pipeline(
            name=name,
            url=f"http://127.0.0.1:{self.ports['ingress']}/webhooks/retell",
            database=self.database,
            pids={**pids, **self.servers.pids},
            effects="webhook_events WHERE outcome = 'done'",
            id_of=lambda event: id_of("retell", "retell", event.name, event.call_id),
            settled=settled,
            rest=rest,
            tables=("calls", "platform_costs", "appointments", "notifications", "dead_letters"),
        )


@asynccontextmanager
async def _ground(servers: Servers, file: TenantsFile, name: str) -> AsyncIterator[_Ground]:
    keys = f"bench:{base64.b64encode(secrets.token_bytes(32)).decode()}"
    programs = (*PROGRAMS, CALLS, OTHERS)
    async with servers.database(name, template="ringbook") as database:
        await apply(database, KeyRing.parse(keys), file, environment={})
        free = ports(servers.directory, *_SIMULATED, *(each.name for each in PROGRAMS), OTHERS.name)
        free[CALLS.name] = free[WORKERS.name]  # never both
        environment = {
            **environment_of(servers.urls),
            "RINGBOOK_POSTGRES_URL": database,
            "RINGBOOK_MASTER_KEYS": keys,
            "RINGBOOK_RETELL_WEBHOOK_KEYS": KEY,
            **{each.host_setting: "127.0.0.1" for each in programs},
            **{each.port_setting: str(free[each.name]) for each in programs},
            "RINGBOOK_TWILIO_ACCOUNT_SID": twilio.ACCOUNT,
            "RINGBOOK_TWILIO_AUTH_TOKEN": twilio.AUTH,
            "RINGBOOK_SENDGRID_API_KEY": sendgrid.KEY,
            "RINGBOOK_EMAIL_SENDER": "post@ringbook.example",
            "RINGBOOK_OPERATOR_EMAIL": "operator@ringbook.example",
            **{
                f"RINGBOOK_{provider.upper()}_URL": f"http://127.0.0.1:{free[provider]}"
                for provider in _SIMULATED
            },
        }
        await servers.purge(*topology.EVERY_QUEUE)
        yield _Ground(servers=servers, database=database, ports=free, environment=environment)
