import asyncio
from collections.abc import Callable, Mapping
from copy import deepcopy
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
import yaml

from ops.refused import Refused
from ops.tenants.apply import Applied, apply
from ops.tenants.export import export
from ops.tenants.load import load, parse
from ops.tenants.problems import TenantsFileWrong
from storage.owner import describing_tenants
from storage.postgres import Pool, reader
from storage.secrets import KeyRing, new_key
from storage.tenant_descriptions import description
from storage.tenants import secrets

EXAMPLE = Path(__file__).parents[2] / "examples" / "tenants.yaml"
READ = yaml.safe_load(EXAMPLE.read_text(encoding="utf-8"))
OLD, NEW = new_key(), new_key()
KEYS = KeyRing.parse(OLD)
NOTHING: Mapping[str, str] = {}
SALON, DENTAL = "salon-kastanie", "maple-dental"


def example(change: Callable[[Any, Any], object] = lambda _salon, _dental: None) -> str:
    """The example with a change to its two tenants."""
    file = deepcopy(READ)
    change(*file["tenants"])
    return yaml.safe_dump(file, sort_keys=False)


def only(tenant: Any) -> str:
    return yaml.safe_dump({"tenants": [tenant]}, sort_keys=False)


async def applied(
    database: str,
    text: str,
    *,
    keys: KeyRing = KEYS,
    dry_run: bool = False,
    environment: Mapping[str, str] = NOTHING,
) -> Applied:
    file = parse(text, source="tenants.yaml")
    return await apply(database, keys, file, environment=environment, dry_run=dry_run)


async def refused(database: str, text: str, environment: Mapping[str, str] = NOTHING) -> list[str]:
    with pytest.raises(TenantsFileWrong) as wrong:
        await applied(database, text, environment=environment)
    return list(wrong.value.reasons)


def lines(done: Applied) -> list[str]:
    return [f"{change.tenant} {change}" for change in done.changes]


async def salon_secrets(pool: Pool, keys: KeyRing, name: str) -> tuple[str, ...]:
    async with reader(pool, SALON) as db:
        return await secrets(db, keys, name)


async def book(owner: asyncpg.Connection, *, service: str, staff: str, ends_in: timedelta) -> None:
    await owner.execute(
        "INSERT INTO appointments (appointment_id, tenant_id, service, staff, starts_at, ends_at,"
        " source) VALUES ($1, $2, $3, $4, now() + $5 - interval '1 hour', now() + $5, 'ringbook')",
        uuid4(),
        SALON,
        service,
        staff,
        ends_in,
    )


@pytest.fixture
async def described(database: str) -> str:
    """A database with the two tenants of the example."""
    await applied(database, example())
    return database


async def test_the_example_applies_and_applied_again_changes_nothing(database: str) -> None:
    first = await applied(database, EXAMPLE.read_text(encoding="utf-8"))
    assert {change.kind for change in first.changes} == {"added"}
    again = await applied(database, EXAMPLE.read_text(encoding="utf-8"))
    assert again == Applied(changes=(), unchanged=(SALON, DENTAL), left_alone=())


async def test_a_dry_run_shows_the_changes_and_makes_none(database: str) -> None:
    shown = await applied(database, example(), dry_run=True)
    done = await applied(database, example())
    assert shown.changes == done.changes
    assert done.changes


async def test_an_export_applied_changes_nothing_and_needs_no_secret(described: str) -> None:
    text = await export(described)
    assert "demo" not in text
    assert (await applied(described, text)).changes == ()


async def test_one_tenant_is_exported_alone(described: str) -> None:
    (tenant,) = yaml.safe_load(await export(described, DENTAL))["tenants"]
    assert tenant["id"] == DENTAL
    with pytest.raises(Refused, match="no tenant nobody"):
        await export(described, "nobody")


async def test_each_change_is_a_line_that_says_what_was_and_what_will_be(described: str) -> None:
    def change(salon: Any, _dental: Any) -> None:
        salon["markup_percent"] = 27.5
        salon["services"][1]["minutes"] = 45
        salon["phone_numbers"].pop()
        salon["staff"].append({"id": "kim", "name": "Kim", "branch": "mitte"})
        salon["secrets"]["retell_webhook"].insert(0, "plain:newer")

    done = await applied(described, example(change))
    assert lines(done) == [
        f"{SALON} ~ tenant {SALON}: markup_percent 25 -> 27.5",
        f"{SALON} + staff kim",
        f"{SALON} ~ service haircut-men: minutes 30 -> 45",
        f"{SALON} - phone number +493023125001",
        f"{SALON} ~ secret retell_webhook",
    ]
    assert done.unchanged == (DENTAL,)


async def test_a_tenant_that_is_not_in_the_file_is_left_alone(described: str) -> None:
    done = await applied(described, only(READ["tenants"][1]))
    assert done == Applied(changes=(), unchanged=(DENTAL,), left_alone=(SALON,))
    async with describing_tenants(described) as owner:
        assert await description(owner, SALON) is not None


async def test_a_number_and_an_event_type_move_within_one_file(described: str) -> None:
    def swap(salon: Any, dental: Any) -> None:
        numbers, others = salon["phone_numbers"], dental["phone_numbers"]
        numbers[0]["number"], others[0]["number"] = others[0]["number"], numbers[0]["number"]
        salon["services"][2]["staff"], dental["services"][0]["staff"] = (
            {"anna": 201},
            {"dr-lee": 121},
        )

    await applied(described, example(swap))
    assert (await applied(described, example(swap))).changes == ()


