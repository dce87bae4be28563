from typing import Any
from uuid import UUID

import pytest

from messages import topology
from messages.webhook import Webhook
from ops.replays.departures import of_letter, of_webhook
from storage.replay_items import ArchivedWebhook, Letter
from tests.dying import DIED, letter


def item(**facts: Any) -> Letter:
    dead = letter(**facts)
    return Letter(
        position=7,
        open=True,
        dead_letter_id=dead.dead_letter_id,
        message_id=dead.message_id,
        queue=dead.queue,
        headers=dead.headers,
        content_type=dead.content_type,
        body=dead.body,
    )


def archived(**facts: Any) -> ArchivedWebhook:
    said: dict[str, Any] = {
        "position": 1,
        "open": True,
        "message_id": UUID(int=1),
        "provider": "retell",
        "endpoint": "retell",
        "event": "call_ended",
        "received_at": DIED,
        "body": b"{}",
    }
    return ArchivedWebhook(**said | facts)


def test_a_letter_goes_to_the_bulk_queue_of_its_own_handler_as_it_was() -> None:
    dead = item(body=b"\x00\xff")
    departure = of_letter(dead, replay="monday")
    assert departure is not None
    assert (departure.exchange, departure.routing_key) == ("", "calls.retell.bulk")
    assert (departure.message_id, departure.body) == (str(dead.message_id), b"\x00\xff")
    assert (departure.correlation_id, departure.content_type) == (None, "application/json")


def test_nothing_of_its_death_travels_with_it() -> None:
    dead = item()
    departure = of_letter(dead, replay="monday")
    assert departure is not None
    assert departure.headers == {
        "provider": "retell",
        "endpoint": "retell",
        "event": "call_ended",
        "received_at": DIED.isoformat(),
        "kind": "retell.call_ended",
        "lane": "bulk",
        "dead_letter": str(dead.dead_letter_id),
        "replay": "monday",
    }
    again = Webhook.of_delivery(
        message_id=departure.message_id or "", headers=departure.headers, body=departure.body
    )
    assert again.attempts == 1


@pytest.mark.parametrize(
    ("body", "call"),
    [
        (b'{"call_id": "call_1"}', "call_1"),
        (b'{"call_id": null}', None),
        (b'{"call_id": 7}', None),
        (b"[]", None),
        (b"not json", None),
    ],
)
def test_one_of_our_own_messages_is_correlated_by_its_call(body: bytes, call: str | None) -> None:
    departure = of_letter(item(queue=topology.COSTS_ENDED.name, body=body), replay="monday")
    assert departure is not None
    assert departure.correlation_id == call


@pytest.mark.parametrize("queue", ["webhooks.unrouted", "calls.stripe", ""])
def test_a_queue_that_is_none_of_ours_gets_nothing(queue: str) -> None:
    assert of_letter(item(queue=queue), replay="monday") is None


def test_a_letter_without_an_id_goes_without_one() -> None:
    departure = of_letter(item(message_id=None), replay="monday")
    assert departure is not None
    assert departure.message_id is None


def test_a_webhook_comes_as_if_it_came_now_on_the_bulk_lane() -> None:
    departure = of_webhook(archived(endpoint="retell/salon"), replay="monday")
    assert (departure.exchange, departure.routing_key) == (
        topology.WEBHOOKS,
        "bulk.retell.call_ended",
    )
    assert departure.queues == ("calls.retell.bulk",)
    again = Webhook.of_delivery(
        message_id=departure.message_id or "", headers=departure.headers, body=departure.body
    )
    assert (again.tenant_id, again.endpoint, again.received_at) == ("salon", "retell/salon", DIED)


def test_a_webhook_of_the_platforms_account_names_no_tenant() -> None:
    assert "tenant" not in of_webhook(archived(), replay="monday").headers


def test_an_event_that_nobody_hears_waits_in_no_queue_of_a_handler() -> None:
    departure = of_webhook(archived(event="agent_renamed"), replay="monday")
    assert departure.queues == ()
