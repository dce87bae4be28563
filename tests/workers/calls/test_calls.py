import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import permutations
from typing import Any

import asyncpg
import pytest
from pydantic import ValidationError

from messages.message import id_of
from messages.webhook import Webhook
from ops.simulators import retell_calls
from ops.simulators.retell_calls import Conversation
from ops.simulators.webhooks import stringified
from tests.seeds import seed
from tests.world import DENTIST, SALON, SALON_NUMBER
from workers.calls.actor import on_retell
from workers.context import Context
from workers.errors import NotYet

NOON = datetime(2027, 3, 1, 12, tzinfo=UTC)
TALK = Conversation(
    call_id="call-1",
    from_number="+4915112345678",
    to_number=SALON_NUMBER,
    started_at=NOON,
    turns=[("agent", "Salon Kastanie, guten Tag!"), ("user", "Ich rufe später an.")],
    duration=timedelta(seconds=86),
    costs={"voice_engine": Decimal("15.9099")},
)
EVENTS = ("call_inbound", "call_started", "call_ended", "call_analyzed")


def webhook(event: str, talk: Conversation = TALK, **changes: Any) -> Webhook:
    body = stringified(getattr(retell_calls, event)(talk))
    given = Webhook(
        message_id=id_of("retell", changes.get("endpoint", "retell"), event, talk.call_id),
        provider="retell",
        endpoint="retell",
        event=event,
        received_at=NOON,
        body=body,
    )
    return replace(given, **changes)


async def announced(owner: asyncpg.Connection) -> list[str]:
    """Every kind that was put on the outbox, sent or not: the inbox of nobody is asked."""
    return [row["kind"] for row in await owner.fetch("SELECT kind FROM outbox ORDER BY kind")]


async def state(owner: asyncpg.Connection) -> dict[str, Any]:
    """The call's row, less when we first heard of it."""
    [row] = await owner.fetch("SELECT * FROM calls")
    return {name: value for name, value in row.items() if name != "first_heard_at"}


async def test_all_orders_of_a_call_s_webhooks_leave_the_same_row(
    quiet: Context, owner: asyncpg.Connection
) -> None:
    chance = random.Random(seed())
    states = []
    for order in permutations(EVENTS):
        for event in order:
            for _ in range(chance.randint(1, 3)):
                await on_retell(quiet, webhook(event))
        states.append(await state(owner))
        assert await announced(owner) == ["calls.analyzed", "calls.ended", "calls.started"]
        assert await owner.fetchval("SELECT count(*) FROM webhook_events") == len(EVENTS)
        await owner.execute("TRUNCATE calls, webhook_events, outbox")

    assert len(states) == 24
    assert all(other == states[0] for other in states)
    assert states[0]["tenant_id"] == SALON
    assert states[0]["lasted"] == timedelta(seconds=86)
    assert states[0]["rang_at"] < states[0]["started_at"] < states[0]["ended_at"]


async def test_a_call_that_never_connected_is_kept(
    quiet: Context, owner: asyncpg.Connection
) -> None:
    talk = replace(
        TALK,
        connected=False,
        direction="outbound",
        from_number=SALON_NUMBER,
        to_number="+4915112345678",
        disconnection_reason="dial_no_answer",
    )
    await on_retell(quiet, webhook("call_ended", talk))

    call = await state(owner)
    assert (call["started_at"], call["ended_by"]) == (None, "dial_no_answer")
    assert (call["business_number"], call["customer_number"]) == (SALON_NUMBER, "+4915112345678")


async def test_an_unknown_number_is_kept_and_told_of_once(
    quiet: Context, owner: asyncpg.Connection
) -> None:
    for name in ("call-1", "call-2"):
        talk = replace(TALK, call_id=name, to_number="+4930999999")
        await on_retell(quiet, webhook("call_started", talk))
        await on_retell(quiet, webhook("call_ended", talk))

    assert await owner.fetchval("SELECT count(*) FROM calls") == 0
    assert await announced(owner) == ["calls.quarantined"]
    kept = await owner.fetch("SELECT tenant_id, outcome, reason FROM webhook_events")
    assert {tuple(row) for row in kept} == {(None, "ignored", "unknown_number")}
    assert len(kept) == 4


async def test_a_number_of_another_tenant_is_not_believed(
    quiet: Context, owner: asyncpg.Connection
) -> None:
    """The dentist's Retell account may prove who sends, not whose number it is."""
    await on_retell(quiet, webhook("call_ended", endpoint=f"retell/{DENTIST}", tenant_id=DENTIST))

    assert await owner.fetchval("SELECT count(*) FROM calls") == 0
    assert await owner.fetchval("SELECT reason FROM webhook_events") == "number_of_another_tenant"


async def test_a_repeat_after_its_number_was_assigned_is_done(
    quiet: Context, owner: asyncpg.Connection
) -> None:
    talk = replace(TALK, to_number="+4930999999")
    await on_retell(quiet, webhook("call_ended", talk))
    await owner.execute(
        "UPDATE phone_numbers SET number = '+4930999999' WHERE number = $1", SALON_NUMBER
    )
    await on_retell(quiet, webhook("call_ended", talk))

    assert (await state(owner))["tenant_id"] == SALON
    [kept] = await owner.fetch("SELECT tenant_id, outcome FROM webhook_events")
    assert tuple(kept) == (SALON, "done")


async def test_a_number_that_moves_takes_its_next_call_along(
    quiet: Context, owner: asyncpg.Connection
) -> None:
    """Whose number it is was remembered; what is written looks once more."""
    await on_retell(quiet, webhook("call_ended"))
    await owner.execute(
        "UPDATE phone_numbers SET tenant_id = $2, branch = 'main' WHERE number = $1",
        SALON_NUMBER,
        DENTIST,
    )
    next_call = webhook("call_ended", replace(TALK, call_id="call-2"))
    with pytest.raises(NotYet):
        await on_retell(quiet, next_call)
    await on_retell(quiet, next_call)

    rows = await owner.fetch("SELECT call_id, tenant_id FROM calls ORDER BY call_id")
    assert [tuple(row) for row in rows] == [("call-1", SALON), ("call-2", DENTIST)]


async def test_a_web_call_belongs_to_the_tenant_we_named(
    quiet: Context, owner: asyncpg.Connection
) -> None:
    said = retell_calls.call_ended(TALK)
    for key in ("from_number", "to_number", "direction"):
        del said["call"][key]
    said["call"] |= {"call_type": "web_call", "metadata": {"tenant_id": DENTIST}}
    await on_retell(quiet, webhook("call_ended", body=stringified(said)))

    assert (await state(owner))["tenant_id"] == DENTIST


async def test_a_ringing_call_without_an_id_is_archived(
    quiet: Context, owner: asyncpg.Connection
) -> None:
    said = retell_calls.call_inbound(TALK)
    del said["call_inbound"]["call_id"]
    await on_retell(quiet, webhook("call_inbound", body=stringified(said)))

    assert await owner.fetchval("SELECT reason FROM webhook_events") == "no_call_id"


async def test_a_body_that_is_no_event_is_a_mistake(quiet: Context) -> None:
    with pytest.raises(ValidationError):
        await on_retell(quiet, webhook("call_ended", body=b'{"event": "call_ended"}'))
