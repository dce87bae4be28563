"""The owner's way into PostgreSQL, for the operator's tools: they migrate and describe tenants.

Processes never come this way: they act as `ringbook_app`, which may only read what stands here.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final
from urllib.parse import urlsplit

import asyncpg
import orjson

from storage.postgres import Reader

_PATIENCE: Final = 5  # seconds for a server that does not answer


class DatabaseAway(Exception):
    """No session at this address; the reason is the server's or the network's."""

    def __init__(self, url: str, reason: str) -> None:
        place = urlsplit(url)
        self.address = f"{place.netloc.rpartition('@')[2]}{place.path}"  # without the password
        super().__init__(f"PostgreSQL at {self.address}: {' '.join(reason.split())}")


class NotTheOwner(Exception):
    """The login of the URL may not write tenants."""

    def __init__(self, login: str) -> None:
        super().__init__(
            f"the login role {login} may not write tenants: "
            "set RINGBOOK_POSTGRES_URL to the owner's URL, the one that migrates"
        )


class NotMigrated(Exception):
    """The database has none of our tables."""

    def __init__(self) -> None:
        super().__init__("the database has no tenants table yet: run `ringbook migrate` first")


class Owner:
    """A transaction that may write what describes tenants, of any tenant."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    def reader(self, tenant: str) -> Reader:
        """What processes see of this tenant, inside this transaction."""
        return Reader(self._connection, tenant)

    async def rows(self, query: str, *values: object) -> list[asyncpg.Record]:
        """All rows."""
        rows: list[asyncpg.Record] = await self._connection.fetch(query, *values)
        return rows

    async def execute(self, query: str, *values: object) -> None:
        """Write."""
        await self._connection.execute(query, *values)

    async def execute_many(self, query: str, rows: Sequence[Sequence[object]]) -> None:
        """Write the same statement for many rows, in one go."""
        await self._connection.executemany(query, rows)


@asynccontextmanager
async def connected(url: str, **settings: str) -> AsyncIterator["asyncpg.Connection[Any]"]:
    """A connection of the URL's own login role; raises DatabaseAway.

    PostgreSQL would look into a schema of the login's name first, and an owner `ringbook` has one.
    """
    try:
        connection = await asyncpg.connect(
            url, timeout=_PATIENCE, server_settings={"search_path": "public", **settings}
        )
    except (OSError, ValueError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise DatabaseAway(url, str(error) or type(error).__name__) from error
    try:
        yield connection
    finally:
        await connection.close()


@asynccontextmanager
async def describing_tenants(url: str, *, keep: bool = True) -> AsyncIterator[Owner]:
    """One transaction for a whole description; two of them wait for each other.

    With `keep=False` all of it is undone at the end. Raises DatabaseAway, NotMigrated, NotTheOwner.
    """
    async with connected(url, statement_timeout="60s", lock_timeout="30s") as connection:
        await connection.set_type_codec(
            "jsonb", schema="pg_catalog", decoder=orjson.loads,
            encoder=lambda value: orjson.dumps(value).decode(),
        )  # fmt: skip
        transaction = connection.transaction()
        await transaction.start()
        try:
            await _prove_ownership(connection)
            await connection.execute("LOCK TABLE tenants IN SHARE ROW EXCLUSIVE MODE")
            yield Owner(connection)
        except BaseException:
            if not connection.is_closed():
                await transaction.rollback()
            raise
        await (transaction.commit() if keep else transaction.rollback())


async def _prove_ownership(connection: "asyncpg.Connection[Any]") -> None:
    """A login that is no owner would see no tenant at all: row-level security hides them."""
    if not await connection.fetchval("SELECT to_regclass('tenants') IS NOT NULL"):
        raise NotMigrated
    if not await connection.fetchval(
        "SELECT has_table_privilege('tenants', 'INSERT') AND NOT row_security_active('tenants')"
    ):
        raise NotTheOwner(await connection.fetchval("SELECT session_user"))
