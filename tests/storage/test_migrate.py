import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import asyncpg
import pytest

from storage.migrate import MigrationChanged, MigrationRefused, grant_login, migrate
from storage.owner import DatabaseAway
from storage.postgres import Duty, crossing, open_pool, reader


@pytest.fixture
async def empty(database: str, owner: asyncpg.Connection) -> AsyncIterator[str]:
    """A database that was never migrated."""
    name = f"empty_{uuid4().hex}"
    await owner.execute(f"CREATE DATABASE {name} TEMPLATE template0")
    yield with_parts(database, path=name)
    await owner.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
async def visitor(database: str, owner: asyncpg.Connection) -> AsyncIterator[str]:
    """The URL of a login that owns nothing."""
    name = f"visitor_{uuid4().hex}"
    await owner.execute(f"CREATE ROLE {name} LOGIN PASSWORD 'visitor'")
    yield with_parts(database, login=f"{name}:visitor")
    await owner.execute(f"DROP ROLE {name}")


def with_parts(url: str, *, login: str | None = None, path: str | None = None) -> str:
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    netloc = f"{login}@{host}" if login else parts.netloc
    return urlunsplit(parts._replace(netloc=netloc, path=f"/{path}" if path else parts.path))


async def fetch(url: str, query: str) -> object:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()


async def test_migrating_twice_runs_each_file_once(empty: str) -> None:
    ran = await migrate(empty)
    assert ran[0] == "0001_foundation.sql"
    assert ran == sorted(ran)
    assert await migrate(empty) == []


async def test_two_migrations_at_once_wait_for_each_other(empty: str) -> None:
    ran = await asyncio.gather(migrate(empty), migrate(empty), migrate(empty))
    assert sorted(map(len, ran)) == [0, 0, max(map(len, ran))]


async def test_a_file_that_changed_after_it_ran_is_an_error(empty: str, tmp_path: Path) -> None:
    first = tmp_path / "0001_first.sql"
    first.write_text("CREATE TABLE first (n integer)")
    await migrate(empty, folder=tmp_path)
    first.write_text("CREATE TABLE first (n bigint)")
    (tmp_path / "0002_second.sql").write_text("CREATE TABLE second (n integer)")
    with pytest.raises(MigrationChanged, match=r"0001_first\.sql was changed after it ran"):
        await migrate(empty, folder=tmp_path)
    assert await fetch(empty, "SELECT to_regclass('second')") is None


async def test_nothing_of_a_file_that_fails_stays_and_the_ones_before_do(
    empty: str, tmp_path: Path
) -> None:
    (tmp_path / "0001_good.sql").write_text("CREATE TABLE good (n integer)")
    bad = tmp_path / "0002_bad.sql"
    bad.write_text("CREATE TABLE half (n integer); SELECT 1 / 0")
    with pytest.raises(MigrationRefused, match=r"0002_bad\.sql: division by zero"):
        await migrate(empty, folder=tmp_path)
    assert await fetch(empty, "SELECT to_regclass('half')") is None
    bad.write_text("CREATE TABLE whole (n integer)")
    assert await migrate(empty, folder=tmp_path) == ["0002_bad.sql"]


async def test_a_login_without_the_rights_is_told_which_it_needs(empty: str, visitor: str) -> None:
    with pytest.raises(MigrationRefused, match="CREATEROLE") as refused:
        await migrate(with_parts(visitor, path=urlsplit(empty).path[1:]))
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://u:geheim@127.0.0.1:1/ringbook",
        "postgresql://u:geheim@nowhere.invalid/ringbook",
    ],
)
async def test_a_server_that_is_away_is_one_line_without_the_password(url: str) -> None:
    with pytest.raises(DatabaseAway) as away:
        await migrate(url)
    assert "geheim" not in str(away.value)
    assert "\n" not in str(away.value)


async def test_processes_may_log_in_as_the_role_that_owns_nothing(database: str) -> None:
    password = "it's % \\ %s ü"
    await grant_login(database, password)
    url = with_parts(database, login="ringbook_app:it%27s%20%25%20%5C%20%25s%20%C3%BC")
    async with open_pool(url) as pool:
        async with reader(pool, "salon") as db:
            assert await db.value("SELECT session_user") == "ringbook_app"
        for duty in Duty:
            async with crossing(pool, duty) as across:
                assert await across.value("SELECT current_user") == duty
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(with_parts(database, login="ringbook_app:wrong"))
