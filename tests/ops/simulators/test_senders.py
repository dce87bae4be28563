import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

from ops.simulators import retell, stripe
from ops.simulators.retell_calls import Conversation, call_ended, call_started, events
from ops.simulators.retell_talk import ToolCall
from ops.simulators.serving import listening
from ops.simulators.webhooks import Webhook, client, deliver, repeated, stringified

AT = datetime(2026, 11, 23, 9, tzinfo=UTC)


def talk(number: int = 1) -> Conversation:
    return Conversation(
        call_id=f"call_{number}",
        from_number="+4915228817386",
        to_number="+493023125042",
        started_at=AT + timedelta(minutes=number),
        turns=(
            ("agent", "Guten Tag, Salon Haarwerk."),
            ("user", "Krüger, ich hätte gern einen Termin."),
            ToolCall("book_appointment", {"name": "Krüger"}, {"status": "confirmed"}),
            ("agent", "Erledigt."),
        ),
        costs={"voice_engine": Decimal("7.8833"), "elevenlabs_tts": Decimal("5.7333")},
        metadata={"shop": "haarwerk"},
    )


async def test_what_is_delivered_is_repeated_and_shuffled_the_same_way_for_a_seed(
    receiver: Any,
) -> None:
    webhooks = [Webhook(receiver.url, str(n).encode()) for n in range(20)]

    statuses = await deliver(webhooks, seed=7, duplicates=0.5, at_once=4)

    planned = repeated(webhooks, seed=7, duplicates=0.5)
    assert planned == repeated(webhooks, seed=7, duplicates=0.5)
    assert planned != webhooks
    assert statuses == [204] * len(planned)
    assert Counter(receiver.bodies) == Counter(webhook.body for webhook in planned)
    assert set(receiver.bodies) == {webhook.body for webhook in webhooks}
    assert len(planned) > len(webhooks)


def test_json_is_written_as_node_writes_it() -> None:
    written = stringified({"name": "Krüger 😀", "seconds": 86.0, "cost": 7.8833, "none": None})

    assert written.decode() == '{"name":"Krüger 😀","seconds":86,"cost":7.8833,"none":null}'


def test_a_call_costs_the_sum_of_its_parts_in_cents() -> None:
    cost = call_ended(talk())["call"]["call_cost"]

    assert cost["combined_cost"] == 13.6166
    assert [part["cost"] for part in cost["product_costs"]] == [7.8833, 5.7333]


def test_words_follow_each_other_and_a_call_is_longer_than_its_words() -> None:
    call = call_ended(talk())["call"]
    words = [word for entry in call["transcript_object"] for word in entry["words"]]

    assert all(a["end"] <= b["start"] for a, b in pairwise(words))
    assert words[-1]["end"] * 1000 < call["duration_ms"]
    assert call["end_timestamp"] - call["start_timestamp"] == call["duration_ms"]


def test_a_call_that_nobody_picked_up_has_no_start_and_no_transcript() -> None:
    missed = Conversation(
        "call_9", "+493023125042", "+4915228817386", AT,
        direction="outbound", connected=False, disconnection_reason="dial_no_answer",
    )  # fmt: skip

    [ended, analyzed] = events(missed)

    assert ended["call"]["call_status"] == "not_connected"
    assert not {"start_timestamp", "transcript", "call_analysis"} & ended["call"].keys()
    assert "custom_analysis_data" not in analyzed["call"]["call_analysis"]


async def test_a_signed_call_is_posted_as_it_was_signed(receiver: Any) -> None:
    webhook = retell.signed(call_started(talk()), url=receiver.url, key="key_1", at=AT)

    assert await deliver([webhook], seed=1, duplicates=0) == [204]
    at_ms = int(AT.timestamp() * 1000)
    expected = retell.signature(receiver.bodies[0], "key_1", at_ms=at_ms)
    assert receiver.headers[0]["X-Retell-Signature"] == expected


async def test_calls_are_listed_without_transcripts_and_shown_with_them() -> None:
    simulator = retell.Retell()
    for number in range(3):
        simulator.add(talk(number))
    headers = {"Authorization": f"Bearer {retell.KEY}"}
    async with listening(simulator) as url, client() as http:
        http.headers.update(headers)
        since = {"type": "number", "op": "ge", "value": int(AT.timestamp() * 1000) + 60_000}
        asked = {"filter_criteria": {"start_timestamp": since}, "limit": 1}
        listed = (await http.post(f"{url}/v3/list-calls", json=asked)).json()
        key = {"pagination_key": listed["pagination_key"]}
        rest = (await http.post(f"{url}/v3/list-calls", json={**asked, **key})).json()
        shown = (await http.get(f"{url}/v2/get-call/call_1")).json()
        missing = await http.get(f"{url}/v2/get-call/call_7")
        foreign = await http.get(f"{url}/v2/get-call/call_1", headers={"Authorization": "x"})

    assert [call["call_id"] for call in listed["items"] + rest["items"]] == ["call_2", "call_1"]
    assert (listed["has_more"], rest["has_more"]) == (True, False)
    assert "transcript" not in listed["items"][0]
    assert "Krüger" in shown["transcript"]
    assert (missing.status_code, foreign.status_code) == (422, 401)


def test_a_stripe_event_carries_one_signature_for_each_live_secret() -> None:
    paid = stripe.checkout_session_completed(1, amount=5000, tax=950, at=AT)

    webhook = stripe.signed(paid, url="http://x", secrets=["whsec_old", "whsec_new"], at=AT)

    header = webhook.headers["Stripe-Signature"]
    alone = stripe.signature(webhook.body, "whsec_new", at_s=int(AT.timestamp()))
    assert header.count("v1=") == 2
    assert header.endswith(alone.partition(",")[2])
    assert json.loads(webhook.body)["data"]["object"]["amount_total"] == 5950


def test_the_same_payment_has_the_same_event_id() -> None:
    first = stripe.payment_intent_succeeded(4, amount=3000, at=AT)
    again = stripe.payment_intent_succeeded(4, amount=3000, at=AT)
    other = stripe.charge_refunded(4, amount=3000, refunded=3000, at=AT)

    assert first["id"] == again["id"] != other["id"]
