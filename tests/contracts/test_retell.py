import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from ops.simulators import retell, retell_calls
from ops.simulators.retell_calls import Conversation
from ops.simulators.retell_talk import ToolCall
from ops.simulators.serving import listening
from ops.simulators.webhooks import client, stringified

PAYLOADS = Path(__file__).parents[1] / "payloads/retell"
AT = datetime(2026, 11, 20, 9, 2, 11, 482000, tzinfo=UTC)
TALK = Conversation(
    call_id="call_4f1c0b7e9a2d4c58b3e6d7a1f02",
    from_number="+4915228817386",
    to_number="+493023125042",
    started_at=AT,
    turns=(
        ("agent", "Guten Tag, Salon Haarwerk Berlin. Wie kann ich Ihnen helfen?"),
        ("user", "Krüger hier. Ich hätte gern einen Termin am Dienstag um halb drei."),
        ToolCall("book_appointment", {"start": "2026-11-24T14:30:00+01:00"}, {"status": "ok"}),
        ("agent", "Erledigt, Frau Krüger. Dienstag um 14 Uhr 30."),
    ),
    metadata={"shop": "haarwerk"},
    dynamic_variables={"salon_name": "Haarwerk Berlin"},
    collected_variables={"current_node": "end_call"},
    custom_analysis_data={"booking_made": True, "appointment_time": "14:30"},
    summary="Frau Krüger hat einen Termin.",
    costs={"voice_engine": Decimal("7.8833"), "gpt-4.1-mini": Decimal("2.2933")},
)
MISSED = Conversation(
    call_id="call_0ad94c3b7e1f4d2f96b85ce1730",
    from_number="+493023125042",
    to_number="+4915228817386",
    started_at=AT,
    direction="outbound",
    connected=False,
    disconnection_reason="dial_no_answer",
)
SAMPLES = {
    "call_started": "call_started.de.json",
    "call_ended": "call_ended.de.json",
    "call_analyzed": "call_analyzed.de.json",
    "call_inbound": "call_inbound.de.request.json",
}


def complaints(schema: dict[str, Any], value: Any) -> list[str]:
    return [error.message for error in Draft202012Validator(schema).iter_errors(value)]


def on_the_wire(event: dict[str, Any]) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(stringified(event))
    return read


@pytest.mark.parametrize(
    "event", [*retell_calls.events(TALK), *retell_calls.events(MISSED)], ids=lambda e: e["event"]
)
def test_every_event_that_is_built_holds_against_the_schemas(
    retell_schemas: dict[str, Any], event: dict[str, Any]
) -> None:
    sent = on_the_wire(event)

    assert complaints(retell_schemas["webhook_event.schema.json"], sent) == []
    assert complaints(retell_schemas["call.phone.sdk-6.2.13.schema.json"], sent["call"]) == []


def test_a_ringing_call_holds_against_its_schema(retell_schemas: dict[str, Any]) -> None:
    ringing = on_the_wire(retell_calls.call_inbound(TALK))

    assert complaints(retell_schemas["call_inbound.request.schema.json"], ringing) == []


@pytest.mark.parametrize(("kind", "sample"), SAMPLES.items())
def test_what_is_built_has_the_fields_of_the_sample(kind: str, sample: str) -> None:
    expected = json.loads(PAYLOADS.joinpath(sample).read_text())
    built = on_the_wire(getattr(retell_calls, kind)(TALK))

    part = "call_inbound" if kind == "call_inbound" else "call"
    of_one_customer = {"agent_tag", "custom_sip_headers"}
    assert built.keys() == expected.keys()
    assert set(expected[part]) - set(built[part]) <= of_one_customer
    assert set(built[part]) <= set(expected[part])


def test_a_missed_call_has_the_fields_of_the_sample() -> None:
    expected = json.loads(PAYLOADS.joinpath("call_ended.not_connected.de.json").read_text())
    built = on_the_wire(retell_calls.call_ended(MISSED))

    unset = {"metadata", "retell_llm_dynamic_variables"}
    assert expected["call"].keys() - built["call"].keys() <= unset
    assert built["call"].keys() - expected["call"].keys() <= {"opt_in_signed_url"}


def test_words_are_spoken_as_fast_as_in_the_sample() -> None:
    sample = json.loads(PAYLOADS.joinpath("call_ended.de.json").read_text())["call"]
    turns = tuple((entry["role"], entry["content"]) for entry in sample["transcript_object"])
    again = Conversation("call_1", "+1", "+1", AT, turns=turns[:4])

    first = retell_calls.call_ended(again)["call"]["transcript_object"]
    theirs = sample["transcript_object"][:4]
    assert [turn["words"][0]["start"] for turn in first] == pytest.approx(
        [turn["words"][0]["start"] for turn in theirs], abs=0.05
    )


async def test_every_answer_of_the_rest_api_is_as_documented(retell_document: Any) -> None:
    simulator = retell.Retell()
    simulator.add(TALK)
    simulator.add(MISSED)
    asked = {
        "filter_criteria": {"call_status": {"type": "enum", "op": "in", "value": ["ended"]}},
        "limit": 10,
        "include_total": True,
    }
    async with listening(simulator) as url, client() as http:
        foreign = await http.get(f"{url}/v2/get-call/{TALK.call_id}")
        http.headers["Authorization"] = f"Bearer {retell.KEY}"
        shown = await http.get(f"{url}/v2/get-call/{TALK.call_id}")
        missed = await http.get(f"{url}/v2/get-call/{MISSED.call_id}")
        nothing = await http.get(f"{url}/v2/get-call/call_unknown")
        listed = await http.post(f"{url}/v3/list-calls", json=asked)

    path = "/v2/get-call/{call_id}"
    one = retell_document.answer(path, "get", 200)
    assert retell_document.complaints(one, shown.json()) == []
    assert retell_document.complaints(one, missed.json()) == []
    for status, answer in ((401, foreign), (422, nothing)):
        assert answer.status_code == status
        documented = retell_document.answer(path, "get", status)
        assert retell_document.complaints(documented, answer.json()) == []
    assert retell_document.complaints(retell_document.body("/v3/list-calls", "post"), asked) == []
    many = retell_document.answer("/v3/list-calls", "post", 200)
    assert retell_document.complaints(many, listed.json()) == []
    assert [call["call_id"] for call in listed.json()["items"]] == [TALK.call_id]
    assert listed.json()["total"] == 1


def test_a_call_lasts_as_long_as_its_conversation_says() -> None:
    short = Conversation("call_1", "+1", "+1", AT, duration=timedelta(seconds=85.928))

    call = retell_calls.call_ended(short)["call"]

    assert (call["duration_ms"], call["call_cost"]["total_duration_seconds"]) == (85928, 86)
    assert call["call_cost"]["combined_cost"] == pytest.approx(15.91, abs=0.001)
