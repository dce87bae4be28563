"""The command `ringbook`: each topic is a module with a Typer `app`, imported when it is asked for.

Nothing an operator can put right ends in a traceback: it is said in a line, with exit code 2.
"""

import asyncio
import sys
from importlib import import_module
from typing import Any, Final

import asyncpg
import typer
from typer.core import TyperGroup
from typer.exceptions import TyperException

from ops.refused import Refused
from ops.settings import MigrationSettings, read, refuse
from ops.stack.unavailable import StackUnavailable
from storage import migrate as migrations
from storage.owner import DatabaseAway, NotMigrated, NotTheOwner
from storage.secrets import new_key

TOPICS: Final = {
    "bench": "ops.bench.commands",
    "dead-letters": "ops.dead_letters.commands",
    "demo": "ops.demo.commands",
    "health": "ops.checkup",
    "pause": "ops.pauses.pause",
    "pauses": "ops.pauses.listing",
    "replays": "ops.replays.commands",
    "resume": "ops.pauses.resume",
    "stack": "ops.stack.__main__",
    "tenants": "ops.tenants.commands",
    "up": "ops.up",
    "verify": "ops.verify.commands",
    "webhooks": "ops.webhooks.commands",
}

_SAID_IN_A_LINE: Final = (
    Refused,
    DatabaseAway,
    NotMigrated,
    NotTheOwner,
    migrations.MigrationChanged,
    migrations.MigrationRefused,
    migrations.NoSuchRole,
    StackUnavailable,
    ConnectionError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.LockNotAvailableError,
)


class _Topics(TyperGroup):
    def list_commands(self, ctx: Any) -> list[str]:
        return sorted({*super().list_commands(ctx), *TOPICS})

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if (place := TOPICS.get(cmd_name)) is None:
            return super().get_command(ctx, cmd_name)
        command = typer.main.get_command(import_module(place).app)
        command.name = cmd_name
        return command


app = typer.Typer(
    cls=_Topics,
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Ringbook: the back office of an AI telephone receptionist.",
)
keys = typer.Typer(no_args_is_help=True, help="Keys that seal the secrets of tenants.")
app.add_typer(keys, name="keys")


@app.command()
def migrate() -> None:
    """Bring the database up to date. Needs the owner's URL.

    With RINGBOOK_APP_PASSWORD the role ringbook_app may log in with that password: then give
    processes its URL, and keep the owner's for migrating and for describing tenants.
    """
    settings = read(MigrationSettings)
    for name in asyncio.run(migrations.migrate(settings.postgres_url)):
        sys.stdout.write(f"ran {name}\n")
    if settings.app_password:
        password = settings.app_password.get_secret_value()
        asyncio.run(migrations.grant_login(settings.postgres_url, password))
        sys.stdout.write("ringbook_app may log in\n")
    sys.stdout.write("the database is up to date\n")


@app.command()
def duties() -> None:
    """Relay, archive and measure until Ctrl-C: what is nobody's actor. Runs beside the workers."""
    import_module("ops.duties").main()


@keys.command()
def new() -> None:
    """Print a fresh entry for RINGBOOK_MASTER_KEYS.

    To change keys, put it in front of the old one, apply the tenants file, then drop the old one.
    """
    sys.stdout.write(f"{new_key()}\n")


@keys.callback()
def _keys() -> None:
    pass


def main() -> None:
    """Run what the command line says."""
    try:
        sys.exit(app(prog_name="ringbook", standalone_mode=False))
    except TyperException as error:  # a wrong option; without any argument help was shown instead
        refuse(*(f"ringbook: {line}" for line in error.format_message().splitlines()[:1]))
    except typer.Abort:
        refuse("ringbook: not done")
    except _SAID_IN_A_LINE as error:
        refuse(*(f"ringbook: {line}" for line in (str(error) or repr(error)).splitlines()))
