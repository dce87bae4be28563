import json
from typing import Any
from uuid import UUID

import pytest

from ingress import calcom, retell, stripe
from ingress.provider import Provider, webhook_of
from messages.webhook import UNREADABLE, Webhook
from tests.ingress.senders import BOOKING_CREATED, CALL_ENDED, PAYLOADS, SESSION_COMPLETED, now


def received(provider: Provider, said: Any, *, tenant: str | None = None) -> Webhook:
    body = said if isinstance(said, bytes) else json.dumps(said).encode()
    return webhook_of(provider, body, tenant=tenant, received_at=now())


def id_at_retell(said: Any) -> UUID:
    return received(retell.PROVIDER, said).message_id


def about(event: str, **more: Any) -> dict[str, Any]:
    return {"event": event, "call": {"call_id": "call_1", "start_timestamp": 1}, **more}


@pytest.mark.parametrize(
    ("provider", "body", "routing_key"),
    [
        (retell.PROVIDER, CALL_ENDED, "retell.call_ended"),
        (calcom.PROVIDER, BOOKING_CREATED, "calcom.BOOKING_CREATED"),
        (stripe.PROVIDER, SESSION_COMPLETED, "stripe.checkout.session.completed"),
    ],
    ids=["retell", "calcom", "stripe"],
)
def test_a_sample_is_routed_by_the_name_that_its_provider_gave_it(
    provider: Provider, body: bytes, routing_key: str
) -> None:
    webhook = received(provider, body)
    assert webhook.routing_key == routing_key
    assert webhook.body == body


@pytest.mark.parametrize("room", [retell, calcom, stripe], ids=["retell", "calcom", "stripe"])
def test_every_sample_has_a_name(room: Any) -> None:
    folder = PAYLOADS / room.PROVIDER.name
    samples = [path for path in folder.glob("*.json") if "signature" not in path.name]
    no_webhooks = ("response", "custom_function", "post_call_analysis_data")
    webhooks = [path for path in samples if not any(word in path.name for word in no_webhooks)]

    assert webhooks
    for path in webhooks:
        assert received(room.PROVIDER, path.read_bytes()).event in room.PROVIDER.events, path.name


def test_a_repeated_event_of_a_call_is_the_same_though_its_bytes_differ() -> None:
    first = about("call_ended", event_timestamp=1)
    assert id_at_retell(first) == id_at_retell(about("call_ended", event_timestamp=2))
    assert id_at_retell(first) != id_at_retell(about("call_analyzed"))


def test_the_same_event_at_another_endpoint_is_another_webhook() -> None:
    of_platform = received(retell.PROVIDER, about("call_ended"))
    of_tenant = received(retell.PROVIDER, about("call_ended"), tenant="salon-lotte")

    assert of_tenant.endpoint == "retell/salon-lotte"
    assert of_tenant.tenant_id == "salon-lotte"
    assert of_platform.message_id != of_tenant.message_id


def test_a_call_that_is_transferred_twice_has_two_transfers() -> None:
    to_lotte = about("transfer_started", transfer_destination={"number": "+4930111", "x": None})
    to_jan = about("transfer_started", transfer_destination={"number": "+4930222", "x": None})
    again = about("transfer_started", transfer_destination={"x": None, "number": "+4930111"})

    assert id_at_retell(to_lotte) == id_at_retell(again)
    assert id_at_retell(to_lotte) != id_at_retell(to_jan)


def test_a_transfer_that_names_nothing_but_its_call_is_readable() -> None:
    said = {"event": "transfer_started", "call": {"call_id": "call_1"}}
    assert received(retell.PROVIDER, said).event == "transfer_started"


def test_each_turn_of_a_talk_is_its_own_webhook() -> None:
    one, two = about("transcript_updated", n=1), about("transcript_updated", n=2)
    assert id_at_retell(one) != id_at_retell(two)


def test_two_tests_from_the_dashboard_are_two_although_their_call_has_one_id() -> None:
    one = {"event": "call_ended", "call": {"call_id": "test_call"}, "event_timestamp": 1}
    assert id_at_retell(one) != id_at_retell({**one, "event_timestamp": 2})


def test_events_of_a_chat_are_told_apart_by_the_chat() -> None:
    one = {"event": "chat_ended", "chat": {"chat_id": "chat_1"}}
    two = {"event": "chat_ended", "chat": {"chat_id": "chat_2"}}
    assert received(retell.PROVIDER, one).event == "chat_ended"
    assert id_at_retell(one) != id_at_retell(two)


def test_a_question_without_a_call_id_is_told_by_who_calls_whom_and_when() -> None:
    asked = {"from_number": "+4915112345678", "to_number": "+493023125042"}
    first = {"event": "call_inbound", "event_timestamp": 1, "call_inbound": asked}

    assert received(retell.PROVIDER, first).event == "call_inbound"
    assert id_at_retell(first) != id_at_retell({**first, "event_timestamp": 2})


def test_a_question_with_a_call_id_is_the_same_whenever_it_is_asked() -> None:
    asked = {"from_number": "+4915112345678", "to_number": "+493023125042", "call_id": "call_1"}
    first = {"event": "call_inbound", "event_timestamp": 1, "call_inbound": asked}
    assert id_at_retell(first) == id_at_retell({**first, "event_timestamp": 2})


def test_calcom_repeats_itself_to_the_byte_or_says_something_new() -> None:
    one = received(calcom.PROVIDER, {"triggerEvent": "PING", "createdAt": "1"})
    two = received(calcom.PROVIDER, {"triggerEvent": "PING", "createdAt": "2"})
    assert one.message_id != two.message_id


def test_a_thin_event_of_stripe_is_readable() -> None:
    thin = {"id": "evt_1", "object": "v2.core.event", "type": "v1.checkout.session.completed"}
    assert received(stripe.PROVIDER, thin).routing_key == "stripe.v1.checkout.session.completed"


@pytest.mark.parametrize("name", ["", "a b", "ä", "a#", "a*", "x" * 101, "a\n", 7, None, ["a"]])
def test_what_cannot_be_a_routing_key_is_no_name(name: Any) -> None:
    call = {"event": name, "call": {"call_id": "call_1"}}
    assert received(retell.PROVIDER, call).event == UNREADABLE
    assert received(calcom.PROVIDER, {"triggerEvent": name}).event == UNREADABLE
    assert received(stripe.PROVIDER, {"type": name, "id": "evt_1"}).event == UNREADABLE


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"\xff",
        b"triggerEvent=PING",
        b'{"event": "call_ended"}',
        b'{"event": "call_ended", "call": []}',
        b'{"event": "call_ended", "call": {"call_id": 7}}',
        b'{"event": "call_inbound", "call_inbound": {}}',
        b'{"event": "call_inbound", "call_inbound": "+49"}',
        b"[" * 100_000,
    ],
    ids=lambda body: body[:40].decode(errors="replace"),
)
def test_what_names_no_event_or_subject_is_unreadable_and_known_by_its_bytes(body: bytes) -> None:
    webhook = received(retell.PROVIDER, body)
    assert webhook.event == UNREADABLE
    assert webhook.message_id == received(retell.PROVIDER, body).message_id
    assert webhook.message_id != received(retell.PROVIDER, body + b" ").message_id
