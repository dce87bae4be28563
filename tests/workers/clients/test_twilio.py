from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Final

import httpx
import pytest
from aiohttp.test_utils import TestServer

from ops.simulators.twilio import ACCOUNT, AUTH
from ops.simulators.twilio import Twilio as Simulator
from tests.workers.clocked import Clock, utc
from workers.clients.errors import ProviderRefused, ProviderUnanswered, ProviderUnavailable
from workers.clients.twilio import Twilio
from workers.clients.verdicts import Taken, TurnedDown

PHONE: Final = "+4915112345678"


@pytest.fixture
def clock() -> Clock:
    return Clock(utc("2026-11-20T17:00:00.700"))


@pytest.fixture
def provider(clock: Clock) -> Simulator:
    return Simulator(now=clock)


@pytest.fixture
async def twilio(provider: Simulator) -> AsyncIterator[Twilio]:
    async with TestServer(provider.app()) as server, httpx.AsyncClient() as http:
        url = str(server.make_url("/"))
        yield Twilio(http, url=url, account_sid=ACCOUNT, auth_token=AUTH)


async def send(twilio: Twilio, *, to: str = PHONE, body: str = "Grüße & 100 %") -> object:
    return await twilio.send(sender="SalonAnna", to=to, body=body)


async def test_a_message_is_taken_as_it_was_written(twilio: Twilio, provider: Simulator) -> None:
    taken = await send(twilio)

    (message,) = provider.messages
    assert taken == Taken(message.sid)
    assert (message.body, message.sender) == ("Grüße & 100 %", "SalonAnna")


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (21211, "invalid_number"),
        (21408, "region_not_enabled"),
        (21608, "unverified_number"),
        (21610, "opted_out"),
        (21614, "not_mobile"),
    ],
)
async def test_a_refusal_for_this_person_is_a_word(
    twilio: Twilio, provider: Simulator, code: int, reason: str
) -> None:
    provider.faults.plan(status=400, body={"code": code, "message": "", "status": 400})

    assert await send(twilio) == TurnedDown(reason)


@pytest.mark.parametrize(("status", "code"), [(401, 20003), (403, 20003), (400, 21606)])
async def test_any_other_refusal_is_for_a_person_to_look_at(
    twilio: Twilio, provider: Simulator, status: int, code: int
) -> None:
    provider.faults.plan(status=status, body={"code": code, "message": "", "status": status})
    with pytest.raises(ProviderRefused):
        await send(twilio)


async def test_a_refusal_that_is_no_json_is_for_a_person_to_look_at(
    twilio: Twilio, provider: Simulator
) -> None:
    provider.faults.plan(status=404, body="<html>")
    with pytest.raises(ProviderRefused):
        await send(twilio)


async def test_a_sender_with_a_full_queue_passes(twilio: Twilio, provider: Simulator) -> None:
    provider.faults.plan(status=400, body={"code": 21611})
    with pytest.raises(ProviderUnavailable):
        await send(twilio)


async def test_a_message_is_found_while_it_is_still_queued(
    twilio: Twilio, provider: Simulator, clock: Clock
) -> None:
    provider.settle_seconds = 60
    await send(twilio)

    (message,) = provider.messages
    found = await twilio.find(to=PHONE, body=message.body, since=clock())
    assert found == message.sid


async def test_only_the_same_text_to_the_same_number_since_then_is_found(
    twilio: Twilio, clock: Clock
) -> None:
    await send(twilio, body="one")

    assert await twilio.find(to=PHONE, body="two", since=clock()) is None
    assert await twilio.find(to="+4915112345679", body="one", since=clock()) is None
    assert await twilio.find(to=PHONE, body="one", since=clock() + timedelta(minutes=5)) is None
    assert await twilio.find(to=PHONE, body="one", since=clock()) is not None


async def test_a_list_that_cannot_be_read_is_not_an_empty_one(
    twilio: Twilio, provider: Simulator, clock: Clock
) -> None:
    provider.faults.plan("GET", status=200, body="{}")
    with pytest.raises(ProviderUnanswered):
        await twilio.find(to=PHONE, body="one", since=clock())
