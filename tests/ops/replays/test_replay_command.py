"""`ringbook dead-letters replay` and `ringbook replays`, as an operator types them."""

from typing import Any

import aio_pika
import asyncpg
import orjson
import pytest

from messages import topology
from messages.lanes import Lane
from messages.message import id_of
from storage.migrate import grant_login
from storage.postgres import Pool
from tests.command import Answer, Command
from tests.dying import bury, letter
from tests.ops.replays.conftest import Untouched

BULK = topology.CALLS_RETELL.queue(Lane.BULK)
SAID = ("--name", "monday", "--reason", "repaired")
REPLAY = ("dead-letters", "replay", "--error", "KeyError")
AWAY = "127.0.0.1:1"


async def waiting(url: str, queue: str = BULK) -> list[aio_pika.abc.AbstractIncomingMessage]:
    """What waits in a queue, taken out."""
    taken = []
    async with await aio_pika.connect(url) as connection:
        found = await (await connection.channel()).get_queue(queue)
        while message := await found.get(no_ack=True, fail=False):
            taken.append(message)
    return taken


def is_a_line(answer: Answer) -> bool:
    return (answer.code, answer.out, answer.err.count("\n")) == (2, "", 1)


async def test_the_plan_is_shown_and_a_dry_run_changes_nothing(
    ringbook: Command, pool: Pool, untouched: Untouched, rabbitmq_url: str
) -> None:
    (first, *_) = await bury(pool, *(letter(number, tenant_id="salon") for number in range(7)))
    answer = await ringbook(*REPLAY, "--dry-run")
    assert answer.code == 0, answer.err
    lines = [line.strip() for line in answer.out.splitlines()]
    assert lines[0] == "7 dead letters, from 2027-03-01 12:00:00Z to 2027-03-01 12:00:06Z"
    assert "7  salon" in lines
    assert "7  calls.retell: retell.call_ended" in lines
    assert "0 are known as done: nothing happens; 7 would act" in lines
    assert sum("KeyError" in line for line in lines) == 5, "samples"
    assert not any(str(first) in line for line in lines), "samples are the newest"
    assert lines[-1] == "nothing was sent"
    assert await untouched.is_true()
    assert not await waiting(rabbitmq_url)


async def test_letters_are_sent_as_they_were_oldest_first_and_the_replay_is_audited(
    ringbook: Command, pool: Pool, owner: asyncpg.Connection, rabbitmq_url: str
) -> None:
    ids = await bury(pool, *(letter(number, body=b"%d" % number) for number in range(5)))
    answer = await ringbook(*REPLAY, *SAID, "--by", "lena", "--per-second", "1000")
    assert answer.code == 0, answer.err
    assert "monday is finished: 5 of 5 sent, 0 skipped (ended since it was frozen), 0 failed" in (
        answer.out
    )
    sent = await waiting(rabbitmq_url)
    assert [each.body for each in sent] == [b"0", b"1", b"2", b"3", b"4"]
    assert [each.headers["dead_letter"] for each in sent] == [str(each) for each in ids]
    assert {each.headers["replay"] for each in sent} == {"monday"}
    assert sent[0].message_id == str(letter(0).message_id)
    action = await owner.fetchrow("SELECT acted_by, action, reason, subject FROM operator_actions")
    assert action is not None
    assert tuple(action) == ("lena", "replays.start", "repaired", "replay:monday")


async def test_a_letter_of_no_queue_of_ours_is_named_and_the_others_go_on(
    ringbook: Command, pool: Pool, rabbitmq_url: str
) -> None:
    ids = await bury(pool, letter(0, queue="calls.stripe"), letter(1))
    answer = await ringbook(*REPLAY, *SAID)
    assert answer.code == 0
    assert f"dead letter {ids[0]}: no queue of ours is called calls.stripe" in answer.err
    assert "No queue of ours has this name: these are left out." in answer.out
    assert "1 of 2 sent, 0 skipped (ended since it was frozen), 1 failed" in answer.out
    assert len(await waiting(rabbitmq_url)) == 1


