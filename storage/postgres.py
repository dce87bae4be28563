"""The way into PostgreSQL: one pool in each process, and transactions for one tenant.

    reader(pool, tenant)        sees what is one tenant's             Reader
    transaction(pool, tenant)   writes it, together or not at all     Transaction
    crossing(pool, Duty.RELAY)  one of the few duties across tenants  Crossing

Functions of `storage/` ask for one of the three by type: writing outside a transaction, or
crossing tenants without saying so, does not type-check. Beneath it row-level security holds:
every connection acts as `ringbook_app`, whoever logged in.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

import asyncpg
import orjson
from asyncpg.pool import PoolConnectionProxy

from messages.lanes import Lane
from messages.message import Posted

if TYPE_CHECKING:  # generic in the stubs alone
    Pool = asyncpg.Pool[asyncpg.Record]
    Connection = PoolConnectionProxy[asyncpg.Record]
else:
    Pool = asyncpg.Pool
    Connection = PoolConnectionProxy

COMMAND_TIMEOUT: Final = 10  # seconds; our statements take milliseconds

# A transaction that hangs must not hold its locks for ever, even if this process does.
_SESSION: Final = {
    "role": "ringbook_app",
    "search_path": "public",  # a login named like our schema would else look there first
    "lock_timeout": "5s",
    "jit": "off",  # it takes longer than the statements that we have
    "idle_in_transaction_session_timeout": "20s",
}


# PostgreSQL is away or has no connection for us; nobody can work until it is back.
AWAY: Final = (
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,  # the connection was closed under us
    asyncpg.InternalClientError,  # or while it was being closed
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.CannotConnectNowError,
    asyncpg.TooManyConnectionsError,
    ConnectionError,  # nobody listens, or the line is cut
)
# What passes by itself: the server is away, overloaded, or two transactions met.
PASSING: Final = (
    *AWAY,
    asyncpg.OperatorInterventionError,  # a statement took too long, too
    asyncpg.InsufficientResourcesError,  # disk full, out of memory
    asyncpg.TransactionRollbackError,  # deadlock, serialization
    asyncpg.LockNotAvailableError,
    OSError,  # the name is unknown, too
    TimeoutError,
)


def is_away(error: BaseException) -> bool:
    """Whether PostgreSQL is away; what asyncpg says of wrong values is of the same class."""
    return isinstance(error, AWAY) and not isinstance(error, ValueError)


class Duty(StrEnum):
    """What may cross tenants, each by a role that is granted only what it needs."""

    ROUTER = "ringbook_router"
    RELAY = "ringbook_relay"
    ARCHIVIST = "ringbook_archivist"
    OPERATOR = "ringbook_operator"
    VERIFIER = "ringbook_verifier"


class _Session:
    """Statements on one connection, inside one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def rows(self, query: str, *values: object) -> list[asyncpg.Record]:
        """All rows."""
        return await self._connection.fetch(query, *values)

    async def row(self, query: str, *values: object) -> asyncpg.Record | None:
        """The first row, if there is one."""
        return await self._connection.fetchrow(query, *values)

    async def value(self, query: str, *values: object) -> Any:
        """The first column of the first row; None if there is none."""
        return await self._connection.fetchval(query, *values)


class Reader(_Session):
    """Reads what belongs to `tenant`; None reads what belongs to no tenant."""

    def __init__(self, connection: Connection, tenant: str | None) -> None:
        super().__init__(connection)
        self.tenant = tenant


class Transaction(Reader):
    """Writes for `tenant`. `announced` are the messages its commit makes true, in their lane."""

    def __init__(self, connection: Connection, tenant: str | None, lane: Lane) -> None:
        super().__init__(connection, tenant)
        self.lane = lane
        self.announced: list[Posted] = []

    async def execute(self, query: str, *values: object) -> None:
        """Write."""
        await self._connection.execute(query, *values)


class Crossing(_Session):
    """Reads and writes across tenants, as far as the role of its duty is granted."""

    async def execute(self, query: str, *values: object) -> None:
        """Write."""
        await self._connection.execute(query, *values)

    async def execute_many(self, query: str, rows: Sequence[Sequence[object]]) -> None:
        """Write the same statement for many rows, in one go."""
        await self._connection.executemany(query, rows)


@asynccontextmanager
async def open_pool(
    url: str, *, size: int = 10, patience: int = COMMAND_TIMEOUT
) -> AsyncIterator[Pool]:
    """Open the pool, and close it with the process. PostgreSQL need not be there yet.

    `patience` is for a statement, in seconds: a command that looks at everything has more.
    """
    async with asyncpg.create_pool(
        url,
        min_size=0,
        max_size=size,
        command_timeout=patience,
        timeout=5,
        server_settings={**_SESSION, "statement_timeout": f"{patience}s"},
        init=_speak_json,
        reset=_end_transaction,
        max_inactive_connection_lifetime=0,  # else each use of a connection sets a timer anew
    ) as pool:
        yield pool


async def is_there(pool: Pool) -> bool:
    """Whether it takes writes, as no replica does; raises what asyncpg raises if it is away."""
    return bool(await pool.fetchval("SELECT current_setting('transaction_read_only') = 'off'"))


@asynccontextmanager
async def reader(pool: Pool, tenant: str | None) -> AsyncIterator[Reader]:
    """Several reads that see one state of the world."""
    async with _begun(pool, f"BEGIN READ ONLY; {_for_tenant(tenant)}") as connection:
        yield Reader(connection, tenant)


@asynccontextmanager
async def transaction(
    pool: Pool, tenant: str | None, lane: Lane = Lane.LIVE
) -> AsyncIterator[Transaction]:
    """Everything done inside happens together, or not at all.

    Keep it short: no provider is ever called while a transaction is open.
    """
    async with _begun(pool, f"BEGIN; {_for_tenant(tenant)}") as connection:
        yield Transaction(connection, tenant, lane)


@asynccontextmanager
async def crossing(pool: Pool, duty: Duty) -> AsyncIterator[Crossing]:
    """A transaction across tenants, in the role of one duty."""
    async with _begun(pool, f"BEGIN; SET LOCAL ROLE {duty}") as connection:
        yield Crossing(connection)


@asynccontextmanager
async def _begun(pool: Pool, begin: str) -> AsyncIterator[Connection]:
    """BEGIN and its settings are one message, and no other is sent until COMMIT: each costs."""
    async with pool.acquire() as connection:
        try:
            await connection.execute(begin)
            yield connection
            await connection.execute("COMMIT")
        except BaseException as error:
            if is_away(error):  # half of an answer may be left in it: it must not be used again
                connection.terminate()
            elif not connection.is_closed():
                await connection.execute("ROLLBACK")
            raise


def _for_tenant(tenant: str | None) -> str:
    """The tenant's name is quoted by the rules of SQL, whoever may have given it."""
    return "SET LOCAL ringbook.tenant_id = '{}'".format((tenant or "").replace("'", "''"))


async def _speak_json(connection: Any) -> None:
    await connection.set_type_codec(
        "jsonb", encoder=lambda value: orjson.dumps(value).decode(), decoder=orjson.loads,
        schema="pg_catalog",
    )  # fmt: skip


async def _end_transaction(connection: Any) -> None:
    """All that we set is local to a transaction, so ending one leaves a clean connection.

    The pool's own reset would ask the server once more for each use of a connection.
    """
    if connection.is_in_transaction():
        await connection.execute("ROLLBACK")
