"""Whatever is wrong with what was asked: one clear line, exit code 2, and nothing is changed."""

import asyncpg
import pytest

from storage.migrate import grant_login
from storage.postgres import Pool
from tests.command import Answer, Command
from tests.dying import bury, letter

WHY = ("--reason", "so")
AWAY = "postgresql://ringbook:geheim@127.0.0.1:1/ringbook"
EVERY = [
    ("list",),
    ("groups",),
    ("show", "abcd"),
    ("discard", "--tenant", "salon", *WHY),
    ("edit", "abcd", *WHY, "--body", "pyproject.toml"),
]


def refused(answer: Answer, said: str) -> bool:
    assert (answer.code, answer.out) == (2, "")
    assert answer.err.startswith("ringbook: ")
    assert said in answer.err
    return answer.err.count("\n") == 1


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("list", "--actor", "nobody"), "no actor 'nobody': there are bookings, calls, costs"),
        (("groups", "--provider", "nobody"), "no provider 'nobody': there are calcom"),
        (("list", "--text", " "), "--text says nothing"),
        (("list", "--since", "soon"), "'soon' is no moment"),
        (("groups", "--since", "1h", "--until", "2h"), "is not after --since"),
        (("show", "0" * 32), "no dead letter 0000"),
        (("show", "monday"), "'monday' is no id of a dead letter"),
        (("show", "abc"), "'abc' is no id of a dead letter"),
        (("discard", *WHY), "say which dead letters are meant: ids, or at least one filter"),
        (("discard", "--until", "1h", *WHY), "say which dead letters are meant"),
        (("discard", "--tenant", "", *WHY), "--tenant says nothing"),
        (("discard", "--tenant", "nobody", *WHY), "nothing to discard"),
        (("discard", "0" * 32, *WHY), "no dead letter 0000"),
        (("discard", "--error", "KeyError", "--reason", " "), "--reason"),
        (("edit", "0" * 32, *WHY), "no dead letter 0000"),
    ],
    ids=lambda each: " ".join(each)[:40],
)
async def test_what_cannot_be_meant_is_refused_in_a_line(
    ringbook: Command, pool: Pool, owner: asyncpg.Connection, words: tuple[str, ...], said: str
) -> None:
    await bury(pool, letter(0))
    assert refused(await ringbook("dead-letters", *words), said)
    assert not await owner.fetch("SELECT FROM dead_letter_ends")
    assert not await owner.fetch("SELECT FROM operator_actions")


async def test_the_beginning_of_several_ids_is_refused(ringbook: Command, pool: Pool) -> None:
    (kept,) = await bury(pool, letter(0))
    await bury(pool, letter(1, dead_letter_id=kept.__class__(int=kept.int ^ 1)))
    answer = await ringbook("dead-letters", "show", str(kept)[:8])
    assert refused(answer, f"several dead letters begin with {str(kept)[:8]}")


async def test_what_has_ended_is_not_discarded_once_more(ringbook: Command, pool: Pool) -> None:
    (kept,) = await bury(pool, letter(0))
    words = ("dead-letters", "discard", str(kept), *WHY)
    assert (await ringbook(*words)).code == 0
    assert refused(await ringbook(*words), "nothing to discard: no such dead letter is open")


@pytest.mark.parametrize("words", EVERY, ids=lambda each: each[0])
async def test_a_server_that_is_away_is_named_without_its_password(words: tuple[str, ...]) -> None:
    answer = await Command(POSTGRES_URL=AWAY)("dead-letters", *words)
    assert refused(answer, "PostgreSQL at 127.0.0.1:1/ringbook: ")
    assert "geheim" not in answer.err


@pytest.mark.parametrize("words", EVERY, ids=lambda each: each[0])
async def test_a_database_that_is_not_ours_yet_asks_for_the_migration(
    database: str, words: tuple[str, ...]
) -> None:
    empty = f"{database.rpartition('/')[0]}/postgres"
    answer = await Command(POSTGRES_URL=empty)("dead-letters", *words)
    assert refused(answer, "run `ringbook migrate` first")


@pytest.mark.parametrize("words", EVERY, ids=lambda each: each[0])
async def test_a_login_without_permission_is_told_so(
    database: str, owner: asyncpg.Connection, words: tuple[str, ...]
) -> None:
    login = f"stranger_{database[-12:]}"
    await owner.execute(f"CREATE ROLE {login} LOGIN PASSWORD 'x'")
    host = database.rpartition("@")[2]
    answer = await Command(POSTGRES_URL=f"postgresql://{login}:x@{host}")("dead-letters", *words)
    await owner.execute(f"DROP ROLE {login}")
    assert refused(answer, "may not do this: permission denied")


async def test_the_login_of_processes_is_enough(database: str, pool: Pool) -> None:
    await grant_login(database, "app")
    (kept,) = await bury(pool, letter(0))
    host = database.rpartition("@")[2]
    ringbook = Command(POSTGRES_URL=f"postgresql://ringbook_app:app@{host}")
    assert str(kept) in (await ringbook("dead-letters", "list")).out
    assert (await ringbook("dead-letters", "discard", str(kept), *WHY)).code == 0
