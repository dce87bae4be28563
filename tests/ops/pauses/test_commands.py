"""Pause and resume as an operator types them."""

import asyncio
import os
import sys
from pathlib import Path
from typing import NamedTuple
from uuid import uuid4

import asyncpg
import orjson
import pytest

from messages.message import id_of
from storage import parked
from storage.migrate import grant_login
from storage.parked import Parked
from storage.postgres import Pool, transaction
from tests.world import DENTIST, SALON, describe_tenants

ROOT = Path(__file__).parents[3]
AWAY = "postgresql://ringbook:geheim@127.0.0.1:1/ringbook"
WHY = ("--reason", "the calendar is being moved")


class Answer(NamedTuple):
    """What a command said, and how it ended."""

    code: int | None
    out: str
    err: str


class Ringbook:
    """The command, told where the database is."""

    def __init__(self, database: str) -> None:
        self.database = database

    async def __call__(self, *words: str) -> Answer:
        kept = {name: value for name, value in os.environ.items() if "RINGBOOK" not in name}
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "ops",
            *words,
            cwd=ROOT,
            env={**kept, "RINGBOOK_POSTGRES_URL": self.database, "LOGNAME": "anna"},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        async with asyncio.timeout(30):
            out, err = await process.communicate()
        return Answer(process.returncode, out.decode(), err.decode())

    async def refuses(self, *words: str) -> str:
        """The one line it says, having changed nothing."""
        said = await self(*words)
        assert (said.code, said.out) == (2, ""), said
        assert said.err.count("\n") == 1, said.err
        return said.err.removeprefix("ringbook: ").rstrip("\n")

    async def pauses(self, *options: str) -> list[dict[str, object]]:
        said = await self("pauses", "--json", *options)
        assert said.code == 0, said
        listed: list[dict[str, object]] = orjson.loads(said.out)
        return listed


@pytest.fixture
async def ringbook(database: str) -> Ringbook:
    await describe_tenants(database)
    return Ringbook(database)


async def park(pool: Pool, pause: object) -> None:
    async with transaction(pool, SALON) as tx:
        await parked.park(
            tx,
            Parked(
                queue="costs.calls.ended",
                message_id=id_of("parked"),
                pause_id=pause,  # type: ignore[arg-type]
                correlation_id=None,
                content_type=None,
                headers={},
                body=b"",
            ),
        )


async def test_what_is_paused_is_listed_and_resumed(
    ringbook: Ringbook, pool: Pool, owner: asyncpg.Connection
) -> None:
    said = await ringbook("pause", "--tenant", SALON, "--provider", "calcom", *WHY)
    assert (said.code, said.err) == (0, "")
    [kept] = await ringbook.pauses()
    assert said.out == (
        f"paused tenant {SALON}, provider calcom\n"
        f"resume it with: ringbook resume {kept['pause_id']} --reason ...\n"
    )
    assert (kept["tenant_id"], kept["provider"], kept["actor"]) == (SALON, "calcom", None)
    assert (kept["paused_by"], kept["reason"], kept["parked"]) == ("anna", WHY[1], 0)

    await park(pool, await owner.fetchval("SELECT pause_id FROM pauses"))
    [line] = (await ringbook("pauses")).out.splitlines()
    assert line.split("\t")[:2] == [kept["pause_id"], f"tenant {SALON}, provider calcom"]
    assert line.split("\t")[4] == "1"

    said = await ringbook("resume", str(kept["pause_id"]), "--reason", "it works", "--by", "ben")
    assert said == Answer(0, f"resumed tenant {SALON}, provider calcom; 1 message goes back\n", "")
    assert (await ringbook("pauses")).out == "nothing is paused\n"
    [ended] = await ringbook.pauses("--all")
    assert ended["resumed_by"] == "ben"


async def test_who_did_it_when_and_why_is_kept(
    ringbook: Ringbook, owner: asyncpg.Connection
) -> None:
    await ringbook("pause", "--actor", "notifications", *WHY, "--by", "ben")
    await ringbook("resume", "--actor", "notifications", "--reason", "it works")
    pause_id = await owner.fetchval("SELECT pause_id FROM pauses")
    kept = await owner.fetch(
        "SELECT acted_by, action, reason, subject FROM operator_actions ORDER BY action_id"
    )
    assert [tuple(row) for row in kept] == [
        ("ben", "pauses.pause", WHY[1], f"pause:{pause_id}"),
        ("anna", "pauses.resume", "it works", f"pause:{pause_id}"),
    ]


NOWHERE = str(uuid4())


