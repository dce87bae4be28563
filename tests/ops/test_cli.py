import asyncio
import os
import sys
from pathlib import Path
from typing import NamedTuple

import orjson
import pytest

from storage.secrets import KeyRing, new_key

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "tenants.yaml"
AWAY = "postgresql://ringbook:geheim@127.0.0.1:1/ringbook"


class Answer(NamedTuple):
    """What a command said, and how it ended."""

    code: int | None
    out: str
    err: str


async def ringbook(*words: str, **settings: str) -> Answer:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("RINGBOOK_")}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "ops",
        *words,
        cwd=ROOT,
        env=kept | {f"RINGBOOK_{name}": value for name, value in settings.items()},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(30):
        out, err = await process.communicate()
    return Answer(process.returncode, out.decode(), err.decode())


async def test_a_new_key_is_an_entry_of_a_key_ring() -> None:
    said = await ringbook("keys", "new")
    assert said.code == 0
    KeyRing.parse(said.out.strip())
    assert (await ringbook("keys", "new")).out != said.out


@pytest.mark.parametrize("topic", ["migrate", "keys", "stack", "tenants"])
async def test_the_help_names_every_topic(topic: str) -> None:
    said = await ringbook("--help")
    assert said.code == 0
    assert topic in said.out.split()
    assert (await ringbook(topic, "--help")).code == 0


async def test_every_missing_or_wrong_setting_is_a_line_without_its_value() -> None:
    said = await ringbook("tenants", "apply", str(EXAMPLE))
    assert said == Answer(2, "", "RINGBOOK_POSTGRES_URL: missing\nRINGBOOK_MASTER_KEYS: missing\n")
    said = await ringbook(
        "tenants", "apply", str(EXAMPLE), POSTGRES_URL="mysql://geheim", MASTER_KEYS="geheim"
    )
    assert said.err == (
        "RINGBOOK_POSTGRES_URL: must begin with postgresql://\n"
        "RINGBOOK_MASTER_KEYS: key 1: no id before a colon"
        " (expected id:base64-of-32-bytes, comma-separated)\n"
    )


@pytest.mark.parametrize("words", [["migrate"], ["tenants", "export"]])
async def test_a_server_that_is_away_is_one_line_without_the_password(words: list[str]) -> None:
    said = await ringbook(*words, POSTGRES_URL=AWAY)
    assert (said.code, said.out) == (2, "")
    assert said.err.startswith("ringbook: PostgreSQL at 127.0.0.1:1/ringbook: ")
    assert said.err.count("\n") == 1


async def test_a_database_that_is_not_ours_yet_asks_for_the_migration(database: str) -> None:
    said = await ringbook(
        "tenants", "export", POSTGRES_URL=f"{database.rpartition('/')[0]}/postgres"
    )
    assert (said.code, said.err.count("\n")) == (2, 1)
    assert "run `ringbook migrate` first" in said.err


async def test_the_owner_migrates_and_processes_are_refused_the_writing(database: str) -> None:
    said = await ringbook("migrate", POSTGRES_URL=database, APP_PASSWORD="app")
    assert said == Answer(0, "ringbook_app may log in\nthe database is up to date\n", "")
    said = await ringbook(
        "tenants",
        "apply",
        str(EXAMPLE),
        POSTGRES_URL=f"postgresql://ringbook_app:app@{database.rpartition('@')[2]}",
        MASTER_KEYS=new_key(),
    )
    assert (said.code, said.out) == (2, "")
    assert "the login role ringbook_app may not write tenants" in said.err


async def test_tenants_are_shown_applied_and_exported(database: str, tmp_path: Path) -> None:
    settings = {"POSTGRES_URL": database, "MASTER_KEYS": new_key()}
    shown = await ringbook("tenants", "apply", str(EXAMPLE), "--dry-run", **settings)
    assert shown.out.endswith("24 changes, none applied (dry run)\n")
    done = await ringbook("tenants", "apply", str(EXAMPLE), **settings)
    assert done.out.splitlines()[:-1] == shown.out.splitlines()[:-1]
    assert done.out.endswith("24 changes, applied\n")
    exported = tmp_path / "tenants.yaml"
    exported.write_text((await ringbook("tenants", "export", **settings)).out, encoding="utf-8")
    again = await ringbook("tenants", "apply", str(exported), "--json", **settings)
    assert orjson.loads(again.out) == {
        "applied": True,
        "changes": [],
        "unchanged": ["maple-dental", "salon-kastanie"],
        "left_alone": [],
    }


async def test_mistakes_of_a_file_are_a_line_each(database: str, tmp_path: Path) -> None:
    file = tmp_path / "tenants.yaml"
    text = EXAMPLE.read_text(encoding="utf-8")
    file.write_text(text.replace("Europe/Berlin", "Berlin").replace("country: US", "country: USA"))
    said = await ringbook(
        "tenants", "apply", str(file), POSTGRES_URL=database, MASTER_KEYS=new_key()
    )
    assert said == Answer(
        2,
        "",
        "ringbook: tenants[0].time_zone: not an IANA time zone such as Europe/Berlin\n"
        "ringbook: tenants[1].country: not an ISO 3166 country code such as DE\n",
    )


async def test_a_file_that_is_not_there_is_a_line(tmp_path: Path) -> None:
    said = await ringbook(
        "tenants", "apply", str(tmp_path / "no.yaml"), POSTGRES_URL=AWAY, MASTER_KEYS=new_key()
    )
    assert said == Answer(2, "", f"ringbook: {tmp_path}/no.yaml: No such file or directory\n")


async def test_the_command_of_a_checkout_works_from_anywhere(tmp_path: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        ROOT / "ringbook", "keys", "new", cwd=tmp_path, stdout=asyncio.subprocess.PIPE
    )
    out, _ = await process.communicate()
    assert KeyRing.parse(out.decode().strip()) is not None
