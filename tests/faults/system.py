"""The system that is hurt: a stack of its own, simulated providers, each actor a process.

Whatever ends is started again at once, as an orchestrator would; a fault kills, we wait.
"""

import asyncio
import os
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import asyncpg
import httpx

from messages.crash_points import SETTING as CRASH_POINTS
from ops import processes
from ops.demo import system as demo
from ops.demo.calendars import open_calendars
from ops.demo.webhooks import Ingress
from ops.processes import DUTIES, INGRESS, TRANSCRIPTS, Process, Program
from ops.simulators.webhooks import client
from ops.stack import kept
from ops.stack.stack import Stack, environment_of
from ops.stack.unavailable import StackUnavailable
from ops.tenants.apply import apply
from ops.tenants.file import TenantsFile
from ops.tenants.load import load
from storage.migrate import migrate
from storage.secrets import KeyRing, new_key


def _workers(name: str, port: int, *actors: str) -> Program:
    return Program(
        name,
        ("-m", "workers", *actors),
        "RINGBOOK_WORKERS_HOST",
        f"RINGBOOK_{name.upper()}_PORT",
        port,
        port_read_as="RINGBOOK_WORKERS_PORT",
    )


PROGRAMS: Final = (
    _workers("calls", 8181, "calls", "costs"),
    _workers("bookings", 8182, "bookings"),
    _workers("notifications", 8183, "notifications"),
    TRANSCRIPTS,
    DUTIES,
    INGRESS,
)


@dataclass
class System:
    """Everything a fault can reach."""

    stack: Stack
    tenants: TenantsFile
    simulators: dict[str, str]
    ingress: Ingress
    environment: dict[str, str]
    points: Path
    http: httpx.AsyncClient
    running: dict[str, Process]
    poisoned: set[UUID] = field(default_factory=set)

    def pid(self, name: str) -> int:
        """The process id of one of ours."""
        return self.running[name].pid

    async def all_ready(self) -> bool:
        """Whether each of our processes says that it can do its work."""
        return all([await self._is_ready(program) for program in PROGRAMS])

    async def ready(self, *, within: float = 60) -> None:
        """Wait for that."""
        async with asyncio.timeout(within):
            while not await self.all_ready():  # noqa: ASYNC110 -- other processes
                await asyncio.sleep(0.1)

    async def state(self, provider: str) -> Any:
        """What a simulator remembers."""
        url = f"{self.simulators[provider]}/_simulator/state"
        return (await self.http.get(url)).raise_for_status().json()

    async def tell(self, provider: str, what: str, told: Any) -> None:
        """Plan faults, or set dials, at a simulator."""
        url = f"{self.simulators[provider]}/_simulator/{what}"
        (await self.http.post(url, json=told)).raise_for_status()

    @asynccontextmanager
    async def database(self) -> AsyncIterator[asyncpg.Connection]:
        """A connection as the owner, who sees every row."""
        connection = await asyncpg.connect(self.stack.postgres.url, timeout=20)
        try:
            yield connection
        finally:
            with suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                await connection.close(timeout=5)

    async def command(self, *arguments: str) -> None:
        """Run `ringbook ...` as an operator would; fails if it does."""
        process = await asyncio.create_subprocess_exec(
            *(str(Path(processes.ROOT) / ".venv/bin/python"), "-m", "ops", *arguments),
            env={**self.environment, "PYTHONPATH": str(processes.ROOT)},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        said, _ = await process.communicate()
        assert process.returncode == 0, said.decode()

    async def _is_ready(self, program: Program) -> bool:
        try:
            answer = await self.http.get(f"{program.address(self.environment)}/health/ready")
        except httpx.HTTPError:
            return False
        return answer.status_code == httpx.codes.OK


@asynccontextmanager
async def hurtable(directory: Path) -> AsyncIterator[System]:
    """The whole system, ready, in a directory of its own."""
    basis = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    stack = Stack(directory, environment=basis, say=_nothing)
    points = directory / "crash_points"
    urls = await stack.start()
    simulators = demo.simulators_process(directory, basis)
    try:
        async with processes.running([simulators], say=_nothing), client() as http:
            addresses = demo.addresses(simulators.log)
            points.mkdir()
            tenants = load(demo.TENANTS)
            keys, key, calcom_secret = new_key(), secrets.token_hex(16), secrets.token_hex(16)
            await migrate(urls.postgres)
            await apply(urls.postgres, KeyRing.parse(keys), tenants, environment={})
            environment = {
                **basis,
                **environment_of(urls),
                **_listening(directory),
                **demo.providers(addresses),
                "RINGBOOK_MASTER_KEYS": keys,
                "RINGBOOK_RETELL_WEBHOOK_KEYS": key,
                "RINGBOOK_CALCOM_WEBHOOK_SECRETS": calcom_secret,
                "RINGBOOK_EMAIL_SENDER": "bookings@ringbook.example",
                "RINGBOOK_OPERATOR_EMAIL": demo.OPERATOR,
                CRASH_POINTS: str(points),
            }
            ours = {
                program.name: processes.process(
                    program, directory=directory, environment=environment
                )
                for program in PROGRAMS
            }
            system = System(
                stack, tenants, addresses, Ingress(INGRESS.address(environment), key),
                environment, points, http, ours,
            )  # fmt: skip
            async with processes.running(list(ours.values()), say=_nothing):
                guards = [asyncio.create_task(_keep(process)) for process in ours.values()]
                try:
                    await open_calendars(
                        tenants, addresses["calcom"], system.ingress.address, calcom_secret
                    )
                    await system.tell("calcom", "settings", {"rate_limit": None})
                    yield system
                finally:
                    for guard in guards:
                        guard.cancel()
                    await asyncio.gather(*guards, return_exceptions=True)
    finally:
        await stack.stop()


async def _keep(process: Process) -> None:
    """Start it again whenever it ends, at once: faults come faster than `keep_running` likes."""
    while True:
        await process.ended()
        with suppress(StackUnavailable):
            await process.start()


def _listening(directory: Path) -> dict[str, str]:
    settings = {}
    for program in PROGRAMS:
        settings[program.host_setting] = "127.0.0.1"
        port = kept.port(directory / processes.LOGS / f"{program.name}.port")
        settings[program.port_setting] = str(port)
    return settings


def _nothing(_line: str) -> None:
    """What starts and stops is no news here."""
