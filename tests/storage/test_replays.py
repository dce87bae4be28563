from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from messages import topology
from messages.message import id_of
from messages.webhook import Webhook
from storage import dead_letters, replay_items, replay_plans, replays, webhook_events
from storage.dead_letter_selection import Selection
from storage.postgres import Crossing, Duty, Pool, crossing
from storage.replay_items import Fates, Progress
from storage.replay_sources import AnySelection
from storage.replays import NameUsed
from storage.webhook_selection import WebhookSelection
from tests.dying import DIED, bury, letter

ALL = Selection(error="KeyError")


async def make(operator: Crossing, selection: AnySelection = ALL, *, name: str = "monday") -> UUID:
    replay_id = uuid4()
    await replays.make(
        operator, replay_id, selection, name=name, by="lena", reason="repaired", per_second=300
    )
    return replay_id


async def archive_webhook(
    pool: Pool, number: int, *, reason: str | None = "unknown_number"
) -> UUID:
    webhook = Webhook(
        message_id=id_of("webhook", number),
        provider="retell",
        endpoint="retell/salon-kastanie",
        event="call_ended",
        received_at=DIED + timedelta(seconds=number),
        body=b'{"call_id": "Call\xc3\x84\\\\' + str(number).encode() + b'"}',
    )
    async with crossing(pool, Duty.ARCHIVIST) as archivist:
        await webhook_events.receive(archivist, webhook, tenant=None, ignored_because=reason)
    return webhook.message_id


async def test_a_replay_freezes_what_is_selected_when_it_is_made_oldest_first(pool: Pool) -> None:
    ids = await bury(pool, letter(2), letter(0), letter(1), letter(3, error_class="ValueError"))
    async with crossing(pool, Duty.OPERATOR) as operator:
        replay_id = await make(operator)
        await bury(pool, letter(4))
        found = await replays.find(operator, "monday")
        items = await replay_items.next_letters(
            operator, replay_id, after=0, limit=10, max_bytes=1000
        )
    assert found is not None
    assert (found.items, found.selection, found.is_open) == (3, {"error": "KeyError"}, True)
    assert [each.dead_letter_id for each in items] == [ids[1], ids[2], ids[0]]


async def test_a_name_is_used_once(pool: Pool) -> None:
    await bury(pool, letter(0))
    async with crossing(pool, Duty.OPERATOR) as operator:
        await make(operator)
    with pytest.raises(NameUsed):
        async with crossing(pool, Duty.OPERATOR) as operator:
            await make(operator)


async def test_so_many_bytes_are_read_together_and_never_less_than_one_letter(pool: Pool) -> None:
    await bury(pool, *(letter(number, body=bytes(1000)) for number in range(4)))
    async with crossing(pool, Duty.OPERATOR) as operator:
        replay_id = await make(operator)

        async def read(after: int, max_bytes: int) -> list[int]:
            items = await replay_items.next_letters(
                operator, replay_id, after=after, limit=3, max_bytes=max_bytes
            )
            return [each.position for each in items]

        assert await read(0, 10_000) == [1, 2, 3]
        assert await read(0, 2_000) == [1, 2]
        assert await read(2, 1) == [3]
        assert await read(4, 1) == []


async def test_what_was_sent_or_left_out_is_not_read_again(pool: Pool) -> None:
    await bury(pool, *map(letter, range(4)))
    async with crossing(pool, Duty.OPERATOR) as operator:
        replay_id = await make(operator)
        await replay_items.note_sent(operator, replay_id, [1])
        await replay_items.leave_out(operator, replay_id, [2], because="ended")
        await replay_items.leave_out(operator, replay_id, [3], because="no_queue")
        items = await replay_items.next_letters(
            operator, replay_id, after=0, limit=10, max_bytes=1000
        )
        come = await replay_items.progress(operator, replay_id)
    assert [each.position for each in items] == [4]
    assert (come, come.left) == (Progress(items=4, sent=1, ended=1, no_queue=1), 1)