@pytest.mark.parametrize(
    ("words", "because"),
    [
        (["pause"], "name what is meant: --tenant, --provider, --actor, or several of them"),
        (["pause", "--tenant", "nobody"], "no tenant 'nobody'"),
        (
            ["pause", "--provider", "acme"],
            "no provider 'acme': there are calcom, retell, sendgrid, twilio",
        ),
        (
            ["pause", "--actor", "sales"],
            "no actor 'sales': there are bookings, calls, costs, notifications, transcripts",
        ),
        (
            ["pause", "--actor", "calls", "--provider", "twilio"],
            "the actor calls has nothing to do with twilio",
        ),
        (["resume"], "name what is meant: --tenant, --provider, --actor, or several of them"),
        (
            ["resume", "--tenant", SALON],
            f"tenant {SALON} is not paused; `ringbook pauses` shows what is",
        ),
        (["resume", "x"], "'x' is no id of a pause; `ringbook pauses` shows them"),
        (["resume", NOWHERE], f"no pause {NOWHERE}; `ringbook pauses` shows what is paused"),
        (
            ["resume", NOWHERE, "--actor", "calls"],
            "name a pause by its id or by what was paused, not by both",
        ),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
async def test_what_makes_no_sense_is_refused_in_a_line_and_changes_nothing(
    ringbook: Ringbook, owner: asyncpg.Connection, words: list[str], because: str
) -> None:
    assert await ringbook.refuses(*words, *WHY) == because
    assert not await owner.fetchval("SELECT count(*) FROM operator_actions")
    assert not await owner.fetchval("SELECT count(*) FROM pauses")


async def test_pausing_twice_says_who_paused_it_and_resuming_twice_who_resumed_it(
    ringbook: Ringbook, owner: asyncpg.Connection
) -> None:
    await ringbook("pause", "--tenant", DENTIST, *WHY)
    line = await ringbook.refuses("pause", "--tenant", DENTIST, "--reason", "again")
    assert line.startswith(f"tenant {DENTIST} is paused already, by anna since ")
    assert line.endswith(f": {WHY[1]}")
    pause_id = str(await owner.fetchval("SELECT pause_id FROM pauses"))
    await ringbook("resume", pause_id, *WHY)
    line = await ringbook.refuses("resume", pause_id, *WHY)
    assert line.startswith(f"tenant {DENTIST} was resumed by anna at ")
    assert await owner.fetchval("SELECT count(*) FROM operator_actions") == 2


@pytest.mark.parametrize("option", ["--reason", "--by"])
async def test_nothing_is_done_without_a_name_and_a_reason(ringbook: Ringbook, option: str) -> None:
    line = await ringbook.refuses("pause", "--tenant", SALON, *WHY, option, " ")
    assert line == "say something for --reason and --by: the line is kept for good"
    assert await ringbook.pauses() == []


COMMANDS = [["pause", "--tenant", SALON, *WHY], ["resume", "--tenant", SALON, *WHY], ["pauses"]]


@pytest.mark.parametrize("words", COMMANDS, ids=lambda words: words[0])
async def test_a_database_that_is_away_or_not_ours_is_a_line(
    ringbook: Ringbook, words: list[str]
) -> None:
    url = ringbook.database.rpartition("/")[0]
    ringbook.database = AWAY
    line = await ringbook.refuses(*words)
    assert line.startswith("PostgreSQL at 127.0.0.1:1/ringbook: ")
    ringbook.database = f"{url}/not_there"
    assert "not_there" in await ringbook.refuses(*words)
    ringbook.database = f"{url}/postgres"
    assert "run `ringbook migrate` first" in await ringbook.refuses(*words)


@pytest.mark.parametrize("words", COMMANDS, ids=lambda words: words[0])
async def test_a_login_without_the_permission_is_a_line(
    ringbook: Ringbook, owner: asyncpg.Connection, words: list[str]
) -> None:
    """A process's login has it: what operators do is a role of its own."""
    await grant_login(ringbook.database, "app")
    place = ringbook.database.rpartition("@")[2]
    ringbook.database = f"postgresql://ringbook_app:app@{place}"
    assert (await ringbook("pauses")).code == 0
    await owner.execute("DROP ROLE IF EXISTS visitor")
    await owner.execute("CREATE ROLE visitor LOGIN PASSWORD 'visitor'")
    ringbook.database = f"postgresql://visitor:visitor@{place}"
    try:
        assert "permission denied" in await ringbook.refuses(*words)
    finally:
        await owner.execute("DROP ROLE visitor")
