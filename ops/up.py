"""`ringbook up`: one machine, everything in one command, until Ctrl-C.

The servers are the embedded stack, or those whose URLs are given; the database is migrated; then
ingress, workers, transcripts (a worker of its own) and duties run, and whichever of them ends is
started again.
"""

import asyncio
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer
from pydantic import SecretStr

from ops import processes
from ops.processes import TRANSCRIPTS
from ops.settings import RingbookSettings, read
from ops.stack import stack
from ops.stack.stack import environment_of
from ops.stack.terminal import DIRECTORY
from storage.migrate import migrate

app = typer.Typer(help=__doc__)


class Settings(RingbookSettings):
    """What the processes require and the stack cannot give; each reads its own once more."""

    master_keys: SecretStr
    retell_webhook_keys: SecretStr
    twilio_account_sid: str
    twilio_auth_token: SecretStr
    sendgrid_api_key: SecretStr
    email_sender: str
    operator_email: str
    transcripts_port: int = TRANSCRIPTS.port


@app.command()
def up(
    directory: Annotated[
        Path, typer.Option(help="Where data, logs and passwords are kept.")
    ] = DIRECTORY,
) -> None:
    """Run everything on this machine until Ctrl-C. Needs the settings of all processes."""
    read(Settings)
    processes.run(_up(directory, os.environ))
    _say("stopped")


async def _up(directory: Path, given: Mapping[str, str]) -> None:
    async with stack.running(directory, environment=given, say=_say) as urls:
        environment = {**given, **environment_of(urls)}
        for name in await migrate(urls.postgres):
            _say(f"migrated: {name}")
        ours = {
            program: processes.process(program, directory=directory, environment=environment)
            for program in processes.PROGRAMS
        }
        async with processes.running(list(ours.values()), say=_say), asyncio.TaskGroup() as group:
            for program in ours:
                _say(f"{program.name}: {program.address(environment)}")
            _say(f"logs: {directory / processes.LOGS}    Ctrl-C stops everything")
            for each in ours.values():
                group.create_task(processes.keep_running(each, say=_say))


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")