async def test_what_has_ended_since_it_was_frozen_says_so(pool: Pool) -> None:
    ids = await bury(pool, letter(0), letter(1), letter(2))
    async with crossing(pool, Duty.OPERATOR) as operator:
        replay_id = await make(operator)
        await dead_letters.end(operator, ids[0], how="discarded")
        await bury(pool, letter(9, message_id=letter(1).message_id))
        items = await replay_items.next_letters(
            operator, replay_id, after=0, limit=10, max_bytes=1000
        )
    assert [each.open for each in items] == [False, False, True]


async def test_what_became_of_the_sent_is_told(pool: Pool) -> None:
    ids = await bury(pool, *map(letter, range(5)))
    async with crossing(pool, Duty.OPERATOR) as operator:
        replay_id = await make(operator)
    async with crossing(pool, Duty.OPERATOR) as operator:
        await replay_items.note_sent(operator, replay_id, [1, 2, 3, 4])
        await dead_letters.end(operator, ids[0], how="succeeded")
        await dead_letters.end(operator, ids[1], how="edited")
        await dead_letters.end(operator, ids[4], how="succeeded")  # and was not sent
    await bury(pool, letter(9, message_id=letter(2).message_id))
    async with crossing(pool, Duty.OPERATOR) as operator:
        fates = await replay_items.fates_of_letters(operator, replay_id)
    assert fates == Fates(succeeded=1, died_again=1, ended_by_hand=1)


async def test_webhooks_are_replayed_that_were_ignored_and_nobody_decided_about(
    pool: Pool, owner: asyncpg.Connection
) -> None:
    waiting, done, dead = [await archive_webhook(pool, number) for number in range(3)]
    await owner.execute("UPDATE webhook_events SET outcome = 'done' WHERE message_id = $1", done)
    (buried,) = await bury(pool, letter(0, message_id=dead))
    selection = WebhookSelection(reason="unknown_number")
    async with crossing(pool, Duty.OPERATOR) as operator:
        await dead_letters.end(operator, buried, how="edited")
        replay_id = await make(operator, selection)
        items = await replay_items.next_webhooks(
            operator, replay_id, after=0, limit=10, max_bytes=1000
        )
        await replay_items.note_sent(operator, replay_id, [1])
        before = await replay_items.fates_of_webhooks(operator, replay_id)
        await owner.execute("UPDATE webhook_events SET outcome = 'done'")
        after = await replay_items.fates_of_webhooks(operator, replay_id)
    assert [(each.message_id, each.open) for each in items] == [(waiting, True)]
    assert items[0].endpoint == "retell/salon-kastanie"
    assert (before.succeeded, after.succeeded) == (0, 1)


@pytest.mark.parametrize(
    ("text", "found"), [("callÄ", 1), ("CALL", 1), ("Ä\\", 1), ("ä", 0), ("\\x", 0), ("nobody", 0)]
)
async def test_a_text_is_looked_for_in_the_body(pool: Pool, text: str, found: int) -> None:
    await archive_webhook(pool, 7)
    async with crossing(pool, Duty.OPERATOR) as operator:
        archived = await webhook_events.archived(operator, WebhookSelection(text=text), limit=9)
    assert len(archived) == found


async def test_a_replay_has_one_runner_at_a_time(pool: Pool) -> None:
    replay_id = uuid4()
    async with crossing(pool, Duty.OPERATOR) as operator:
        async with replays.sole_runner(pool, replay_id) as first:
            async with replays.sole_runner(pool, replay_id) as second:
                assert (first, second) == (True, False)
            assert await replays.runs(operator, replay_id)
        assert not await replays.runs(operator, replay_id)
        async with replays.sole_runner(pool, replay_id) as again:
            assert again


async def test_a_replay_ends_once(pool: Pool) -> None:
    await bury(pool, letter(0))
    async with crossing(pool, Duty.OPERATOR) as operator:
        replay_id = await make(operator)
        assert await replays.cancel(operator, replay_id)
        assert not await replays.finish(operator, replay_id)
        assert not await replays.cancel(operator, replay_id)


