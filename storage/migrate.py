"""Bring the database up to date: files run in the order of their numbers, each once.

Each file runs in a transaction of its own, as the login role of the URL, which then owns what
is made. Two deployments that migrate at once wait for each other.
"""

import hashlib
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any, Final

import asyncpg

from storage.owner import connected

_LOCK: Final = 7_301_955  # any number, as long as it is only ours


class MigrationChanged(Exception):
    """A file is not what it was when it ran: what it says now was never done."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"migration {name} was changed after it ran here: restore it and add a new one"
        )
        self.name = name


class MigrationRefused(Exception):
    """PostgreSQL did not run a file; nothing of that file stays."""

    def __init__(self, name: str, error: asyncpg.PostgresError) -> None:
        super().__init__(f"migration {name}: {error.args[0]}{_advice(error)}")
        self.name = name


class NoSuchRole(Exception):
    """There is no `ringbook_app` to log in as."""

    def __init__(self) -> None:
        super().__init__("the role ringbook_app does not exist yet: migrate first")


async def migrate(url: str, *, folder: Traversable | None = None) -> list[str]:
    """Run what has not run yet; return the names of what was run.

    Raises DatabaseAway, MigrationChanged or MigrationRefused. Files before the one that was
    refused stay run.
    """
    folder = folder or files("storage").joinpath("migrations")
    texts = {
        file.name: file.read_text(encoding="utf-8")
        for file in sorted(folder.iterdir(), key=lambda file: file.name)
        if file.name.endswith(".sql")
    }
    async with connected(url) as connection:
        await connection.execute("SELECT pg_advisory_lock($1)", _LOCK)  # ends with the session
        done = await _already_run(connection)
        for name in done.keys() & texts.keys():
            if done[name] != _checksum(texts[name]):
                raise MigrationChanged(name)
        waiting = [name for name in texts if name not in done]
        for name in waiting:
            await _run(connection, name, texts[name])
        return waiting


async def grant_login(url: str, password: str) -> None:
    """Let processes log in as `ringbook_app`, so that they need not know the owner's password."""
    async with connected(url) as connection:
        statement = await connection.fetchval(
            "SELECT format('ALTER ROLE ringbook_app LOGIN PASSWORD %L', $1::text)", password
        )
        try:
            await connection.execute(statement)
        except asyncpg.UndefinedObjectError:
            raise NoSuchRole from None
        except asyncpg.InsufficientPrivilegeError as error:
            raise MigrationRefused("login of ringbook_app", error) from error


async def _already_run(connection: "asyncpg.Connection[Any]") -> dict[str, str]:
    try:
        await connection.execute(
            """
            CREATE TABLE IF NOT EXISTS migrations (
                name     text PRIMARY KEY,
                checksum text NOT NULL,
                run_at   timestamptz NOT NULL DEFAULT now()
            )
            """
        )
        rows = await connection.fetch("SELECT name, checksum FROM migrations")
    except asyncpg.InsufficientPrivilegeError as error:
        raise MigrationRefused("table", error) from error
    return {row["name"]: row["checksum"] for row in rows}


async def _run(connection: "asyncpg.Connection[Any]", name: str, text: str) -> None:
    try:
        async with connection.transaction():
            await connection.execute(text)
            await connection.execute(
                "INSERT INTO migrations (name, checksum) VALUES ($1, $2)", name, _checksum(text)
            )
    except asyncpg.PostgresError as error:
        raise MigrationRefused(name, error) from error


def _checksum(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _advice(error: asyncpg.PostgresError) -> str:
    if not isinstance(error, asyncpg.InsufficientPrivilegeError):
        return ""
    return (
        " - migrating needs a login that owns the database and has CREATEROLE"
        " (btree_gist must be there, or the login may create it)"
    )
