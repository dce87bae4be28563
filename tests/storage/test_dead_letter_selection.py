"""Which letters a selection means, each time with one that it means and one that it does not."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from messages import topology
from messages.message import id_of
from storage import dead_letter_lists, dead_letters
from storage.dead_letter_selection import Selection
from storage.postgres import Duty, Pool, crossing, transaction
from tests.dying import DIED, bury, letter

SEND_SMS = topology.NOTIFICATIONS_SEND_SMS.name


async def listed(pool: Pool, **asked: Any) -> dict[UUID, str]:
    async with crossing(pool, Duty.OPERATOR) as operator:
        found = await dead_letter_lists.newest(operator, Selection(**asked), limit=100)
        assert await dead_letter_lists.count(operator, Selection(**asked)) == len(found)
    return {each.dead_letter_id: each.status for each in found}


@pytest.mark.parametrize(
    ("asked", "facts"),
    [
        ({"actor": "notifications"}, {"queue": SEND_SMS, "provider": None}),
        ({"tenant": "salon"}, {"tenant_id": "salon"}),
        ({"provider": "calcom"}, {"provider": "calcom"}),
        ({"provider": "twilio"}, {"queue": SEND_SMS, "provider": None}),
        ({"error": "ValueError"}, {"error_class": "ValueError"}),
        ({"fingerprint": "a" * 16}, {"fingerprint": "a" * 16}),
        ({"since": DIED + timedelta(hours=1)}, {"died_at": DIED + timedelta(hours=1)}),
        ({"until": DIED}, {"died_at": DIED - timedelta(seconds=1)}),
        ({"text": "no such COLUMN"}, {"error": "No such column"}),
        ({"text": "müller\\"}, {"body": "x Müller\\ y".replace("M", "m").encode()}),
        ({"text": "FRAU müller"}, {"body": b"\xff\0 Frau m\xc3\xbcller"}),
        ({"text": "\\303"}, {"body": b"\\303"}),
    ],
    ids=str,
)
async def test_a_filter_means_what_it_says(
    pool: Pool, asked: dict[str, Any], facts: dict[str, Any]
) -> None:
    _, meant = await bury(pool, letter(0, body="{ö}".encode()), letter(1, **facts))
    assert list(await listed(pool, **asked)) == [meant]


async def test_ids_are_meant_as_they_are(pool: Pool) -> None:
    ids = await bury(pool, *map(letter, range(3)))
    assert set(await listed(pool, ids=(ids[0], ids[2]))) == {ids[0], ids[2]}


async def test_a_letter_whose_webhook_was_done_since_is_not_open(
    pool: Pool, owner: asyncpg.Connection
) -> None:
    done, dead = await bury(pool, letter(0), letter(1))
    for number, outcome in ((0, "done"), (1, "dead")):
        await owner.execute(
            "INSERT INTO webhook_events (message_id, provider, endpoint, event, received_at,"
            " attempts, outcome, reason, body) VALUES ($1, 'retell', 'retell', 'x', now(), 1, $2,"
            " 'KeyError', '')",
            letter(number).message_id,
            outcome,
        )
    assert await listed(pool) == {dead: "open"}
    assert await listed(pool, ended_too=True) == {dead: "open", done: "succeeded"}


async def test_a_letter_is_not_open_once_its_own_handler_has_heard_the_message(
    pool: Pool, owner: asyncpg.Connection
) -> None:
    ours = replace(letter(0), provider=None, queue=SEND_SMS)
    (kept,) = await bury(pool, ours)
    hear = "INSERT INTO inbox (handler, message_id) VALUES ($1, $2)"
    await owner.execute(hear, topology.COSTS_ENDED.name, ours.message_id)
    assert await listed(pool) == {kept: "open"}
    await owner.execute(hear, SEND_SMS, ours.message_id)
    assert await listed(pool, ended_too=True) == {kept: "succeeded"}
    assert await listed(pool) == {}


async def test_of_a_message_that_died_again_only_the_last_letter_is_open(pool: Pool) -> None:
    message_id = id_of("again")
    first, last, elsewhere = await bury(
        pool,
        letter(0, message_id=message_id),
        letter(1, message_id=message_id),
        letter(2, message_id=message_id, queue=topology.BOOKINGS_CALCOM.name),
    )
    assert set(await listed(pool)) == {last, elsewhere}
    assert (await listed(pool, ended_too=True))[first] == "died_again"


async def test_letters_without_a_message_id_are_all_open(pool: Pool) -> None:
    await bury(pool, letter(0, message_id=None), letter(1, message_id=None))
    assert len(await listed(pool)) == 2


async def test_workers_note_a_success_and_the_first_end_holds(pool: Pool) -> None:
    (kept,) = await bury(pool, letter(0, tenant_id="salon"))
    async with transaction(pool, None) as tx:
        assert await dead_letters.end(tx, kept, how="succeeded")
    async with crossing(pool, Duty.OPERATOR) as operator:
        assert not await dead_letters.end(operator, kept, how="discarded")
    assert await listed(pool, ended_too=True) == {kept: "succeeded"}


async def test_a_group_names_the_tenants_with_most_and_its_newest_letter(pool: Pool) -> None:
    tenants = ["a", "b", "b", "c", "d", None, "d", "d"]
    ids = await bury(pool, *(letter(n, tenant_id=each) for n, each in enumerate(tenants)))
    (other,) = await bury(pool, letter(20, fingerprint="e" * 16, tenant_id=None))
    async with crossing(pool, Duty.OPERATOR) as operator:
        first, second = await dead_letter_lists.groups(operator, Selection(), limit=10)
    assert (first.letters, first.tenants, first.most_of) == (8, 4, ["d", "b", "a"])
    assert (first.first_died_at, first.sample_id) == (DIED, ids[-1])
    assert (second.letters, second.tenants, second.most_of) == (1, 0, [])
    assert second.sample_id == other


async def test_a_group_counts_only_what_is_selected(pool: Pool) -> None:
    await bury(pool, *(letter(n, tenant_id="a" if n % 2 else "b") for n in range(5)))
    async with crossing(pool, Duty.OPERATOR) as operator:
        (group,) = await dead_letter_lists.groups(operator, Selection(tenant="a"), limit=10)
    assert (group.letters, group.most_of) == (2, ["a"])


@pytest.mark.parametrize(
    ("selection", "is_scoped"),
    [
        (Selection(), False),
        (Selection(ended_too=True), False),
        (Selection(until=DIED), False),
        (Selection(text=""), False),
        (Selection(tenant="salon"), True),
        (Selection(ids=(id_of("x"),)), True),
    ],
)
def test_a_scope_is_a_filter_that_leaves_something_out(
    selection: Selection, *, is_scoped: bool
) -> None:
    assert selection.is_scoped is is_scoped


async def test_operators_may_neither_change_nor_remove_a_letter(pool: Pool) -> None:
    await bury(pool, letter(0))
    for statement in (
        "UPDATE dead_letters SET body = ''",
        "DELETE FROM dead_letters",
        "DELETE FROM dead_letter_ends",
        "UPDATE operator_actions SET reason = ''",
        "DELETE FROM operator_actions",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with crossing(pool, Duty.OPERATOR) as operator:
                await operator.execute(statement)