async def test_the_plan_counts_by_tenant_and_kind_what_is_done_and_what_was_sent(
    pool: Pool, owner: asyncpg.Connection
) -> None:
    ids = await bury(
        pool,
        letter(0, tenant_id="a"),
        letter(1, tenant_id="a"),
        letter(2, tenant_id="a"),
        letter(3, tenant_id="b", kind="retell.call_analyzed"),
    )
    await owner.execute("INSERT INTO dead_letter_ends VALUES ($1, 'succeeded')", ids[0])
    async with crossing(pool, Duty.OPERATOR) as operator:
        replay_id = await make(operator)
        await replay_items.note_sent(operator, replay_id, [1])
        shares = await replay_plans.shares(operator, Selection(error="KeyError", ended_too=True))
    told = [(each.tenant_id, each.kind, each.count, each.done, each.sent) for each in shares]
    assert told == [("a", "retell.call_ended", 3, 1, 1), ("b", "retell.call_analyzed", 1, 0, 0)]
    assert (shares[0].oldest, shares[0].newest) == (DIED, DIED + timedelta(seconds=2))


async def test_samples_show_each_cause_before_they_show_one_again(pool: Pool) -> None:
    ids = await bury(
        pool, *map(letter, range(3)), letter(3, fingerprint="a"), letter(4, fingerprint="b")
    )
    async with crossing(pool, Duty.OPERATOR) as operator:
        samples = await replay_plans.samples(operator, ALL, limit=4)
    assert [each.item_id for each in samples] == [ids[4], ids[3], ids[2], ids[1]]


async def test_letters_whose_provider_was_asked_are_counted(
    pool: Pool, owner: asyncpg.Connection
) -> None:
    book, agreed = topology.BOOKINGS_BOOK_SLOT.name, topology.BOOKINGS_AGREED.name
    sms = topology.NOTIFICATIONS_SEND_SMS.name
    asked, unasked = uuid4(), uuid4()
    ours: dict[str, Any] = {"provider": None, "headers": {}}
    await bury(
        pool,
        letter(0, queue=book, kind="book", **ours),
        letter(1, queue=book, kind="book", **ours),
        letter(2, queue=agreed, kind="agreed", body=b'{"call_id":"call_1"}', **ours),
        letter(3, queue=agreed, kind="agreed", body=b'{"call_id": "call_2"}', **ours),
        letter(4, queue=agreed, kind="agreed", body=b"\xff not json", **ours),
        letter(5, queue=sms, kind="sms", body=b'{"notification_id":"%s"}' % str(asked).encode()),
        letter(6, queue=sms, kind="sms", body=b'{"notification_id":"%s"}' % str(unasked).encode()),
    )
    await owner.execute("SET session_replication_role = replica")
    for number, (command, call) in enumerate([(letter(0).message_id, None), (uuid4(), "call_1")]):
        await owner.execute(
            """
            INSERT INTO appointments (appointment_id, tenant_id, service, staff, starts_at, ends_at,
                                      command_id, call_id, source)
            VALUES (gen_random_uuid(), 'a', 'cut', $1, now(), now() + interval '1 hour', $2, $3,
                    'ringbook')
            """,
            f"staff-{number}",
            command,
            call,
        )
    for notification_id, at in ((asked, DIED), (unasked, None)):
        await owner.execute(
            """
            INSERT INTO notifications (notification_id, cause_id, channel, template, language,
                                       sender, recipient, body, written_at, asked_at)
            VALUES ($1, gen_random_uuid(), 'sms', 't', 'de', 's', 'r', 'b', now(), $2)
            """,
            notification_id,
            at,
        )
    async with crossing(pool, Duty.OPERATOR) as operator:
        counts = await replay_plans.asked_before(operator, ALL)
    assert counts == {(book, "book"): 1, (agreed, "agreed"): 1, (sms, "sms"): 1}
