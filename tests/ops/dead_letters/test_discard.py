"""`discard`: an end for good, and a line of the audit for each letter."""

import asyncpg
import orjson

from ops.dead_letters import acts
from storage import dead_letters
from storage.dead_letter_selection import Selection
from storage.postgres import Duty, Pool, crossing
from tests.command import Command
from tests.dying import bury, letter

WHY = ("--reason", "a test account")


async def test_what_is_meant_is_discarded_and_audited(
    ringbook: Command, pool: Pool, owner: asyncpg.Connection
) -> None:
    _, one, other = await bury(
        pool, letter(0), letter(1, tenant_id="salon"), letter(2, tenant_id="salon")
    )
    meant = ("dead-letters", "discard", "--tenant", "salon", *WHY, "--by", "lena")
    said = await ringbook(*meant, "--dry-run")
    assert said.out == "2 dead letters would be discarded\n"
    assert not await owner.fetch("SELECT FROM dead_letter_ends")
    assert (await ringbook(*meant)).out == "2 dead letters discarded\n"
    noted = await owner.fetch(
        "SELECT acted_by, action, reason, tenant_id, subject FROM operator_actions ORDER BY 5"
    )
    assert [tuple(row) for row in noted] == [
        ("lena", "dead_letters.discard", "a test account", "salon", f"dead_letter:{each}")
        for each in sorted(map(str, (one, other)))
    ]
    assert len((await ringbook("dead-letters", "list")).out.splitlines()) == 1
    everything = await ringbook("dead-letters", "list", "--all")
    assert everything.out.count("discarded") == 2
    shown = (await ringbook("dead-letters", "show", str(one))).out
    assert f"dead letter {one}: discarded since " in shown
    assert "dead_letters.discard by lena: a test account" in shown


async def test_single_ones_are_named_by_the_beginning_of_their_ids(
    ringbook: Command, pool: Pool
) -> None:
    ids = await bury(pool, *map(letter, range(3)))
    said = await ringbook("dead-letters", "discard", str(ids[0])[:13], str(ids[2]), *WHY, "--json")
    assert orjson.loads(said.out) == {"discarded": 2}
    assert str(ids[1]) in (await ringbook("dead-letters", "list")).out


async def test_it_goes_in_batches_and_leaves_what_others_ended(
    pool: Pool, owner: asyncpg.Connection
) -> None:
    count = acts.BATCH + 10
    await owner.execute(
        """
        INSERT INTO dead_letters (dead_letter_id, queue, kind, fingerprint, error_class, error,
                                  stack, attempts, died_at, headers, body)
        SELECT gen_random_uuid(), 'calls.retell', '', 'f', 'KeyError', '', '', 1,
               now() - n / 7 * interval '1 second', '{}', '' FROM generate_series(1, $1) AS n
        """,
        count,
    )
    said: list[int] = []
    ended_first = await owner.fetchval("SELECT dead_letter_id FROM dead_letters LIMIT 1")
    async with crossing(pool, Duty.OPERATOR) as operator:
        await dead_letters.end(operator, ended_first, how="succeeded")
    done = await acts.discarded(
        pool, Selection(error="KeyError"), count - 1, by="lena", reason="so", say=said.append
    )
    assert (done, said) == (count - 1, [acts.BATCH, count - 1])
    ends = await owner.fetch("SELECT how, count(*) FROM dead_letter_ends GROUP BY 1 ORDER BY 1")
    assert [tuple(row) for row in ends] == [("discarded", count - 1), ("succeeded", 1)]
    assert await owner.fetchval("SELECT count(DISTINCT subject) FROM operator_actions") == count - 1


async def test_no_more_are_discarded_than_were_counted(
    pool: Pool, owner: asyncpg.Connection
) -> None:
    """What dies while it runs comes last, and is not among them."""
    await bury(pool, *map(letter, range(3)))
    done = await acts.discarded(
        pool, Selection(error="KeyError"), 2, by="lena", reason="so", say=lambda _: None
    )
    assert done == 2
    assert await owner.fetchval("SELECT count(*) FROM dead_letter_ends") == 2
