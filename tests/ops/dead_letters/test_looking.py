"""`list`, `groups` and `show`, as an operator sees them."""

import json

import orjson
import pytest

from messages import topology
from messages.message import id_of
from storage.postgres import Pool
from tests.command import Command
from tests.dying import bury, letter

PERSON = "Frau Müller"


async def test_a_list_has_the_newest_first_and_no_word_of_a_person(
    ringbook: Command, pool: Pool
) -> None:
    old, new = await bury(
        pool,
        letter(0, body=json.dumps({"name": PERSON}).encode()),
        letter(1, error=f"{PERSON} is unknown", tenant_id="salon"),
    )
    said = await ringbook("dead-letters", "list")
    lines = [line.split("\t") for line in said.out.splitlines()]
    assert [line[0] for line in lines] == [str(new), str(old)]
    assert lines[0][1:] == [
        "2027-03-01 12:00:01", "calls.retell", "KeyError", "salon", "3", "f" * 16, "open",
    ]  # fmt: skip
    for words in (["list", "--json"], ["groups"], ["groups", "--json"]):
        assert PERSON not in (await ringbook("dead-letters", *words)).out


async def test_a_list_is_cut_off_and_says_so(ringbook: Command, pool: Pool) -> None:
    await bury(pool, *map(letter, range(3)))
    said = await ringbook("dead-letters", "list", "--limit", "2", "--json")
    assert [each["message_id"] for each in orjson.loads(said.out)] == [
        str(letter(number).message_id) for number in (2, 1)
    ]
    assert said.err.startswith("there are more than 2: ")


async def test_filters_are_those_of_the_selection(ringbook: Command, pool: Pool) -> None:
    await bury(
        pool,
        letter(0, tenant_id="salon"),
        letter(1, tenant_id="salon", error_class="ValueError", fingerprint="a" * 16),
        letter(2, error_class="ValueError"),
    )
    asked = ("--actor", "calls", "--tenant", "salon", "--provider", "retell", "--error",
             "ValueError", "--fingerprint", "a" * 16, "--since", "2027-03-01", "--until",
             "2027-03-02", "--text", "TRACE")  # fmt: skip
    assert (await ringbook("dead-letters", "list", *asked)).out == "no dead letters\n"
    said = await ringbook("dead-letters", "groups", *asked[:-2], "--text", "'CALL'", "--json")
    (group,) = orjson.loads(said.out)
    assert (group["letters"], group["most_of"]) == (1, ["salon"])


async def test_groups_are_a_line_each(ringbook: Command, pool: Pool) -> None:
    tenants = ["a", "b", "c", "d", "d"]
    ids = await bury(pool, *(letter(n, tenant_id=each) for n, each in enumerate(tenants)))
    said = await ringbook("dead-letters", "groups")
    assert said.out.rstrip("\n").split("\t") == [
        "f" * 16, "5", "calls.retell", "KeyError", "2027-03-01 12:00:00", "2027-03-01 12:00:04",
        "d, a, b, 1 more", str(ids[-1]),
    ]  # fmt: skip


async def test_a_letter_is_shown_whole(ringbook: Command, pool: Pool) -> None:
    body = json.dumps({"name": PERSON}, ensure_ascii=False).encode()
    again = id_of("again")
    first, last = await bury(
        pool, letter(0, body=body, message_id=again), letter(1, body=body, message_id=again)
    )
    said = await ringbook("dead-letters", "show", str(first)[:8])
    assert said.code == 0, said.err
    assert said.out.startswith(f"dead letter {first}: died again since 2027-03-01 12:00:01\n")
    for part in (f'    "name": "{PERSON}"', "  KeyError: 'call'", "  Traceback ...",
                 f"  2027-03-01 12:00:01  the same message died: {last}"):  # fmt: skip
        assert part in said.out.splitlines()
    shown = orjson.loads((await ringbook("dead-letters", "show", str(last), "--json")).out)
    assert (shown["status"], shown["body"]) == ("open", {"name": PERSON})
    assert [each["dead_letter_id"] for each in shown["deaths"]] == [str(first)]


@pytest.mark.parametrize("body", [b"", b"\x00\xff\xfe", "{ö".encode(), b"\x1b[2J", b"[NaN"])
async def test_any_body_is_shown_and_does_nothing_to_the_terminal(
    ringbook: Command, pool: Pool, body: bytes
) -> None:
    (kept,) = await bury(pool, letter(0, body=body, error="\x1b[31m red", kind="a\tb\nc"))
    for words in ([], ["--json"]):
        said = await ringbook("dead-letters", "show", str(kept), *words)
        assert said.code == 0, said.err
        assert "\x1b" not in said.out
    assert "\x1b" not in (await ringbook("dead-letters", "list")).out


async def test_raw_is_the_body_byte_for_byte(ringbook: Command, pool: Pool) -> None:
    (kept,) = await bury(pool, letter(0, body=b'{"a":  1}'))
    assert (await ringbook("dead-letters", "show", str(kept), "--raw")).out == '{"a":  1}'


async def test_a_handler_that_is_no_more_is_listed_all_the_same(
    ringbook: Command, pool: Pool
) -> None:
    assert "calls.stripe" not in topology.BY_NAME
    await bury(pool, letter(0, queue="calls.stripe", provider="stripe", headers={}))
    assert "calls.stripe" in (await ringbook("dead-letters", "list")).out