async def test_single_letters_are_named_by_the_beginning_of_their_ids(
    ringbook: Command, pool: Pool, rabbitmq_url: str
) -> None:
    ids = await bury(pool, *map(letter, range(3)))
    answer = await ringbook("dead-letters", "replay", str(ids[1])[:13], str(ids[2]), *SAID)
    assert answer.code == 0, answer.err
    assert len(await waiting(rabbitmq_url)) == 2


async def test_json_tells_programs_the_same(ringbook: Command, pool: Pool) -> None:
    await bury(pool, *(letter(number, tenant_id="salon") for number in range(3)))
    plan = orjson.loads((await ringbook(*REPLAY, "--dry-run", "--json")).out)
    assert (plan["items"], plan["tenants"]) == (3, [{"tenant": "salon", "count": 3}])
    assert (plan["kinds"][0]["would_act"], len(plan["samples"])) == (3, 3)
    done = orjson.loads((await ringbook(*REPLAY, *SAID, "--json")).out)
    assert (done["name"], done["state"], done["sent"], done["left"]) == ("monday", "finished", 3, 0)
    listed = orjson.loads((await ringbook("replays", "list", "--json")).out)
    assert [(each["name"], each["items"]) for each in listed] == [("monday", 3)]
    shown = orjson.loads((await ringbook("replays", "show", "monday", "--json")).out)
    assert (shown["sent"], shown["succeeded"], shown["under_way"]) == (3, 0, 3)
    assert (shown["running"], shown["actions"][0]["action"]) == (False, "replays.start")


async def test_a_replay_is_shown_with_what_became_of_it(ringbook: Command, pool: Pool) -> None:
    await bury(pool, *map(letter, range(3)))
    await ringbook(*REPLAY, *SAID)
    await bury(pool, letter(9, message_id=id_of("dying", 0)))
    shown = (await ringbook("replays", "show", "monday")).out
    assert "1 died again" in shown
    assert "2 under way" in shown
    assert "replays.start by" in shown
    listed = (await ringbook("replays", "list")).out
    assert listed.startswith("monday")
    assert "repaired" in listed


BAD: list[tuple[tuple[str, ...], str]] = [
    ((), "say what is to be replayed: ids, or at least one filter"),
    (("--until", "1h"), "say what is to be replayed: ids, or at least one filter"),
    (("--tenant", "nobody"), "nothing to replay: there is none with tenant nobody"),
    (("--fingerprint", "none"), "nothing to replay: there is none with fingerprint none"),
    (("--actor", "nobody"), "no actor 'nobody': there are bookings, calls"),
    (("--provider", "nobody"), "no provider 'nobody': there are calcom, retell"),
    (("--since", "soon"), "'soon' is no moment"),
    (("--since", "1h", "--until", "2h"), "is not after --since"),
    (("--error", "KeyError", "--per-second", "0"), "--per-second 0: write a whole number"),
    (("--error", "KeyError", "--per-second", "fast"), "--per-second fast: write a whole number"),
    (("0" * 32,), "no dead letter 00000000000000000000000000000000"),
    (("monday",), "'monday' is no id of a dead letter"),
]


@pytest.mark.parametrize(("words", "said"), BAD, ids=lambda each: " ".join(each)[:30])
async def test_what_cannot_be_meant_is_refused_in_a_line(
    ringbook: Command, pool: Pool, untouched: Untouched, words: tuple[str, ...], said: str
) -> None:
    await bury(pool, letter(0))
    answer = await ringbook("dead-letters", "replay", *words, *SAID)
    assert is_a_line(answer), answer
    assert said in answer.err
    assert await untouched.is_true()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--reason", "repaired"), "give the replay a --name"),
        (("--name", "a b", "--reason", "repaired"), "give the replay a --name"),
        (("--name", "monday"), "say why, with --reason"),
        (("--name", "monday", "--reason", " "), "say why, with --reason"),
    ],
)
async def test_without_a_name_or_a_reason_nothing_is_sent(
    ringbook: Command, pool: Pool, untouched: Untouched, words: tuple[str, ...], said: str
) -> None:
    await bury(pool, letter(0))
    answer = await ringbook(*REPLAY, *words)
    assert is_a_line(answer), answer
    assert said in answer.err
    assert await untouched.is_true()


