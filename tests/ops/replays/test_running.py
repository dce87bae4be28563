"""A replay while it runs: stopped, killed, cancelled, held up, and gone on with."""

import asyncio
import signal
import time
from collections import Counter
from pathlib import Path

import aio_pika
import asyncpg
from aio_pika.abc import AbstractRobustConnection

from messages import crash_points, topology
from messages.lanes import Lane
from messages.publisher import Publisher
from ops.replays.depths import MOST, Depths
from storage.postgres import Pool
from tests.command import Command, ended
from tests.dying import bury, letter
from tests.waiting import eventually

BULK = topology.CALLS_RETELL.queue(Lane.BULK)
REPLAY = ("dead-letters", "replay", "--error", "KeyError", "--name", "monday", "--reason", "why")


async def sent(owner: asyncpg.Connection) -> int:
    return int(await owner.fetchval("SELECT count(sent_at) FROM replay_items"))


async def some_are_sent(owner: asyncpg.Connection) -> None:
    async def some() -> bool:
        return await sent(owner) > 0

    await eventually(some, within=30)


async def taken_out(url: str) -> Counter[bytes]:
    """The bodies that wait in the queue."""
    bodies: Counter[bytes] = Counter()
    async with await aio_pika.connect(url) as connection:
        queue = await (await connection.channel()).get_queue(BULK)
        while message := await queue.get(no_ack=True, fail=False):
            bodies[message.body] += 1
    return bodies


async def bury_many(pool: Pool, count: int) -> list[bytes]:
    bodies = [b"%d" % number for number in range(count)]
    await bury(pool, *(letter(number, body=body) for number, body in enumerate(bodies)))
    return bodies


async def test_ctrl_c_leaves_it_resumable_and_says_how(
    ringbook: Command, pool: Pool, owner: asyncpg.Connection, rabbitmq_url: str
) -> None:
    bodies = await bury_many(pool, 300)
    running = await ringbook.begin(*REPLAY, "--per-second", "20")
    await some_are_sent(owner)
    running.send_signal(signal.SIGINT)
    answer = await ended(running)
    assert answer.code == 130
    assert "`ringbook replays resume monday` goes on where it was" in answer.err
    assert 0 < await sent(owner) < 300

    await owner.execute("UPDATE replays SET per_second = 10000")
    answer = await ringbook("replays", "resume", "monday", "--by", "lena")
    assert answer.code == 0, answer.err
    assert "monday is finished: 300 of 300 sent" in answer.out
    assert set(await taken_out(rabbitmq_url)) == set(bodies)
    actions = await owner.fetch("SELECT action, acted_by FROM operator_actions ORDER BY action_id")
    assert [each["action"] for each in actions] == ["replays.start", "replays.resume"]
    assert actions[1]["acted_by"] == "lena"


async def test_what_a_killed_replay_had_sent_and_not_noted_is_sent_again_and_nothing_else(
    ringbook: Command, pool: Pool, owner: asyncpg.Connection, rabbitmq_url: str, tmp_path: Path
) -> None:
    bodies = await bury_many(pool, 60)
    (tmp_path / crash_points.REPLAYED).touch()
    killed = await ringbook(*REPLAY, "--per-second", "100", CRASH_POINTS=str(tmp_path))
    assert killed.code == -signal.SIGKILL
    assert await sent(owner) == 0
    shown = await ringbook("replays", "show", "monday")
    assert "60 left, not running" in shown.out

    answer = await ringbook("replays", "resume", "monday")
    assert answer.code == 0, answer.err
    found = await taken_out(rabbitmq_url)
    assert set(found) == set(bodies)
    assert Counter(found.values()) == {2: 25, 1: 35}, "one batch is sent twice"


async def test_a_cancellation_from_elsewhere_is_seen_within_a_second(
    ringbook: Command, pool: Pool, owner: asyncpg.Connection
) -> None:
    await bury_many(pool, 100)
    running = await ringbook.begin(*REPLAY, "--per-second", "3")
    await some_are_sent(owner)
    answer = await ringbook("replays", "cancel", "monday", "--reason", "wrong ones")
    at = time.monotonic()
    assert answer.out == "monday is cancelled\n"
    stopped = await ended(running)
    assert time.monotonic() - at < 2, "a second, and the end of a process on a busy machine"
    assert stopped.code == 1
    assert "monday is cancelled: " in stopped.out
    left = await sent(owner)
    assert 0 < left < 100
    refused = await ringbook("replays", "resume", "monday")
    assert (refused.code, await sent(owner)) == (2, left)
    action = await owner.fetchrow(
        "SELECT reason FROM operator_actions WHERE action = 'replays.cancel'"
    )
    assert action is not None
    assert action["reason"] == "wrong ones"


