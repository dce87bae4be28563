"""`ringbook webhooks`, as an operator types it."""

from datetime import timedelta
from uuid import UUID

import aio_pika
import asyncpg
import orjson
import pytest

from messages import topology
from messages.message import id_of
from messages.webhook import Webhook
from storage import webhook_events
from storage.postgres import Duty, Pool, crossing
from tests.command import Answer, Command
from tests.dying import DIED

SAID = ("--name", "monday", "--reason", "assigned")
BODY = b'{"event": "call_ended", "call": {"name": "M\xc3\xbcller \\u001b[31m"}}'


@pytest.fixture
def ringbook(database: str, rabbitmq_url: str) -> Command:
    return Command(POSTGRES_URL=database, RABBITMQ_URL=rabbitmq_url)


async def archive(
    pool: Pool, number: int, *, event: str = "call_ended", because: str | None = "unknown_number"
) -> UUID:
    webhook = Webhook(
        message_id=id_of("webhook", number),
        provider="retell",
        endpoint="retell/salon",
        event=event,
        received_at=DIED + timedelta(seconds=number),
        body=BODY,
    )
    async with crossing(pool, Duty.ARCHIVIST) as archivist:
        await webhook_events.receive(archivist, webhook, tenant="salon", ignored_because=because)
    return webhook.message_id


def is_a_line(answer: Answer) -> bool:
    return (answer.code, answer.out, answer.err.count("\n")) == (2, "", 1)


async def test_the_archive_is_listed_newest_first_without_bodies(
    ringbook: Command, pool: Pool
) -> None:
    ids = [await archive(pool, 0), await archive(pool, 1, because=None)]
    answer = await ringbook("webhooks", "list")
    assert answer.code == 0, answer.err
    lines = answer.out.splitlines()
    assert [line.split()[0] for line in lines] == [str(ids[1]), str(ids[0])]
    assert lines[0].endswith("done")
    assert lines[1].endswith("ignored: unknown_number")
    assert "ller" not in answer.out
    for words, found in (
        (("--outcome", "ignored"), 1),
        (("--because", "unknown_number", "--provider", "retell"), 1),
        (("--tenant", "salon", "--event", "call_ended"), 2),
        (("--text", "Maier"), 0),
        (("--text", "MüLLER"), 2),
        (("--since", "2027-03-01T12:00:01"), 1),
        (("--limit", "1"), 1),
        (("--event", "call_started"), 0),
    ):
        said = await ringbook("webhooks", "list", *words, "--json")
        assert len(orjson.loads(said.out)) == found, words


async def test_a_webhook_is_shown_with_its_body_and_obeys_nothing_in_it(
    ringbook: Command, pool: Pool
) -> None:
    webhook = await archive(pool, 0)
    shown = await ringbook("webhooks", "show", str(webhook)[:9])
    assert shown.code == 0, shown.err
    assert str(webhook) in shown.out
    assert "Müller" in shown.out
    assert "\x1b" not in shown.out
    raw = await ringbook("webhooks", "show", str(webhook), "--raw")
    assert raw.out.encode() == BODY
    facts = orjson.loads((await ringbook("webhooks", "show", str(webhook), "--json")).out)
    assert (facts["outcome"], facts["body"]["event"]) == ("ignored", "call_ended")


async def test_what_was_ignored_is_sent_to_whoever_hears_it_now(
    ringbook: Command, pool: Pool, owner: asyncpg.Connection, rabbitmq_url: str
) -> None:
    ids = [await archive(pool, 0), await archive(pool, 1, event="agent_renamed")]
    await archive(pool, 2, because=None)
    planned = await ringbook("webhooks", "replay", "--provider", "retell", "--dry-run")
    assert planned.out.startswith("2 webhooks, from 2027-03-01 12:00:00Z")
    assert "Nobody hears it: it is archived as ignored once more." in planned.out
    answer = await ringbook("webhooks", "replay", "--provider", "retell", *SAID)
    assert answer.code == 0, answer.err
    assert "monday is finished: 2 of 2 sent" in answer.out
    async with await aio_pika.connect(rabbitmq_url) as connection:
        channel = await connection.channel()
        for name, webhook in (("calls.retell.bulk", ids[0]), (topology.UNROUTED, ids[1])):
            message = await (await channel.get_queue(name)).get(no_ack=True)
            assert message is not None
            assert (message.message_id, message.body) == (str(webhook), BODY)
            assert (message.headers["tenant"], message.headers["replay"]) == ("salon", "monday")
    action = await owner.fetchrow("SELECT action, reason FROM operator_actions")
    assert action is not None
    assert tuple(action) == ("replays.start", "assigned")


async def test_a_done_webhook_is_replayed_only_if_told_so_and_the_plan_says_nothing_happens(
    ringbook: Command, pool: Pool
) -> None:
    done = await archive(pool, 0, because=None)
    answer = await ringbook("webhooks", "replay", str(done), *SAID)
    assert is_a_line(answer), answer
    assert "nothing to replay" in answer.err
    answer = await ringbook("webhooks", "replay", str(done), "--all", "--dry-run")
    assert "1 are known as done: nothing happens; 0 would act" in answer.out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("list", "--outcome", "lost"), "no such outcome: lost; there are done, ignored, dead"),
        (("list", "--since", "soon"), "'soon' is no moment"),
        (("list", "--since", "1h", "--until", "2h"), "is not after --since"),
        (("list", "--text", " "), "a filter says nothing: leave it out"),
        (("show", "monday"), "'monday' is no id of a webhook"),
        (("show", "0" * 32), "no webhook 00000000000000000000000000000000"),
        (("replay", *SAID), "say what is to be replayed"),
        (("replay", "--because", "nothing", *SAID), "nothing to replay: there is none with reason"),
        (("replay", "--provider", "retell", "--reason", "why"), "give the replay a --name"),
        (("replay", "0" * 32, *SAID), "no webhook 00000000000000000000000000000000"),
    ],
    ids=lambda each: " ".join(each)[:30] if isinstance(each, tuple) else "",
)
async def test_what_cannot_be_meant_is_refused_in_a_line(
    ringbook: Command, pool: Pool, owner: asyncpg.Connection, words: tuple[str, ...], said: str
) -> None:
    await archive(pool, 0)
    answer = await ringbook("webhooks", *words)
    assert is_a_line(answer), answer
    assert said in answer.err
    assert await owner.fetchval("SELECT NOT EXISTS (SELECT FROM replays)")


@pytest.mark.parametrize("words", [("list",), ("show", "0000"), ("replay", "0000", *SAID)],
                         ids=lambda words: words[0])  # fmt: skip
async def test_a_server_that_is_away_is_a_line(ringbook: Command, words: tuple[str, ...]) -> None:
    answer = await ringbook("webhooks", *words, POSTGRES_URL="postgresql://u:geheim@127.0.0.1:1/db")
    assert is_a_line(answer), answer
    assert "PostgreSQL at 127.0.0.1:1/db" in answer.err
    assert "geheim" not in answer.err
