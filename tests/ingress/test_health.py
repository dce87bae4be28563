import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import pytest

from messages.publisher import TIMEOUT
from messages.webhook import Webhook
from ops.stack.stack import Stack
from tests.alarms import memory_alarm
from tests.ingress.conftest import Ingress, Serve, unreachable
from tests.ingress.senders import BOOKING_CREATED, CALL_ENDED, by_calcom, by_retell
from tests.waiting import eventually


async def ready(ingress: Ingress) -> tuple[int, dict[str, bool]]:
    answer = await ingress.http.get("/health/ready")
    return answer.status_code, answer.json()


async def test_an_ingress_is_ready_while_the_spool_can_take_webhooks(ingress: Ingress) -> None:
    expected = {"ready": True, "rabbitmq": False, "postgres": True}
    assert await ready(ingress) == (200, expected)


async def test_an_ingress_is_ready_while_rabbitmq_can_take_webhooks(
    serve: Serve, rabbitmq_url: str
) -> None:
    ingress = await serve(rabbitmq_url=rabbitmq_url, postgres_url=unreachable("postgresql"))

    async def connected() -> bool:
        return await ready(ingress) == (200, {"ready": True, "rabbitmq": True, "postgres": False})

    assert await eventually(connected)


async def test_an_ingress_that_can_keep_nothing_lives_but_is_not_ready(serve: Serve) -> None:
    ingress = await serve(postgres_url=unreachable("postgresql"))

    assert (await ingress.http.get("/health/live")).status_code == 200
    expected = {"ready": False, "rabbitmq": False, "postgres": False}
    assert await ready(ingress) == (503, expected)


async def test_an_ingress_spools_at_once_while_rabbitmq_takes_nothing(
    serve: Serve, rabbitmq_url: str, stack: Stack, spooled: Callable[[], Awaitable[list[Webhook]]]
) -> None:
    ingress = await serve(rabbitmq_url=rabbitmq_url)

    async def rabbitmq_is(expected: object) -> bool:
        answer = await ingress.http.get("/health/detailed")
        return bool(answer.json()["dependencies"]["rabbitmq"].get("error") == expected)

    assert await eventually(lambda: rabbitmq_is(None))
    async with memory_alarm(stack.rabbitmq):
        assert await eventually(lambda: rabbitmq_is("BrokerBlocked"))
        begun = time.monotonic()
        answer = await ingress.post("retell", CALL_ENDED, by_retell(CALL_ENDED))
        assert time.monotonic() - begun < TIMEOUT / 2
        assert answer.status_code == 204
        assert len(await spooled()) == 1
        assert await ready(ingress) == (200, {"ready": True, "rabbitmq": False, "postgres": True})


async def test_an_ingress_tells_what_is_away_and_since_when_and_no_address(
    ingress: Ingress,
) -> None:
    answer = await ingress.http.get("/health/detailed")

    told = answer.json()
    assert (answer.status_code, told["status"]) == (200, "degraded")
    assert told["dependencies"]["postgres"]["ok"]
    assert told["dependencies"]["rabbitmq"]["error"] == "BrokerUnavailable"
    away_since = datetime.fromisoformat(told["dependencies"]["rabbitmq"]["away_since"])
    assert datetime.now(UTC) - away_since < timedelta(minutes=1)
    assert "127.0.0.1" not in answer.text


async def test_metrics_count_what_was_accepted_and_what_was_not(ingress: Ingress) -> None:
    odd = b'{"triggerEvent": "INVENTED_BY_A_STRANGER"}'
    await ingress.post("retell", CALL_ENDED, by_retell(CALL_ENDED))
    await ingress.post("retell", CALL_ENDED, {})
    await ingress.post("calcom", BOOKING_CREATED, by_calcom(BOOKING_CREATED))
    await ingress.post("calcom", odd, by_calcom(odd))
    await ingress.post("paypal", CALL_ENDED, {})

    page = (await ingress.http.get("/metrics")).text

    assert 'accepted_total{event="call_ended",kept_in="spool",provider="retell"}' in page
    assert 'accepted_total{event="BOOKING_CREATED",kept_in="spool",provider="calcom"}' in page
    assert 'accepted_total{event="other",kept_in="spool",provider="calcom"}' in page
    assert 'rejected_total{provider="retell",reason="missing"}' in page
    assert 'rejected_total{provider="other",reason="unknown_provider"}' in page
    assert 'ringbook_webhook_seconds_count{provider="retell"}' in page


@pytest.mark.parametrize("word", ["INVENTED_BY_A_STRANGER", "paypal"])
async def test_no_word_of_a_stranger_becomes_a_label(ingress: Ingress, word: str) -> None:
    body = f'{{"triggerEvent": "{word}"}}'.encode()
    await ingress.post("calcom", body, by_calcom(body))
    await ingress.post(word, body, {})

    assert word not in (await ingress.http.get("/metrics")).text