async def test_a_letter_that_has_ended_is_not_replayed_unless_told_so(
    ringbook: Command, pool: Pool, owner: asyncpg.Connection, rabbitmq_url: str
) -> None:
    (ended,) = await bury(pool, letter(0))
    await owner.execute("INSERT INTO dead_letter_ends VALUES ($1, 'discarded')", ended)
    answer = await ringbook("dead-letters", "replay", str(ended), *SAID)
    assert is_a_line(answer), answer
    assert "nothing to replay" in answer.err
    answer = await ringbook("dead-letters", "replay", str(ended), "--all", *SAID)
    assert answer.code == 0, answer.err
    assert len(await waiting(rabbitmq_url)) == 1


async def test_a_used_name_is_refused(ringbook: Command, pool: Pool) -> None:
    await bury(pool, letter(0))
    await ringbook(*REPLAY, *SAID)
    answer = await ringbook(*REPLAY, *SAID)
    assert (answer.code, answer.err) == (
        2,
        "ringbook: there is a replay called monday: choose another name\n",
    )


@pytest.mark.parametrize(
    "settings", [{"POSTGRES_URL": f"postgresql://u:geheim@{AWAY}/db"},
                 {"RABBITMQ_URL": f"amqp://u:geheim@{AWAY}/"}],
    ids=["postgresql", "rabbitmq"],
)  # fmt: skip
async def test_a_server_that_is_away_is_a_line_without_its_password(
    ringbook: Command, pool: Pool, untouched: Untouched, settings: dict[str, str]
) -> None:
    await bury(pool, letter(0))
    answer = await ringbook(*REPLAY, *SAID, **settings)
    assert (answer.code, answer.err.count("\n")) == (2, 1), answer
    assert f"at {AWAY}" in answer.err
    assert "geheim" not in answer.err
    assert await untouched.is_true()


async def test_a_login_without_the_right_is_refused_in_a_line(
    ringbook: Command, pool: Pool, owner: asyncpg.Connection, database: str, untouched: Untouched
) -> None:
    await bury(pool, letter(0))
    await owner.execute("CREATE ROLE replay_stranger LOGIN PASSWORD 'app'")
    try:
        url = f"postgresql://replay_stranger:app@{database.rpartition('@')[2]}"
        answer = await ringbook(*REPLAY, *SAID, POSTGRES_URL=url)
    finally:
        await owner.execute("DROP ROLE replay_stranger")
    assert is_a_line(answer), answer
    assert await untouched.is_true()


async def test_the_role_of_the_processes_may_replay(
    ringbook: Command, pool: Pool, database: str
) -> None:
    await bury(pool, letter(0))
    await grant_login(database, "app")
    url = f"postgresql://ringbook_app:app@{database.rpartition('@')[2]}"
    answer = await ringbook(*REPLAY, *SAID, POSTGRES_URL=url)
    assert answer.code == 0, answer.err


@pytest.mark.parametrize(
    "words",
    [("show", "monday"), ("resume", "monday"), ("cancel", "monday", "--reason", "enough")],
    ids=lambda words: words[0],
)
async def test_a_replay_that_is_not_there_is_refused_in_a_line(
    ringbook: Command, untouched: Untouched, words: tuple[str, ...]
) -> None:
    answer = await ringbook("replays", *words)
    assert is_a_line(answer), answer
    assert answer.err == "ringbook: no replay is called monday\n"
    assert await untouched.is_true()


@pytest.mark.parametrize(
    "words", [("resume", "monday"), ("cancel", "monday", "--reason", "enough")],
    ids=lambda words: words[0],
)  # fmt: skip
async def test_a_replay_that_is_over_stays_so(
    ringbook: Command, pool: Pool, owner: asyncpg.Connection, words: tuple[str, ...]
) -> None:
    await bury(pool, letter(0))
    await ringbook(*REPLAY, *SAID)
    answer = await ringbook("replays", *words)
    assert is_a_line(answer), answer
    assert "the replay monday finished: nothing of it is left to be sent" in answer.err
    assert await owner.fetchval("SELECT count(*) FROM operator_actions") == 1


async def test_a_database_of_an_older_version_asks_for_the_migration(
    ringbook: Command, owner: asyncpg.Connection
) -> None:
    await owner.execute("DROP TABLE replay_items, replays")
    answer: Any = await ringbook("replays", "list")
    assert is_a_line(answer), answer
    assert "run `ringbook migrate` first" in answer.err
