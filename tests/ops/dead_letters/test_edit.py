"""`edit`: another message, made from one that stays as it is."""

from pathlib import Path

import aio_pika
import asyncpg
import orjson
import pytest

from messages import topology
from messages.lanes import Lane
from messages.message import id_of
from messages.notifications import SendSms
from ops.dead_letters.edited import edited
from ops.dead_letters.readable import MODELS
from ops.refused import Refused
from storage.dead_letters import DeadLetter
from storage.postgres import Pool
from tests.command import Command
from tests.dying import DIED, bury, letter

WHY = ("--reason", "a typo of the provider", "--by", "lena")
SMS = SendSms(message_id=id_of("sms"), tenant_id="salon", notification_id=id_of("first"))


def ours() -> DeadLetter:
    return letter(
        0,
        queue=topology.NOTIFICATIONS_SEND_SMS.name,
        kind=SMS.kind,
        provider=None,
        message_id=SMS.message_id,
        tenant_id="salon",
        headers={"kind": SMS.kind},
        body=SMS.model_dump_json().encode(),
    )


async def test_an_edit_is_a_letter_of_its_own_and_the_original_never_changes(
    ringbook: Command, pool: Pool, owner: asyncpg.Connection, tmp_path: Path
) -> None:
    (origin,) = await bury(pool, letter(0, body=b'{"event": "call_ended", "n": 1}'))
    before = await owner.fetchrow("SELECT * FROM dead_letters")
    file = tmp_path / "body.json"
    file.write_bytes(b'{"event": "call_ended", "n": 2}')
    words = ("dead-letters", "edit", str(origin)[:8], "--body", str(file), *WHY)

    shown = await ringbook(*words, "--dry-run")
    assert '-  "n": 1\n+  "n": 2' in shown.out
    assert await owner.fetchval("SELECT count(*) FROM dead_letters") == 1

    said = await ringbook(*words)
    assert said.code == 0, said.err
    assert before == await owner.fetchrow(
        "SELECT * FROM dead_letters WHERE dead_letter_id = $1", origin
    )
    made = await owner.fetchrow("SELECT * FROM dead_letters WHERE origin_id = $1", origin)
    assert made is not None
    assert made["body"] == file.read_bytes()
    assert made["message_id"] not in (None, letter(0).message_id)
    assert '-  "n": 1\n+  "n": 2' in made["difference"]
    assert orjson.loads(made["headers"])["origin"] == str(origin)
    assert said.out.endswith(f"edited as {made['dead_letter_id']}: replay that one\n")
    listed = orjson.loads((await ringbook("dead-letters", "list", "--all", "--json")).out)
    assert {each["dead_letter_id"]: each["status"] for each in listed} == {
        str(origin): "edited",
        str(made["dead_letter_id"]): "open",
    }
    noted = await owner.fetch("SELECT subject, acted_by, action FROM operator_actions")
    assert {tuple(row) for row in noted} == {
        (f"dead_letter:{each}", "lena", "dead_letters.edit")
        for each in (origin, made["dead_letter_id"])
    }
    again = await ringbook(*words)
    assert (again.code, again.err) == (2, f"ringbook: {origin} is not open: edited\n")


async def test_one_of_our_own_messages_carries_its_new_id(
    ringbook: Command, pool: Pool, owner: asyncpg.Connection, tmp_path: Path
) -> None:
    (origin,) = await bury(pool, ours())
    file = tmp_path / "body.json"
    moved = SMS.model_copy(update={"notification_id": id_of("another")})
    file.write_text(moved.model_dump_json())
    said = await ringbook("dead-letters", "edit", str(origin), "--body", str(file), *WHY, "--json")
    made = await owner.fetchrow("SELECT * FROM dead_letters WHERE origin_id = $1", origin)
    assert made is not None, said.err
    heard = SendSms.model_validate_json(made["body"])
    assert heard.message_id == made["message_id"] != SMS.message_id
    assert heard.notification_id == id_of("another")
    assert orjson.loads(said.out)["message_id"] == str(made["message_id"])


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("{", "the body is no JSON: "),
        ("[]", "the body must be a JSON object"),
        ('{"n": NaN}', "the body is no JSON: NaN"),
        ('{"n": 1e999}', "the body is no JSON: 1e999"),
        ("[" * 100_000, "the body is nested too deeply"),
        (" " + SMS.model_dump_json(), "the body says what it said before"),
        ("{}", "notifications.send_sms hears notifications.send_sms, not kind None"),
        ('{"kind": "notifications.send_sms"}', "message_id: Field required"),
    ],
    ids=lambda each: each[:20],
)
def test_a_body_that_its_handler_could_not_read_is_refused(body: str, said: str) -> None:
    with pytest.raises(Refused) as refused:
        edited(ours(), body.encode(), DIED)
    assert refused.value.reasons[0].startswith(said)


def test_a_body_that_is_no_text_is_refused_and_one_that_was_none_can_be_mended() -> None:
    with pytest.raises(Refused, match="the body is not UTF-8"):
        edited(letter(0), b"\xff", DIED)
    mended = edited(letter(0, body=b"\xff\0{"), b"{}", DIED)
    assert "-\\xff\N{REPLACEMENT CHARACTER}{\n+{}" in (mended.difference or "")


def test_the_same_edit_is_the_same_message_and_another_one_is_another() -> None:
    one, same, other = (
        edited(letter(0), body, DIED) for body in (b'{"n": 1}', b'{"n":1}', b'{"n": true}')
    )
    assert one.message_id == same.message_id != other.message_id


def test_a_letter_of_no_queue_of_ours_is_not_edited() -> None:
    with pytest.raises(Refused, match=r"calls.stripe is no queue of ours"):
        edited(letter(0, queue="calls.stripe"), b'{"n": 1}', DIED)


def test_every_message_that_is_heard_can_be_read_by_its_kind() -> None:
    heard = {
        key for work in topology.ALL if work.exchange == topology.MESSAGES for key in work.hears
    }
    assert heard - set(MODELS) == set()


async def test_there_must_be_a_file_or_a_terminal(ringbook: Command, pool: Pool) -> None:
    (origin,) = await bury(pool, letter(0))
    for words, said in (
        (("--body", "no.json"), "no.json: No such file or directory"),
        ((), "no terminal for an editor: give the new body with --body FILE, or --body -"),
    ):
        answer = await ringbook("dead-letters", "edit", str(origin), *words, *WHY)
        assert (answer.code, answer.err) == (2, f"ringbook: {said}\n")


async def test_an_edit_is_replayed_in_the_place_of_its_origin(
    ringbook: Command, pool: Pool, rabbitmq_url: str, tmp_path: Path
) -> None:
    (origin,) = await bury(pool, letter(0, body=b'{"n": 1}'))
    file = tmp_path / "body.json"
    file.write_bytes(b'{"n": 2}')
    await ringbook("dead-letters", "edit", str(origin), "--body", str(file), *WHY)
    said = await ringbook(
        "dead-letters", "replay", "--error", "KeyError", "--name", "monday", *WHY,
        RABBITMQ_URL=rabbitmq_url,
    )  # fmt: skip
    assert "1 of 1 sent" in said.out, said.err
    connection = await aio_pika.connect(rabbitmq_url)
    async with connection:
        channel = await connection.channel()
        queue = await channel.get_queue(topology.CALLS_RETELL.queue(Lane.BULK))
        sent = await queue.get(no_ack=True)
    assert sent is not None
    assert sent.body == b'{"n": 2}'
    assert sent.message_id not in (None, str(letter(0).message_id))