async def test_what_belongs_to_a_tenant_outside_the_file_cannot_be_taken(described: str) -> None:
    thief = deepcopy(READ["tenants"][1]) | {"id": "thief"}
    thief["services"][0]["staff"] = {"dr-lee": 999}
    assert await refused(described, only(thief)) == [
        f"tenants[0].{place}: belongs to {DENTAL}, which is not in this file"
        for place in (
            "phone_numbers[0].number",
            "services[1].staff.sam",
            "services[1].staff.dr-lee",
        )
    ]


async def test_secrets_come_from_the_environment(described: str, pool: Pool) -> None:
    def change(salon: Any, _dental: Any) -> None:
        salon["secrets"]["calcom_webhook"] = ["env:SALON_NEW", "stored:1"]

    done = await applied(
        described, example(change), environment={"SALON_NEW": "from-the-environment"}
    )
    assert "from-the-environment" not in repr(done)
    assert await salon_secrets(pool, KEYS, "calcom_webhook") == (
        "from-the-environment",
        "demo-calcom-kastanie",
    )


async def test_every_secret_that_is_not_there_is_told_and_nothing_changes(described: str) -> None:
    def change(salon: Any, dental: Any) -> None:
        salon["name"] = "Another"
        salon["secrets"]["retell_webhook"] = ["stored:1", "env:MISSING", "stored:2"]
        dental["secrets"]["calcom_api_key"] = "env:EMPTY"

    assert await refused(described, example(change), {"EMPTY": ""}) == [
        "tenants[0].secrets.retell_webhook[1]: the environment variable MISSING is not set",
        "tenants[0].secrets.retell_webhook[2]: the database has 1 secrets here, none is number 2",
        "tenants[1].secrets.calcom_api_key: the environment variable EMPTY is not set",
    ]
    assert (await applied(described, example())).changes == ()


async def test_a_new_master_key_seals_everything_anew(described: str, pool: Pool) -> None:
    both = KeyRing.parse(f"{NEW},{OLD}")
    kept = await export(described)
    done = await applied(described, kept, keys=both)
    assert {change.what for change in done.changes} == {"secret"}
    assert (await applied(described, kept, keys=both)).changes == ()
    assert await salon_secrets(pool, KeyRing.parse(NEW), "calcom_api_key") == ("cal_demo_kastanie",)


async def test_a_secret_whose_key_is_lost_must_be_given_anew(described: str, pool: Pool) -> None:
    new = KeyRing.parse(NEW)
    with pytest.raises(TenantsFileWrong, match="does not open with RINGBOOK_MASTER_KEYS"):
        await applied(described, await export(described, SALON), keys=new)
    await applied(described, example(), keys=new)
    assert await salon_secrets(pool, new, "retell_webhook") == ("demo-retell-kastanie",)


async def test_staff_with_upcoming_appointments_cannot_go(
    described: str, owner: asyncpg.Connection
) -> None:
    def leave(salon: Any, dental: Any) -> None:
        dental["name"] = "Must not change either"
        del salon["staff"][1]
        del salon["services"][1]["staff"]["mehmet"]

    await book(owner, service="haircut-men", staff="mehmet", ends_in=timedelta(days=3))
    (reason,) = await refused(described, example(leave))
    assert reason == (
        "tenants[0].services: event type 111 (haircut-men with mehmet) cannot go yet:"
        " 1 upcoming appointments"
    )
    assert (await applied(described, example())).changes == ()
    await owner.execute("UPDATE appointments SET cancelled_at = now()")
    assert f"{SALON} - staff mehmet" in lines(await applied(described, example(leave)))


async def test_staff_whose_appointments_are_over_may_go(
    described: str, owner: asyncpg.Connection
) -> None:
    def leave(salon: Any, _dental: Any) -> None:
        del salon["staff"][1]
        del salon["services"][1]["staff"]["mehmet"]

    await book(owner, service="haircut-men", staff="mehmet", ends_in=timedelta(minutes=-1))
    assert f"{SALON} - staff mehmet" in lines(await applied(described, example(leave)))


async def test_a_number_whose_calls_have_no_final_cost_cannot_go(
    described: str, owner: asyncpg.Connection
) -> None:
    def drop(salon: Any, _dental: Any) -> None:
        salon["phone_numbers"].pop()

    await owner.execute(
        "INSERT INTO calls (call_id, tenant_id, direction, business_number)"
        " VALUES ('call_1', $1, 'inbound', '+493023125001')",
        SALON,
    )
    (reason,) = await refused(described, example(drop))
    assert reason == (
        "tenants[0].phone_numbers: +493023125001 cannot go yet:"
        " 1 calls of the last day have no final cost"
    )
    await owner.execute("UPDATE calls SET first_heard_at = now() - interval '25 hours'")
    assert lines(await applied(described, example(drop))) == [
        f"{SALON} - phone number +493023125001"
    ]


async def test_two_files_applied_at_once_follow_each_other(database: str) -> None:
    def rename(salon: Any, _dental: Any) -> None:
        salon["name"] = "Another"

    await asyncio.gather(applied(database, example()), applied(database, example(rename)))
    async with describing_tenants(database) as owner:
        found = await description(owner, SALON)
    assert found is not None
    assert found.profile.name in {"Salon Kastanie", "Another"}


def test_the_example_on_disk_is_what_these_tests_read() -> None:
    assert [tenant.id for tenant in load(EXAMPLE).tenants] == [SALON, DENTAL]
