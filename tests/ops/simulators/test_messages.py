from typing import Any
from urllib.parse import parse_qsl

import httpx
import pytest

from ops.simulators.sendgrid import KEY, Sendgrid
from ops.simulators.serving import listening
from ops.simulators.twilio import ACCOUNT, AUTH, Twilio
from ops.simulators.twilio_messages import segments, signature
from ops.simulators.webhooks import client

MESSAGES = f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json"
SMS = {"To": "+4915228817386", "From": "Haarwerk", "Body": "Bis Dienstag, 14:30 Uhr!"}
MAIL: dict[str, Any] = {
    "personalizations": [{"to": [{"email": "sabine@example.com"}]}],
    "from": {"email": "salon@example.com"},
    "subject": "Ihr Termin",
    "content": [{"type": "text/plain", "value": "Bis Dienstag!"}],
}


async def send(twilio: Twilio, **form: str) -> httpx.Response:
    async with listening(twilio) as url, client() as http:
        return await http.post(url + MESSAGES, data={**SMS, **form}, auth=(ACCOUNT, AUTH))


async def test_a_message_has_no_price_at_first_and_gets_one_when_it_is_delivered(
    twilio: Twilio, clock: Any
) -> None:
    twilio.settle_seconds = 3
    async with listening(twilio) as url, client() as http:
        http.auth = (ACCOUNT, AUTH)
        sent = (await http.post(url + MESSAGES, data=SMS)).json()
        queued = (await http.get(url + sent["uri"])).json()
        clock.advance(seconds=3)
        delivered = (await http.get(url + sent["uri"])).json()

    assert (sent["status"], sent["price"]) == ("queued", None)
    assert queued["price"] is None
    assert (delivered["status"], delivered["price"]) == ("delivered", "-0.11120")


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"To": "015228817386"}, 21211),
        ({"Body": "x" * 1601}, 21617),
        ({"Body": ""}, 21602),
        ({"From": ""}, 21603),
        ({"To": "+4915228817000"}, 21610),
    ],
)
async def test_a_message_that_cannot_be_sent_is_refused_with_its_code(
    twilio: Twilio, wrong: dict[str, str], code: int
) -> None:
    twilio.opted_out = ["+4915228817000"]

    answer = await send(twilio, **wrong)

    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert twilio.messages == []


async def test_messages_are_found_by_recipient_and_day_newest_first(
    twilio: Twilio, clock: Any
) -> None:
    async with listening(twilio) as url, client() as http:
        http.auth = (ACCOUNT, AUTH)
        for body in ("first", "second", "third"):
            await http.post(url + MESSAGES, data={**SMS, "Body": body})
            clock.advance(days=1)
        asked = {"To": SMS["To"], "DateSent>": "2026-11-23", "PageSize": "1"}
        page = (await http.get(url + MESSAGES, params=asked)).json()
        rest = (await http.get(url + page["next_page_uri"])).json()
        nobody = (await http.get(url + MESSAGES, params={"To": "+4900000000"})).json()

    assert [m["body"] for m in page["messages"] + rest["messages"]] == ["third", "second"]
    assert rest["next_page_uri"] is None
    assert nobody["messages"] == []


async def test_a_wrong_token_is_refused(twilio: Twilio) -> None:
    async with listening(twilio) as url, client() as http:
        answer = await http.post(url + MESSAGES, data=SMS, auth=(ACCOUNT, "wrong"))

    assert (answer.status_code, answer.json()["code"]) == (401, 20003)


async def test_a_status_callback_is_signed(twilio: Twilio, receiver: Any) -> None:
    await send(twilio, StatusCallback=receiver.url)

    [body], [headers] = receiver.bodies, receiver.headers
    form = dict(parse_qsl(body.decode()))
    assert form["MessageStatus"] == "delivered"
    assert headers["X-Twilio-Signature"] == signature(receiver.url, form, AUTH)


@pytest.mark.parametrize(
    ("body", "expected"),
    [("x" * 160, 1), ("x" * 161, 2), ("€" * 80, 1), ("€" * 81, 2), ("ł" * 70, 1), ("ł" * 71, 2)],
)
def test_segments_are_counted_as_networks_do(body: str, expected: int) -> None:
    assert segments(body) == expected


async def test_an_accepted_mail_is_in_the_outbox_under_its_id() -> None:
    sendgrid = Sendgrid()
    headers = {"Authorization": f"Bearer {KEY}"}
    async with listening(sendgrid) as url, client() as http:
        sent = await http.post(f"{url}/v3/mail/send", json=MAIL, headers=headers)
        sandbox = {**MAIL, "mail_settings": {"sandbox_mode": {"enable": True}}}
        tried = await http.post(f"{url}/v3/mail/send", json=sandbox, headers=headers)

    assert (sent.status_code, sent.content, tried.status_code) == (202, b"", 200)
    [mail] = sendgrid.to("sabine@example.com")
    assert (mail.message_id, mail.subject) == (sent.headers["X-Message-Id"], "Ihr Termin")


async def test_a_mail_that_is_too_large_gets_a_page_of_nginx() -> None:
    sendgrid = Sendgrid()
    sendgrid.largest_bytes = 100
    async with listening(sendgrid) as url, client() as http:
        headers = {"Authorization": f"Bearer {KEY}"}
        answer = await http.post(f"{url}/v3/mail/send", json=MAIL, headers=headers)

    assert answer.status_code == 413
    assert answer.headers["Content-Type"].startswith("text/html")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"personalizations": []}, "personalizations"),
        ({"content": []}, "content"),
        ({"personalizations": [{"to": "sabine"}]}, "personalizations.0.to"),
        ({"subject": ""}, "subject"),
        ({"from": {"email": "salon"}}, "from.email"),
    ],
)
async def test_a_mail_that_lacks_something_is_refused_with_the_field(
    change: dict[str, Any], field: str
) -> None:
    sendgrid = Sendgrid()
    async with listening(sendgrid) as url, client() as http:
        headers = {"Authorization": f"Bearer {KEY}"}
        answer = await http.post(f"{url}/v3/mail/send", json={**MAIL, **change}, headers=headers)

    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, field)
    assert sendgrid.outbox == []
