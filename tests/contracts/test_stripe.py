import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from openapi_schema_validator import OAS30Validator

from ops.simulators import stripe

PAYLOADS = Path(__file__).parents[1] / "payloads/stripe"
AT = datetime(2026, 11, 20, 9, 40, tzinfo=UTC)
BUILT = {
    "checkout.session.completed": stripe.checkout_session_completed(1, amount=5000, at=AT),
    "payment_intent.succeeded": stripe.payment_intent_succeeded(
        1, amount=3000, at=AT, account="acct_1SConnSa10nExam1"
    ),
    "charge.refunded": stripe.charge_refunded(
        1, amount=3000, refunded=1000, at=AT, account="acct_1SConnSa10nExam1"
    ),
}


def complaints(document: Any, name: str, value: Any) -> list[str]:
    schema = {**document.text["definitions"][name], "definitions": document.text["definitions"]}
    return [f"{e.json_path}: {e.message}" for e in OAS30Validator(schema).iter_errors(value)]


@pytest.mark.parametrize("kind", BUILT)
def test_an_event_that_is_built_holds_against_the_schemas(stripe_document: Any, kind: str) -> None:
    event = BUILT[kind]
    about = event["data"]["object"]

    assert complaints(stripe_document, "event", event) == []
    assert complaints(stripe_document, about["object"], about) == []


@pytest.mark.parametrize("kind", BUILT)
def test_an_event_that_is_built_has_the_fields_of_the_sample(kind: str) -> None:
    sample = json.loads(PAYLOADS.joinpath(f"{kind}.json").read_text())

    assert BUILT[kind].keys() == sample.keys()
    assert BUILT[kind]["data"]["object"].keys() == sample["data"]["object"].keys()
    assert BUILT[kind]["type"] == sample["type"]


@pytest.mark.parametrize("file", sorted(PAYLOADS.glob("*.json")), ids=lambda file: file.stem)
def test_the_samples_are_events(stripe_document: Any, file: Path) -> None:
    assert complaints(stripe_document, "event", json.loads(file.read_text())) == []
