import json
from collections.abc import Awaitable, Callable
from time import perf_counter
from typing import Any

import asyncpg

from ingress.app import Limits
from messages.webhook import Webhook
from tests.ingress.conftest import NUMBER, Describe, Ingress, Serve, unreachable
from tests.ingress.senders import CALL_INBOUND, by_retell

Spooled = Callable[[], Awaitable[list[Webhook]]]
NOTHING: dict[str, Any] = {"call_inbound": {}}


async def asked(ingress: Ingress, path: str = "retell", key: str = "key_of_the_test") -> Any:
    answer = await ingress.post(path, CALL_INBOUND, by_retell(CALL_INBOUND, key=key))
    assert answer.status_code == 200
    return answer.json()


async def test_a_ringing_call_is_told_whose_number_it_dialled(
    ingress: Ingress, describe: Describe
) -> None:
    await describe("salon-lotte", number=NUMBER)

    assert await asked(ingress) == {
        "call_inbound": {
            "dynamic_variables": {
                "business_name": "Salon salon-lotte",
                "time_zone": "Europe/Berlin",
                "language": "German",  # the tenant's own word goes before ours
                "parking": "in the yard",
            },
            "metadata": {"tenant_id": "salon-lotte"},
            "override_agent_id": "agent_salon-lotte",
        }
    }


async def test_a_tenant_without_an_agent_overrides_none(
    ingress: Ingress, describe: Describe, owner: asyncpg.Connection
) -> None:
    await describe("salon-lotte", number=NUMBER)
    await owner.execute("UPDATE tenants SET agent_id = NULL")

    assert "override_agent_id" not in (await asked(ingress))["call_inbound"]


async def test_a_question_is_kept_like_any_other_webhook(
    ingress: Ingress, spooled: Spooled
) -> None:
    await asked(ingress)
    assert [webhook.routing_key for webhook in await spooled()] == ["retell.call_inbound"]


async def test_nobody_is_told_about_a_number_that_is_nobodys(ingress: Ingress) -> None:
    assert await asked(ingress) == NOTHING


async def test_a_tenant_is_told_nothing_about_the_number_of_another(
    ingress: Ingress, describe: Describe
) -> None:
    await describe("salon-lotte", number=NUMBER, retell_webhook=["key of lotte"])
    await describe("praxis-jan", retell_webhook=["key of jan"])

    assert (await asked(ingress, "retell/salon-lotte", "key of lotte")) != NOTHING
    assert (await asked(ingress, "retell/praxis-jan", "key of jan")) == NOTHING


async def test_a_number_that_is_no_number_is_nobodys(ingress: Ingress) -> None:
    said = json.loads(CALL_INBOUND)
    for number in ("sip:nobody", "\x00", 7, None, ""):
        said["call_inbound"]["to_number"] = number
        body = json.dumps(said).encode()
        answer = await ingress.post("retell", body, by_retell(body))
        assert (answer.status_code, answer.json()) == (200, NOTHING)


async def test_an_unproven_question_is_not_answered(ingress: Ingress, describe: Describe) -> None:
    await describe("salon-lotte", number=NUMBER)
    answer = await ingress.post("retell", CALL_INBOUND, {})
    assert (answer.status_code, answer.content) == (401, b"")


async def test_a_question_that_cannot_be_kept_is_asked_again(serve: Serve) -> None:
    """After the last try the number's own agent picks up; nothing was promised and then lost."""
    ingress = await serve(postgres_url=unreachable("postgresql"))
    answer = await ingress.post("retell", CALL_INBOUND, by_retell(CALL_INBOUND))
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")


async def test_a_slow_database_does_not_let_a_caller_wait(
    serve: Serve, describe: Describe, owner: asyncpg.Connection
) -> None:
    ingress = await serve(limits=Limits(remembered_seconds=0))
    await describe("salon-lotte", number=NUMBER)
    async with owner.transaction():
        await owner.execute("LOCK phone_numbers IN ACCESS EXCLUSIVE MODE")
        began = perf_counter()
        told = await asked(ingress)
        lasted = perf_counter() - began

    assert lasted < 1
    assert told == NOTHING
