"""Asked from the catalogue: a new table with a tenant and without a policy fails here."""

from collections.abc import AsyncIterator
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest

from storage.migrate import grant_login
from storage.postgres import Duty, Pool, Reader, crossing, reader, transaction

A, B = "tenant-a", "tenant-b"

# A value for every type of column we have.
VALUES = {
    "bigint": "1 + (random() * 1e15)::bigint",
    "boolean": "true",
    "bytea": "'body'::bytea",
    "date": "current_date",
    "integer": "1",
    "interval": "interval '1 minute'",
    "jsonb": "'{}'::jsonb",
    "numeric": "1",
    "smallint": "1",
    "text": "gen_random_uuid()::text",
    "text[]": "'{}'::text[]",
    "timestamp with time zone": "now()",
    "uuid": "gen_random_uuid()",
}


@pytest.fixture
async def tables(owner: asyncpg.Connection) -> list[str]:
    """Every table with a tenant, and in each one row of A and one of B.

    Constraints beside the tenant are not what these tests are about: they are dropped here.
    """
    await owner.execute("SET session_replication_role = replica")  # no foreign keys
    for table, constraint in await owner.fetch(
        "SELECT conrelid::regclass::text, conname FROM pg_constraint"
        " WHERE contype = 'c' AND connamespace = 'public'::regnamespace"
    ):
        await owner.execute(f"ALTER TABLE {table} DROP CONSTRAINT {constraint}")
    found = await owner.fetch(
        """
        SELECT attrelid::regclass::text AS name
          FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
         WHERE attname = 'tenant_id' AND relkind IN ('r', 'p')
           AND relnamespace = 'public'::regnamespace
         ORDER BY 1
        """
    )
    for table in found:
        for tenant in (A, B):
            await owner.execute(await insert(owner, table["name"], tenant))
    return [table["name"] for table in found]


