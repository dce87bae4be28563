import json
from pathlib import Path
from typing import Any

import pytest

from ops.simulators import calcom_webhooks, retell, stripe, twilio_messages

PAYLOADS = Path(__file__).parents[1] / "payloads"


def retell_vectors() -> list[Any]:
    vectors = json.loads(PAYLOADS.joinpath("retell/signature_vectors.json").read_text())["vectors"]
    return [pytest.param(vector, id=vector["name"]) for vector in vectors]


def calcom_vectors() -> list[Any]:
    vectors = json.loads(PAYLOADS.joinpath("calcom/signature_vectors.json").read_text())
    return [pytest.param(vector, id=vector["name"]) for vector in vectors]


@pytest.mark.parametrize("vector", retell_vectors())
def test_we_sign_as_retell_does_and_as_no_forger_does(vector: dict[str, Any]) -> None:
    body, at_ms = vector["body"].encode(), vector["sign_timestamp_ms"]

    made = retell.signature(body, vector["api_key"], at_ms=at_ms)

    too_far = abs(vector["now_ms"] - at_ms) > 300_000
    assert (made == vector["header"]) is (vector["accept"] or too_far)


def test_the_wire_files_of_retell_have_the_signatures_that_are_listed() -> None:
    vectors = json.loads(PAYLOADS.joinpath("retell/signature_vectors.json").read_text())
    assert vectors["wire_files"]
    for name, wire in vectors["wire_files"].items():
        body = PAYLOADS.joinpath("retell/wire", name).read_bytes()
        made = retell.signature(body, wire["api_key"], at_ms=wire["sign_timestamp_ms"])
        assert made == wire["header"], name


@pytest.mark.parametrize("vector", calcom_vectors())
def test_we_sign_as_cal_com_does(vector: dict[str, Any]) -> None:
    webhook = calcom_webhooks.signed(
        vector["body"].encode(), url="http://x", secret=vector["secret"]
    )

    assert webhook.headers == {
        name: value for name, value in vector["headers"].items() if name != "Content-Type"
    }


def test_we_sign_as_stripe_does() -> None:
    body = PAYLOADS.joinpath("stripe/checkout.session.completed.json").read_bytes()

    made = stripe.signature(body, "whsec_test_example_not_a_secret_0001", at_s=1795170005)

    assert made == (
        "t=1795170005,v1=c3b3d46e52960d9136df88d4269005e3590936fb12236e9d750c1e775ee10433"
    )


def test_we_sign_as_twilio_does() -> None:
    sid = "SM00000000000000000000000000000001"
    form = {
        "MessageSid": sid,
        "SmsSid": sid,
        "MessageStatus": "delivered",
        "SmsStatus": "delivered",
        "To": "+4915112345678",
        "From": "Salon",
        "AccountSid": "AC00000000000000000000000000000001",
        "ApiVersion": "2010-04-01",
        "RawDlrDoneDate": "2611200941",
    }
    url = "https://hooks.example.com/twilio/status?company_id=c1"

    assert twilio_messages.signature(url, form, "12345") == "vkNuetlOxFGFpt/G8+r9cCD+//A="
