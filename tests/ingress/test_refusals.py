import json
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta

import pytest

from ingress.body import LIMIT
from messages.webhook import UNREADABLE, Webhook
from tests.ingress.conftest import Ingress, Serve, unreachable
from tests.ingress.senders import (
    BOOKING_CREATED,
    CALL_ENDED,
    SESSION_COMPLETED,
    by_calcom,
    by_retell,
    by_stripe,
)

Spooled = Callable[[], Awaitable[list[Webhook]]]


async def refused(ingress: Ingress, path: str, body: bytes, headers: dict[str, str]) -> None:
    assert (await ingress.post(path, body, headers)).status_code == 401


async def test_a_missing_signature_is_refused(ingress: Ingress, spooled: Spooled) -> None:
    await refused(ingress, "retell", CALL_ENDED, {})
    await refused(ingress, "calcom", BOOKING_CREATED, {})
    await refused(ingress, "stripe", SESSION_COMPLETED, {})
    assert await spooled() == []


async def test_a_malformed_signature_is_refused(ingress: Ingress, spooled: Spooled) -> None:
    await refused(ingress, "retell", CALL_ENDED, {"X-Retell-Signature": "v=1,d=nonsense"})
    await refused(ingress, "calcom", BOOKING_CREATED, {"X-Cal-Signature-256": "sha256=0"})
    await refused(ingress, "stripe", SESSION_COMPLETED, {"Stripe-Signature": "t=now,v1=no"})
    assert await spooled() == []


async def test_a_wrong_signature_is_refused(ingress: Ingress, spooled: Spooled) -> None:
    await refused(ingress, "retell", CALL_ENDED, by_retell(CALL_ENDED, key="of another"))
    await refused(ingress, "calcom", BOOKING_CREATED, by_calcom(b"another body"))
    await refused(ingress, "stripe", SESSION_COMPLETED, by_stripe(b"another body"))
    assert await spooled() == []


async def test_a_stale_signature_is_refused(ingress: Ingress, spooled: Spooled) -> None:
    for old in (timedelta(minutes=6), timedelta(minutes=-6)):
        await refused(ingress, "retell", CALL_ENDED, by_retell(CALL_ENDED, old=old))
        await refused(ingress, "stripe", SESSION_COMPLETED, by_stripe(SESSION_COMPLETED, old=old))
    assert await spooled() == []


async def test_a_webhook_of_calcom_without_a_secret_is_refused(
    ingress: Ingress, spooled: Spooled
) -> None:
    headers = {"X-Cal-Signature-256": "no-secret-provided"}
    await refused(ingress, "calcom", BOOKING_CREATED, headers)
    assert await spooled() == []
    page = (await ingress.http.get("/metrics")).text
    assert 'rejected_total{provider="calcom",reason="no_secret_provided"}' in page


async def test_a_provider_without_a_secret_of_ours_proves_nobody(serve: Serve) -> None:
    ingress = await serve(stripe_webhook_secrets=None)
    await refused(ingress, "stripe", SESSION_COMPLETED, by_stripe(SESSION_COMPLETED, secret=""))


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"event": "\\u0000", "call": {}}'])
async def test_an_unreadable_body_with_a_good_signature_is_accepted_as_unreadable(
    ingress: Ingress, spooled: Spooled, body: bytes
) -> None:
    answer = await ingress.post("retell", body, by_retell(body))

    assert answer.status_code == 202
    assert [(webhook.event, webhook.body) for webhook in await spooled()] == [(UNREADABLE, body)]


async def test_a_body_of_another_content_type_is_taken(ingress: Ingress, spooled: Spooled) -> None:
    body = b"uid=vB1qk8Zr3uTg5WnYh2aLmX"
    kind = {"Content-Type": "application/x-www-form-urlencoded"}

    answer = await ingress.post("calcom", body, by_calcom(body) | kind)

    assert answer.status_code == 202
    assert [webhook.routing_key for webhook in await spooled()] == ["calcom.unreadable"]


async def test_a_body_as_large_as_the_limit_is_accepted(ingress: Ingress, spooled: Spooled) -> None:
    head = b'{"event": "call_ended", "call": {"call_id": "call_1", "transcript": "'
    body = head + b"a" * (LIMIT - len(head) - 3) + b'"}}'

    answer = await ingress.post("retell", body, by_retell(body))

    assert answer.status_code == 204
    assert [len(webhook.body) for webhook in await spooled()] == [LIMIT]


async def test_a_body_that_is_too_large_is_refused_before_it_is_sent(ingress: Ingress) -> None:
    answer = await ingress.post("retell", b"a" * (LIMIT + 1), {})
    assert answer.status_code == 413


async def test_a_body_that_turns_out_too_large_is_refused(ingress: Ingress) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(LIMIT // 2**20 + 1):
            yield b"a" * 2**20

    answer = await ingress.http.post("/webhooks/retell", content=chunks())
    assert answer.status_code == 413


async def test_a_compressed_body_is_refused(ingress: Ingress) -> None:
    headers = by_retell(CALL_ENDED) | {"Content-Encoding": "gzip"}
    assert (await ingress.post("retell", CALL_ENDED, headers)).status_code == 415


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS"])
async def test_a_wrong_method_is_refused(ingress: Ingress, method: str) -> None:
    for path in ("retell", "retell/salon-lotte"):
        answer = await ingress.http.request(method, f"/webhooks/{path}")
        assert (answer.status_code, answer.headers["Allow"]) == (405, "POST")


async def test_an_unknown_provider_is_not_found(ingress: Ingress) -> None:
    assert (await ingress.post("paypal", CALL_ENDED, {})).status_code == 404
    assert (await ingress.post("paypal/salon-lotte", CALL_ENDED, {})).status_code == 404


@pytest.mark.parametrize("tenant", ["salon-lotte", "Salon", "a", "%00", "x" * 64, "a;drop"])
async def test_an_unknown_tenant_is_not_found(ingress: Ingress, tenant: str) -> None:
    answer = await ingress.post(f"retell/{tenant}", CALL_ENDED, by_retell(CALL_ENDED))
    assert answer.status_code == 404


@pytest.mark.parametrize("path", ["/", "/webhooks", "/webhooks/retell/a/b", "/health"])
async def test_an_address_that_is_none_of_ours_is_not_found(ingress: Ingress, path: str) -> None:
    assert (await ingress.http.post(path)).status_code == 404


async def test_with_rabbitmq_away_a_webhook_waits_in_the_spool(
    ingress: Ingress, spooled: Spooled
) -> None:
    for _ in range(2):  # Retell repeats itself, the spool does not
        answer = await ingress.post("retell", CALL_ENDED, by_retell(CALL_ENDED))
        assert answer.status_code == 204

    (webhook,) = await spooled()
    assert webhook.body == CALL_ENDED
    assert webhook.endpoint == "retell"
    assert webhook.routing_key == "retell.call_ended"


async def test_with_postgresql_away_too_the_sender_is_asked_to_come_again(serve: Serve) -> None:
    ingress = await serve(postgres_url=unreachable("postgresql"))

    answer = await ingress.post("retell", CALL_ENDED, by_retell(CALL_ENDED))

    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0


async def test_no_refusal_tells_the_sender_why(ingress: Ingress) -> None:
    body = json.dumps({"event": "call_ended"}).encode()
    wrong = await ingress.post("retell", body, by_retell(body, key="of another"))
    stale = await ingress.post("retell", body, by_retell(body, old=timedelta(hours=1)))
    assert wrong.content == stale.content == b""
