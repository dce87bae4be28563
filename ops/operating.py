"""How a command comes into the database as an operator, and who that is."""

import getpass
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Final, TypeAlias

import asyncpg
import typer

from ops.refused import Refused
from ops.settings import DatabaseSettings
from storage.owner import DatabaseAway, NotMigrated
from storage.postgres import COMMAND_TIMEOUT, Crossing, Duty, Pool, crossing, is_there, open_pool

_NO_SESSION: Final = (
    OSError,
    asyncpg.PostgresConnectionError,
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
)
_NOT_OURS_YET: Final = (
    asyncpg.UndefinedTableError,
    asyncpg.UndefinedColumnError,
    asyncpg.UndefinedObjectError,
    asyncpg.InvalidParameterValueError,  # a role that is not there
)


@asynccontextmanager
async def operating(
    settings: DatabaseSettings, *, patience: int = COMMAND_TIMEOUT
) -> AsyncIterator[Crossing]:
    """One transaction; raises what ends as one line, whatever is wrong with the database."""
    async with (
        operators_pool(settings, patience=patience) as pool,
        crossing(pool, Duty.OPERATOR) as operator,
    ):
        yield operator


@asynccontextmanager
async def operators_pool(
    settings: DatabaseSettings, *, patience: int = COMMAND_TIMEOUT, size: int = 1
) -> AsyncIterator[Pool]:
    """A pool for several transactions; raises as `operating` does, whatever is done with it."""
    url = settings.postgres_url
    try:
        async with open_pool(url, size=size, patience=patience) as pool:
            await _session(pool, url)
            yield pool
    except (TimeoutError, asyncpg.QueryCanceledError) as error:
        raise Refused(f"PostgreSQL did not answer within {patience} s: ask for less") from error
    except _NO_SESSION as error:
        raise DatabaseAway(url, str(error) or type(error).__name__) from error
    except _NOT_OURS_YET as error:
        raise NotMigrated from error
    except asyncpg.InsufficientPrivilegeError as error:
        raise Refused(f"the login of RINGBOOK_POSTGRES_URL may not do this: {error}") from error


async def _session(pool: Pool, url: str) -> None:
    """Find out now what is wrong with the address, before anything is asked."""
    try:
        await is_there(pool)
    except (ValueError, TimeoutError) as error:
        raise DatabaseAway(url, str(error) or type(error).__name__) from error


def account() -> str:
    """The name of whoever runs the command."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # an account without a name, as in a container
        return "unknown"


def _said(text: str) -> str:
    if not text.strip():
        raise Refused("say something for --reason and --by: the line is kept for good")
    return text.strip()


# The options of a command that changes anything.
Reason: TypeAlias = Annotated[str, typer.Option(parser=_said, metavar="WHY", help="Kept for good.")]
By: TypeAlias = Annotated[
    str,
    typer.Option(parser=_said, metavar="WHO", default_factory=account, show_default="your account"),
]
