"""The command as an operator meets it: what it says, and how it ends."""

import asyncio
import os
from asyncio.subprocess import PIPE
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import orjson
import pytest

from tests.command import ROOT, Command
from tests.ops.verify.breaking import BROKEN, CALL
from tests.ops.verify.history import webhook_id

AWAY = "amqp://ringbook:geheim@127.0.0.1:1/"


@pytest.fixture
def ringbook(database: str) -> Command:
    """The command, where RabbitMQ is away unless a test says otherwise."""
    return Command(POSTGRES_URL=database, RABBITMQ_URL=AWAY)


def login(database: str, name: str) -> str:
    parts = urlsplit(database)
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{name}:{name}@{host}"))


@pytest.mark.usefixtures("settled")
async def test_a_line_for_each_check_and_nothing_wrong(
    ringbook: Command, rabbitmq_url: str
) -> None:
    said = await ringbook("verify", RABBITMQ_URL=rabbitmq_url)
    assert (said.code, said.err) == (0, "")
    lines = said.out.splitlines()
    assert all(line.startswith("✓ P") for line in lines[:-2])
    assert lines[-1].startswith(f"{len(lines) - 2} of {len(lines) - 2} checks hold")


async def test_what_is_broken_is_shown_row_by_row(
    settled: asyncpg.Connection, ringbook: Command
) -> None:
    for statement in BROKEN["costs.margin"]:
        await settled.execute(statement)
    said = await ringbook("verify", "--promise", "p7")
    assert (said.code, said.err) == (1, "")
    assert "✗ P7 costs.margin" in said.out
    assert f"call_id={CALL}" in said.out
    assert said.out.endswith("broken: P7\n")

    said = await ringbook("verify", "--promise", "P7", "--json")
    told = orjson.loads(said.out)
    assert (said.code, told["holds"]) == (1, False)
    broken = [each for each in told["checks"] if each["state"] == "broken"]
    assert [(each["check"], each["count"]) for each in broken] == [("costs.margin", 1)]
    assert broken[0]["rows"][0]["call_id"] == CALL


async def test_only_what_belongs_to_a_tenant_is_looked_at(
    settled: asyncpg.Connection, ringbook: Command
) -> None:
    for statement in BROKEN["costs.margin"]:  # of the salon
        await settled.execute(statement)
    said = await ringbook("verify", "--promise", "P7", "--tenant", "maple-dental")
    assert said.code == 0
    said = await ringbook("verify", "--promise", "P7", "--tenant", "salon-kastanie")
    assert said.code == 1


async def test_as_many_rows_as_asked_for_are_shown(
    settled: asyncpg.Connection, ringbook: Command
) -> None:
    await settled.execute("UPDATE platform_costs SET charge_minor = cost_minor - 1")
    said = await ringbook("verify", "--promise", "P7", "--rows", "3")
    assert said.out.count("margin_minor=-1") == 3
    assert "and 13 more" in said.out


@pytest.mark.usefixtures("settled")
async def test_receipts_are_read_from_standard_input(database: str, rabbitmq_url: str) -> None:
    log = orjson.dumps(
        {"event": "webhook.accepted", "status": 204, "message_id": webhook_id(0, "call_ended")}
    )
    process = await asyncio.create_subprocess_exec(
        ROOT / "ringbook", "verify", "--accepted", "-", "--promise", "P7",
        env=os.environ | {"RINGBOOK_POSTGRES_URL": database, "RINGBOOK_RABBITMQ_URL": rabbitmq_url},
        stdin=PIPE,
        stdout=PIPE,
    )  # fmt: skip
    out, _ = await process.communicate(log)
    assert process.returncode == 0
    assert out.decode().startswith("✓ P2 webhooks.accepted")


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["--promise", "P1"], "--promise P1: data can prove P2, P3, P4, P5, P6, P7"),
        (["--grace", "soon"], "--grace soon: write 90s, 15m, 2h or 1d"),
        (["--tenant", "nobody", "--promise", "P7"], "there is no tenant nobody"),
        ([], "RabbitMQ at 127.0.0.1:1/: "),
        (["--promise", "P7", "--accepted", "no.log"], "RabbitMQ at 127.0.0.1:1/: "),
    ],
)
async def test_what_cannot_be_asked_is_one_line(
    words: list[str], line: str, ringbook: Command
) -> None:
    said = await ringbook("verify", *words)
    assert (said.code, said.out, said.err.count("\n")) == (2, "", 1)
    assert said.err.startswith(f"ringbook: {line}")
    assert "geheim" not in said.err


async def test_a_database_that_is_away_or_not_ours_is_one_line(
    ringbook: Command, database: str
) -> None:
    away = "postgresql://ringbook:geheim@127.0.0.1:1/ringbook"
    said = await ringbook("verify", "--promise", "P7", POSTGRES_URL=away)
    assert (said.code, said.err.count("\n")) == (2, 1)
    assert said.err.startswith("ringbook: PostgreSQL at 127.0.0.1:1/ringbook: ")

    said = await ringbook(
        "verify", "--promise", "P7", POSTGRES_URL=f"{database.rpartition('/')[0]}/postgres"
    )
    assert (said.code, said.err.count("\n")) == (2, 1)
    assert "run `ringbook migrate` first" in said.err


async def test_a_login_without_the_right_is_told_so(
    owner: asyncpg.Connection, ringbook: Command, database: str
) -> None:
    await owner.execute("CREATE ROLE stranger LOGIN PASSWORD 'stranger'")
    try:
        said = await ringbook("verify", "--promise", "P7", POSTGRES_URL=login(database, "stranger"))
    finally:  # roles are of all databases
        await owner.execute("DROP ROLE stranger")
    assert (said.code, said.out, said.err.count("\n")) == (2, "", 1)
    assert "may not do this" in said.err
