from datetime import datetime, timedelta
from typing import Any, Final

import asyncpg
import pytest

from messages.message import id_of
from storage import notifications
from storage.notifications import Draft, Notification
from storage.postgres import Pool, reader, transaction
from tests.workers.clocked import add_tenant, utc

NOW: Final = utc("2026-11-20T17:00")
ID: Final = id_of("test", "notification")


@pytest.fixture(autouse=True)
async def _salon(owner: asyncpg.Connection) -> None:
    await add_tenant(owner, "salon")
    await add_tenant(owner, "other")


def draft(**changed: Any) -> Draft:
    facts: dict[str, Any] = {
        "notification_id": ID,
        "cause_id": id_of("test", "cause"),
        "call_id": "call_1",
        "channel": "sms",
        "template": "slot_booked",
        "language": "de",
        "sender": "SalonAnna",
        "recipient": "+4915112345678",
        "subject": None,
        "body": "Guten Tag",
    }
    return Draft(**(facts | changed))


async def write(pool: Pool, written: Draft, tenant: str | None = "salon") -> None:
    async with transaction(pool, tenant) as tx:
        await notifications.write(tx, written, now=NOW)


async def find(pool: Pool, tenant: str | None = "salon") -> Notification | None:
    async with reader(pool, tenant) as db:
        return await notifications.find(db, ID)


async def take(pool: Pool, seen: datetime | None, now: datetime) -> bool:
    async with transaction(pool, "salon") as tx:
        return await notifications.take(tx, ID, seen=seen, now=now)


async def test_the_first_text_for_a_cause_stands(pool: Pool) -> None:
    await write(pool, draft())
    await write(pool, draft(body="something else"))

    known = await find(pool)
    assert known is not None
    assert known.body == "Guten Tag"


@pytest.mark.parametrize("tenant", ["other", None])
async def test_nobody_else_finds_it(pool: Pool, tenant: str | None) -> None:
    await write(pool, draft())

    assert await find(pool, tenant) is None


async def test_the_right_to_send_goes_to_one_who_knows_what_happened_last(pool: Pool) -> None:
    await write(pool, draft())
    later = NOW + timedelta(minutes=5)

    assert await take(pool, None, NOW)
    assert not await take(pool, None, later)
    assert await take(pool, NOW, later)
    assert not await take(pool, NOW, later)


async def test_only_who_has_the_right_gives_it_back(pool: Pool) -> None:
    await write(pool, draft())
    await take(pool, None, NOW)
    async with transaction(pool, "salon") as tx:
        await notifications.give_back(tx, ID, taken_at=NOW - timedelta(minutes=5))
    assert not await take(pool, None, NOW)

    async with transaction(pool, "salon") as tx:
        await notifications.give_back(tx, ID, taken_at=NOW)
    assert await take(pool, None, NOW)


async def test_the_first_outcome_stands_and_ends_the_right_to_send(pool: Pool) -> None:
    await write(pool, draft())
    await take(pool, None, NOW)
    async with transaction(pool, "salon") as tx:
        assert await notifications.record_sent(tx, ID, reference="SM1", now=NOW)
        assert not await notifications.record_refused(tx, ID, reason="opted_out", now=NOW)
        await notifications.give_back(tx, ID, taken_at=NOW)

    known = await find(pool)
    assert known is not None
    assert known.settled
    assert not await take(pool, NOW, NOW)


async def test_nothing_is_written_to_nobody_without_a_reason(pool: Pool) -> None:
    with pytest.raises(asyncpg.CheckViolationError, match="nobody_is_refused"):
        await write(pool, draft(recipient=None))

    await write(pool, draft(recipient=None, reason="no_phone"))
