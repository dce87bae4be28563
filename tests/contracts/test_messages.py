from typing import Any

import pytest

from ops.simulators import sendgrid, twilio
from ops.simulators.serving import listening
from ops.simulators.webhooks import client

MESSAGES = "/2010-04-01/Accounts/{AccountSid}/Messages.json"
ONE = "/2010-04-01/Accounts/{AccountSid}/Messages/{Sid}.json"
FORM = "application/x-www-form-urlencoded"
SMS = {"To": "+4915228817386", "From": "+493023125042", "Body": "Grüße ☎"}
MAIL: dict[str, Any] = {
    "personalizations": [
        {"to": [{"email": "sabine@example.com"}], "custom_args": {"message": "m-1"}}
    ],
    "from": {"email": "salon@example.com", "name": "Haarwerk"},
    "subject": "Ihr Termin",
    "content": [
        {"type": "text/plain", "value": "Bis Dienstag!"},
        {"type": "text/html", "value": "<p>Bis Dienstag!</p>"},
    ],
}


async def test_every_answer_of_twilio_is_as_documented(twilio_document: Any) -> None:
    path = MESSAGES.format(AccountSid=twilio.ACCOUNT)
    async with listening(twilio.Twilio()) as url, client() as http:
        http.auth = (twilio.ACCOUNT, twilio.AUTH)
        sent = await http.post(url + path, data=SMS)
        by_service = {"To": SMS["To"], "Body": "Hi", "MessagingServiceSid": "MG" + "0" * 32}
        serviced = await http.post(url + path, data=by_service)
        shown = await http.get(url + sent.json()["uri"])
        listed = await http.get(url + path, params={"To": SMS["To"], "DateSent>": "2026-01-01"})

    made = twilio_document.answer(MESSAGES, "post", 201)
    assert (sent.status_code, serviced.status_code) == (201, 201)
    assert twilio_document.complaints(made, sent.json()) == []
    assert twilio_document.complaints(made, serviced.json()) == []
    assert twilio_document.complaints(twilio_document.answer(ONE, "get", 200), shown.json()) == []
    many = twilio_document.answer(MESSAGES, "get", 200)
    assert twilio_document.complaints(many, listed.json()) == []
    assert listed.json().keys() == many["properties"].keys()
    assert (
        sent.json().keys()
        == twilio_document.schema("api.v2010.account.message")["properties"].keys()
    )


def test_the_message_of_these_tests_is_a_documented_form(twilio_document: Any) -> None:
    wanted = twilio_document.body(MESSAGES, "post", FORM)

    assert twilio_document.complaints(wanted, SMS) == []
    assert SMS.keys() <= wanted["properties"].keys()
    assert {"To", "From", "DateSent", "DateSent<", "DateSent>", "PageSize", "Page"} <= (
        twilio_document.queries(MESSAGES, "get").keys()
    )


def with_empty_help(schema: dict[str, Any]) -> dict[str, Any]:
    """The document types `help` as an object; in real answers it is there, and null."""
    item = schema["properties"]["errors"]["items"]
    fields = {**item["properties"], "help": {"type": "object", "nullable": True}}
    errors = {"type": "array", "items": {**item, "properties": fields}}
    return {**schema, "properties": {**schema["properties"], "errors": errors}}


@pytest.mark.parametrize(
    ("change", "key", "status"),
    [({"subject": ""}, sendgrid.KEY, 400), ({}, "SG.wrong", 401)],
)
async def test_a_refusal_of_sendgrid_is_as_documented(
    sendgrid_document: Any, change: dict[str, Any], key: str, status: int
) -> None:
    async with listening(sendgrid.Sendgrid()) as url, client() as http:
        headers = {"Authorization": f"Bearer {key}"}
        answer = await http.post(f"{url}/v3/mail/send", json={**MAIL, **change}, headers=headers)

    documented = sendgrid_document.schema("ErrorResponse")
    assert answer.status_code == status
    assert sendgrid_document.complaints(with_empty_help(documented), answer.json()) == []


def test_the_mail_of_these_tests_is_a_documented_body(sendgrid_document: Any) -> None:
    wanted = sendgrid_document.body("/v3/mail/send", "post")

    assert sendgrid_document.complaints(wanted, MAIL) == []
    assert sendgrid_document.complaints(wanted, {**MAIL, "personalizations": "all"}) != []
