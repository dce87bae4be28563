from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import httpx
import pytest
from aiohttp.test_utils import TestServer

from ops.simulators.sendgrid import KEY
from ops.simulators.sendgrid import Sendgrid as Simulator
from workers.clients.errors import ProviderRefused, ProviderUnanswered, ProviderUnavailable
from workers.clients.sendgrid import SendGrid
from workers.clients.verdicts import Taken, TurnedDown, Verdict


@pytest.fixture
def provider() -> Simulator:
    return Simulator()


@pytest.fixture
async def sendgrid(provider: Simulator) -> AsyncIterator[SendGrid]:
    async with TestServer(provider.app()) as server, httpx.AsyncClient() as http:
        url = str(server.make_url("/"))
        yield SendGrid(http, url=url, api_key=KEY, sender="post@ringbook.example")


async def send(sendgrid: SendGrid) -> Verdict:
    return await sendgrid.send(
        sender_name="Salon Änne",
        to="ada@example.org",
        subject="Grüße",
        body="Hallo\n",
        our_id=UUID(int=7),
    )


async def test_an_email_is_taken_as_it_was_written(sendgrid: SendGrid, provider: Simulator) -> None:
    taken = await send(sendgrid)

    (mail,) = provider.outbox
    assert taken == Taken(mail.message_id)
    assert (mail.to, mail.subject) == (["ada@example.org"], "Grüße")
    assert mail.request["from"] == {"email": "post@ringbook.example", "name": "Salon Änne"}
    assert mail.request["content"] == [{"type": "text/plain", "value": "Hallo\n"}]


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ({"status": 429}, ProviderUnavailable),
        ({"status": 503}, ProviderUnanswered),
        ({"close": True}, ProviderUnanswered),
        ({"status": 401}, ProviderRefused),
        ({"status": 413, "body": "<html>"}, ProviderRefused),
        ({"status": 400, "body": {"errors": [{"field": "from.email"}]}}, ProviderRefused),
        ({"status": 400, "body": {"errors": [{"field": None}]}}, ProviderRefused),
    ],
)
async def test_what_is_not_about_the_recipient_is_raised(
    sendgrid: SendGrid, provider: Simulator, fault: dict[str, Any], error: type[Exception]
) -> None:
    provider.faults.plan(**fault)
    with pytest.raises(error):
        await send(sendgrid)


async def test_an_address_that_is_none_is_a_word(sendgrid: SendGrid, provider: Simulator) -> None:
    wrong = {"errors": [{"field": "personalizations.0.to.0.email", "message": "no address"}]}
    provider.faults.plan(status=400, body=wrong)

    assert await send(sendgrid) == TurnedDown("invalid_address")
