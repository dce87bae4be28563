"""The system that is demonstrated: a private stack, simulated providers, tenants, our processes.

It never uses servers that were given by RINGBOOK_..._URL: its tenants and calls are inventions, and
its directory is emptied before each run.
"""

import json
import os
import secrets
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ops import processes
from ops.demo.calendars import open_calendars
from ops.demo.directory import emptied
from ops.processes import DUTIES, INGRESS, TRANSCRIPTS, WORKERS, Process
from ops.simulators import sendgrid, twilio
from ops.stack import kept, stack
from ops.stack.stack import Urls, environment_of
from ops.tenants.apply import apply
from ops.tenants.file import TenantsFile
from ops.tenants.load import load
from storage.migrate import migrate
from storage.secrets import KeyRing, new_key

TENANTS: Final = Path(__file__).with_name("tenants.yaml")
OPERATOR: Final = "operator@ringbook.example"


@dataclass(frozen=True, slots=True, kw_only=True)
class System:
    """Where everything is."""

    urls: Urls
    tenants: TenantsFile
    simulators: Mapping[str, str]
    retell_key: str
    ingress: str
    workers: str
    transcripts: str
    duties: str
    logs: Path


@asynccontextmanager
async def demonstrated(directory: Path, say: Callable[[str], None]) -> AsyncIterator[System]:
    """A running system with the demo's tenants, in a directory that is emptied first."""
    await emptied(directory)
    say("starting PostgreSQL, RabbitMQ and Redis, private ones")
    basis = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    async with stack.running(directory, environment=basis, say=say) as urls:
        say("starting simulated providers: Cal.com, Twilio, SendGrid, ECB, Retell")
        simulators = simulators_process(directory, basis)
        async with processes.running([simulators], say=say):
            found = addresses(simulators.log)
            keys, retell_key, calcom_secret = new_key(), _secret(), _secret()
            tenants = load(TENANTS)
            say(f"migrated: {', '.join(await migrate(urls.postgres))}")
            await apply(urls.postgres, KeyRing.parse(keys), tenants, environment={})
            say(f"tenants: {', '.join(tenant.id for tenant in tenants.tenants)}")
            environment = {
                **basis,
                **environment_of(urls),
                **_listening(directory),
                **providers(found),
                "RINGBOOK_MASTER_KEYS": keys,
                "RINGBOOK_RETELL_WEBHOOK_KEYS": f"{_secret()},{retell_key}",  # during a rotation
                "RINGBOOK_CALCOM_WEBHOOK_SECRETS": calcom_secret,
                "RINGBOOK_EMAIL_SENDER": "bookings@ringbook.example",
                "RINGBOOK_OPERATOR_EMAIL": OPERATOR,
            }
            ours = [
                processes.process(program, directory=directory, environment=environment)
                for program in processes.PROGRAMS
            ]
            async with processes.running(ours, say=say):
                system = System(
                    urls=urls,
                    tenants=tenants,
                    simulators=found,
                    retell_key=retell_key,
                    ingress=INGRESS.address(environment),
                    workers=WORKERS.address(environment),
                    transcripts=TRANSCRIPTS.address(environment),
                    duties=DUTIES.address(environment),
                    logs=simulators.log.parent,
                )
                await open_calendars(tenants, found["calcom"], system.ingress, calcom_secret)
                yield system


def simulators_process(directory: Path, environment: Mapping[str, str]) -> Process:
    """The simulated providers as one process; it is ready when it told its addresses."""
    log = directory / processes.LOGS / "simulators.log"

    async def answers() -> bool:
        return bool(addresses(log))

    return Process(
        "simulators",
        ("-m", "ops.simulators"),
        answers=answers,
        directory=directory,
        environment=environment,
    )


def addresses(log: Path) -> dict[str, str]:
    """Where the simulated providers listen, by name; nothing before they do."""
    for line in log.read_text().splitlines(keepends=True):
        if line.startswith("{") and line.endswith("\n"):
            found: dict[str, str] = json.loads(line)
            return found
    return {}


def _listening(directory: Path) -> dict[str, str]:
    settings = {}
    for program in processes.PROGRAMS:
        settings[program.host_setting] = "127.0.0.1"
        port = kept.port(directory / processes.LOGS / f"{program.name}.port")
        settings[program.port_setting] = str(port)
    return settings


def providers(addresses: Mapping[str, str]) -> dict[str, str]:
    """The settings that lead our processes to the simulated providers."""
    return {
        **{f"RINGBOOK_{name.upper()}_URL": address for name, address in addresses.items()},
        "RINGBOOK_TWILIO_ACCOUNT_SID": twilio.ACCOUNT,
        "RINGBOOK_TWILIO_AUTH_TOKEN": twilio.AUTH,
        "RINGBOOK_SENDGRID_API_KEY": sendgrid.KEY,
    }


def _secret() -> str:
    return secrets.token_hex(16)