@pytest.fixture
async def process(database: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection that logged in as `ringbook_app`, as processes do in production."""
    await grant_login(database, "app")
    parts = urlsplit(database)
    host = parts.netloc.rpartition("@")[2]
    connection = await asyncpg.connect(
        urlunsplit(parts._replace(netloc=f"ringbook_app:app@{host}"))
    )
    yield connection
    await connection.close()


async def insert(owner: asyncpg.Connection, table: str, tenant: str) -> str:
    columns = await owner.fetch(
        """
        SELECT attname AS name, format_type(atttypid, NULL) AS type
          FROM pg_attribute
         WHERE attrelid = $1::text::regclass AND attnum > 0 AND NOT attisdropped
           AND attnotnull AND attgenerated = '' AND attidentity = '' AND attname <> 'tenant_id'
        """,
        table,
    )
    names = ", ".join(["tenant_id", *(column["name"] for column in columns)])
    values = ", ".join([f"'{tenant}'", *(VALUES[column["type"]] for column in columns)])
    return f"INSERT INTO {table} ({names}) VALUES ({values})"  # noqa: S608 -- names of our catalogue


async def may(owner: asyncpg.Connection, role: str, table: str, right: str) -> bool:
    return bool(
        await owner.fetchval("SELECT has_any_column_privilege($1, $2, $3)", role, table, right)
    )


async def readable(owner: asyncpg.Connection, tables: list[str], role: str) -> list[str]:
    return [table for table in tables if await may(owner, role, table, "SELECT")]


async def count(db: Reader, table: str, tenant: str) -> int:
    found = await db.value(f"SELECT count(*) FROM {table} WHERE tenant_id = $1", tenant)  # noqa: S608 -- as above
    return int(found)


async def refuses(pool: Pool, statement: str) -> bool:
    try:
        async with transaction(pool, A) as tx:
            return not await tx.rows(f"{statement} RETURNING tenant_id")
    except asyncpg.InsufficientPrivilegeError:
        return True


async def test_every_table_of_tenants_that_processes_read_has_row_level_security(
    owner: asyncpg.Connection, tables: list[str]
) -> None:
    rows = await owner.fetch(
        "SELECT oid::regclass::text AS name FROM pg_class WHERE relrowsecurity"
    )
    guarded = {row["name"] for row in rows}
    assert set(await readable(owner, tables, "ringbook_app")) - guarded == set()
    assert len(guarded) > 15


async def test_a_tenant_sees_its_own_rows_and_none_of_another(
    owner: asyncpg.Connection, pool: Pool, tables: list[str]
) -> None:
    names = await readable(owner, tables, "ringbook_app")
    async with reader(pool, A) as db:
        seen = {name: (await count(db, name, A), await count(db, name, B)) for name in names}
    assert seen == dict.fromkeys(names, (1, 0))


async def test_without_a_tenant_no_tenants_rows_are_seen(
    owner: asyncpg.Connection, pool: Pool, tables: list[str]
) -> None:
    names = await readable(owner, tables, "ringbook_app")
    async with reader(pool, None) as db:
        seen = {name: (await count(db, name, A), await count(db, name, B)) for name in names}
    assert seen == dict.fromkeys(names, (0, 0))


async def test_a_tenant_writes_nothing_into_another(
    owner: asyncpg.Connection, pool: Pool, tables: list[str]
) -> None:
    for table in await readable(owner, tables, "ringbook_app"):
        assert await refuses(pool, await insert(owner, table, B)), f"{table}: inserted"
        for change in (
            f"UPDATE {table} SET tenant_id = '{B}' WHERE tenant_id = '{A}'",  # noqa: S608 -- as above
            f"UPDATE {table} SET tenant_id = tenant_id WHERE tenant_id = '{B}'",  # noqa: S608 -- as above
            f"DELETE FROM {table} WHERE tenant_id = '{B}'",  # noqa: S608 -- as above
        ):
            assert await refuses(pool, change), change


async def test_what_describes_tenants_is_not_written_by_processes(
    owner: asyncpg.Connection,
) -> None:
    for table in ("tenants", "tenant_secrets", "branches", "phone_numbers", "staff", "services",
                  "event_types"):  # fmt: skip
        for right in ("INSERT", "UPDATE"):
            assert not await may(owner, "ringbook_app", table, right), f"{right} {table}"


async def test_no_role_of_ours_owns_anything_or_stands_above_the_rules(
    owner: asyncpg.Connection,
) -> None:
    roles = await owner.fetch(
        """
        SELECT rolname, rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb
                     OR rolreplication OR rolinherit AS mighty,
               pg_has_role(rolname, current_user, 'MEMBER') AS member_of_owner,
               EXISTS (SELECT FROM pg_shdepend
                        WHERE refclassid = 'pg_authid'::regclass AND refobjid = pg_roles.oid
                          AND deptype = 'o') AS owns
          FROM pg_roles
         WHERE rolname IN ('ringbook_app', 'ringbook_router', 'ringbook_relay',
                           'ringbook_archivist', 'ringbook_operator', 'ringbook_verifier')
        """
    )
    assert len(roles) == 6
    for role, mighty, member_of_owner, owns in roles:
        assert (mighty, member_of_owner, owns) == (False, False, False), role


@pytest.mark.usefixtures("tables")
async def test_a_process_cannot_become_the_owner_or_switch_the_rules_off(
    owner: asyncpg.Connection, process: asyncpg.Connection
) -> None:
    login = await owner.fetchval("SELECT current_user")
    for way in (f"SET ROLE {login}", f"SET SESSION AUTHORIZATION {login}"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await process.execute(way)
    await process.execute("SET row_security = off")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await process.fetch("SELECT tenant_id FROM calls")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await process.execute("ALTER TABLE calls DISABLE ROW LEVEL SECURITY")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await process.execute("CREATE TABLE mine (n integer)")


@pytest.mark.parametrize(
    ("duty", "reads"),
    [
        (Duty.ROUTER, ["event_types", "pauses", "phone_numbers", "tenants"]),
        (Duty.RELAY, ["outbox", "parked_messages", "pauses", "webhook_spool"]),
        (Duty.ARCHIVIST, ["dead_letters", "tenants", "webhook_events"]),
        (
            Duty.OPERATOR,
            [
                "appointments",
                "dead_letters",
                "inbox",
                "notifications",
                "operator_actions",
                "parked_messages",
                "pauses",
                "tenants",
                "webhook_events",
            ],
        ),
    ],
)
async def test_a_duty_reads_its_own_tables_of_all_tenants_and_no_others(
    owner: asyncpg.Connection, pool: Pool, tables: list[str], duty: Duty, reads: list[str]
) -> None:
    assert await readable(owner, tables, duty) == reads
    for table in reads:
        async with crossing(pool, duty) as across:
            seen = await across.value(f"SELECT count(tenant_id) FROM {table}")  # noqa: S608 -- as above
        assert seen == 2, table


@pytest.mark.parametrize(
    ("duty", "query"),
    [
        (Duty.ROUTER, "SELECT name FROM tenants"),
        (Duty.ROUTER, "SELECT telephony_per_minute FROM phone_numbers"),
        (Duty.ROUTER, "SELECT body FROM webhook_events"),
        (Duty.ROUTER, "SELECT sealed FROM tenant_secrets"),
        (Duty.RELAY, "SELECT call_id FROM calls"),
        (Duty.RELAY, "DELETE FROM webhook_events"),
        (Duty.RELAY, "UPDATE outbox SET body = ''"),
        (Duty.ARCHIVIST, "SELECT contact_email FROM tenants"),
        (Duty.ARCHIVIST, "DELETE FROM dead_letters"),
        (Duty.ARCHIVIST, "SELECT phone FROM customers"),
        (Duty.OPERATOR, "SELECT phone FROM customers"),
        (Duty.OPERATOR, "SELECT body FROM notifications"),
        (Duty.OPERATOR, "UPDATE dead_letters SET body = ''"),
        (Duty.OPERATOR, "DELETE FROM operator_actions"),
        (Duty.OPERATOR, "UPDATE operator_actions SET reason = ''"),
        (Duty.VERIFIER, "SELECT sealed FROM tenant_secrets"),
        (Duty.VERIFIER, "DELETE FROM webhook_events"),
    ],
)
async def test_a_duty_is_refused_what_it_is_not_granted(pool: Pool, duty: Duty, query: str) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with crossing(pool, duty) as across:
            await across.rows(query)


async def test_the_verifier_reads_every_row_of_all_tenants_but_no_secret(
    owner: asyncpg.Connection, pool: Pool, tables: list[str]
) -> None:
    assert set(tables) - set(await readable(owner, tables, Duty.VERIFIER)) == {"tenant_secrets"}
    async with crossing(pool, Duty.VERIFIER) as verifier:
        for table in set(tables) - {"tenant_secrets"}:
            seen = await verifier.value(f"SELECT count(tenant_id) FROM {table}")  # noqa: S608 -- as above
            assert seen == 2, table


async def test_a_tenant_cannot_smuggle_another_into_its_own_name(pool: Pool) -> None:
    smuggled = f"x'; SET LOCAL ringbook.tenant_id = '{B}"
    async with reader(pool, smuggled) as db:
        assert await db.value("SELECT ringbook.tenant()") == smuggled


async def test_a_transaction_leaves_no_tenant_behind_on_its_connection(pool: Pool) -> None:
    async with reader(pool, A) as db:
        assert await db.value("SELECT ringbook.tenant()") == A
    async with pool.acquire() as connection:
        assert await connection.fetchval("SELECT ringbook.tenant()") is None