async def test_a_second_runner_is_refused_in_a_line(
    ringbook: Command, pool: Pool, owner: asyncpg.Connection
) -> None:
    await bury_many(pool, 100)
    running = await ringbook.begin(*REPLAY, "--per-second", "5")
    await some_are_sent(owner)
    answer = await ringbook("replays", "resume", "monday")
    assert (answer.code, answer.out) == (2, "")
    assert answer.err == "ringbook: the replay monday is being run by another process\n"
    assert await owner.fetchval("SELECT count(*) FROM operator_actions") == 1
    assert "left, running" in (await ringbook("replays", "show", "monday")).out
    running.send_signal(signal.SIGTERM)
    await ended(running)


async def test_what_ended_after_it_was_frozen_is_skipped(
    ringbook: Command, pool: Pool, owner: asyncpg.Connection, rabbitmq_url: str
) -> None:
    await bury_many(pool, 40)
    running = await ringbook.begin(*REPLAY, "--per-second", "10")
    await some_are_sent(owner)
    skipped = await owner.fetchval(
        """
        WITH ended AS (
            INSERT INTO dead_letter_ends (dead_letter_id, how)
            SELECT item_id, 'discarded' FROM replay_items WHERE position > 30 RETURNING 1
        ) SELECT count(*) FROM ended
        """
    )
    answer = await ended(running)
    assert answer.code == 0, answer.err
    assert f"30 of 40 sent, {skipped} skipped (ended since it was frozen), 0 failed" in answer.out
    assert len(await taken_out(rabbitmq_url)) == 30


async def test_the_rate_holds_on_average(
    ringbook: Command, pool: Pool, owner: asyncpg.Connection
) -> None:
    await bury_many(pool, 200)
    answer = await ringbook(*REPLAY, "--per-second", "50")
    assert answer.code == 0, answer.err
    took = await owner.fetchval(
        "SELECT extract(epoch FROM max(sent_at) - min(sent_at))::float FROM replay_items"
    )
    assert 3.0 < took < 5.0, "200 at 50 a second, the first batch at once"


async def test_a_database_that_goes_away_loses_nothing_of_it(
    ringbook: Command, pool: Pool, owner: asyncpg.Connection
) -> None:
    """It goes on by itself where nothing was under way just then; else it can be resumed."""
    await bury_many(pool, 100)
    running = await ringbook.begin(*REPLAY, "--per-second", "10")
    await some_are_sent(owner)
    await owner.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    answer = await ended(running)
    assert "Traceback" not in answer.err
    if answer.code != 0:
        assert answer.code == 2
        assert "`ringbook replays resume monday` goes on where it was" in answer.err
        await owner.execute("UPDATE replays SET per_second = 1000")
        assert (await ringbook("replays", "resume", "monday")).code == 0
    assert await sent(owner) == 100


async def fill(publisher: Publisher, count: int) -> None:
    """Let so many messages wait in the queue."""
    for _ in range(0, count, 100):
        await asyncio.gather(
            *(publisher.publish("", BULK, b"", message_id=None) for _ in range(100))
        )


async def test_a_queue_in_which_enough_waits_has_no_room(
    publisher: Publisher, rabbitmq_url: str
) -> None:
    await fill(publisher, 100)
    connection: AbstractRobustConnection = await aio_pika.connect_robust(rabbitmq_url)
    async with connection:
        depths = Depths(connection, most=20)
        assert await depths.crowded([topology.COSTS_ENDED.name, BULK]) == BULK
        assert await depths.crowded([topology.COSTS_ENDED.name]) is None
        assert await depths.crowded(["no.queue.of.ours"]) is None
        await taken_out(rabbitmq_url)

        async def room() -> bool:
            return await depths.crowded([BULK]) is None

        await eventually(room)


async def test_a_replay_waits_while_too_much_waits_and_says_so(
    ringbook: Command, pool: Pool, owner: asyncpg.Connection, publisher: Publisher
) -> None:
    await bury_many(pool, 3)
    await fill(publisher, MOST + 100)
    running = await ringbook.begin(*REPLAY)
    assert running.stderr is not None
    async with asyncio.timeout(30):
        line = await running.stderr.readline()
    assert line.decode() == f"waiting: enough messages wait in {BULK}\n"
    assert await sent(owner) == 0
    await taken_out(ringbook.settings["RABBITMQ_URL"])
    answer = await ended(running)
    assert answer.code == 0
    assert await sent(owner) == 3
