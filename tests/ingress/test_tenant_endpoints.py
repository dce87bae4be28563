from collections.abc import Awaitable, Callable

import asyncpg

from ingress.app import Limits
from messages.webhook import Webhook
from tests.ingress.conftest import Describe, Ingress, Serve, unreachable
from tests.ingress.senders import CALL_ENDED, by_calcom, by_retell

Spooled = Callable[[], Awaitable[list[Webhook]]]
FORGETFUL = Limits(remembered_seconds=0)


async def status(ingress: Ingress, path: str, key: str) -> int:
    return (await ingress.post(path, CALL_ENDED, by_retell(CALL_ENDED, key=key))).status_code


async def test_a_tenant_proves_itself_with_its_own_secret(
    ingress: Ingress, describe: Describe, spooled: Spooled
) -> None:
    await describe("salon-lotte", retell_webhook=["key of lotte"])

    assert await status(ingress, "retell/salon-lotte", "key of lotte") == 204

    (webhook,) = await spooled()
    assert webhook.endpoint == "retell/salon-lotte"
    assert webhook.tenant_id == "salon-lotte"


async def test_neither_the_platform_nor_another_tenant_can_sign_for_a_tenant(
    ingress: Ingress, describe: Describe, spooled: Spooled
) -> None:
    await describe("salon-lotte", retell_webhook=["key of lotte"])
    await describe("praxis-jan", retell_webhook=["key of jan"])

    assert await status(ingress, "retell/salon-lotte", "key of jan") == 401
    assert await status(ingress, "retell/salon-lotte", "key_of_the_test") == 401
    assert await status(ingress, "retell", "key of lotte") == 401
    assert await spooled() == []


async def test_a_tenant_without_a_secret_for_the_provider_proves_nobody(
    ingress: Ingress, describe: Describe
) -> None:
    await describe("salon-lotte", retell_webhook=["key of lotte"])

    answer = await ingress.post("calcom/salon-lotte", CALL_ENDED, by_calcom(CALL_ENDED))

    assert answer.status_code == 401


async def test_during_a_rotation_both_secrets_are_live_and_then_only_the_new_one(
    serve: Serve, describe: Describe
) -> None:
    ingress = await serve(limits=FORGETFUL)
    await describe("salon-lotte", retell_webhook=["old"])
    assert await status(ingress, "retell/salon-lotte", "old") == 204
    assert await status(ingress, "retell/salon-lotte", "new") == 401

    await describe("salon-lotte", retell_webhook=["new", "old"])
    assert await status(ingress, "retell/salon-lotte", "old") == 204
    assert await status(ingress, "retell/salon-lotte", "new") == 204

    await describe("salon-lotte", retell_webhook=["new"])
    assert await status(ingress, "retell/salon-lotte", "old") == 401
    assert await status(ingress, "retell/salon-lotte", "new") == 204


async def test_secrets_stand_in_while_the_database_does_not_answer(
    serve: Serve, describe: Describe, owner: asyncpg.Connection
) -> None:
    ingress = await serve(limits=FORGETFUL)
    await describe("salon-lotte", retell_webhook=["key of lotte"])
    assert await status(ingress, "retell/salon-lotte", "key of lotte") == 204

    async with owner.transaction():
        await owner.execute("LOCK TABLE tenants")
        assert await status(ingress, "retell/salon-lotte", "key of lotte") == 204
        assert await status(ingress, "retell/salon-lotte", "key of another") == 401
        assert await status(ingress, "retell/praxis-jan", "key of lotte") == 503


async def test_a_tenant_that_is_taken_away_is_not_found_any_more(
    serve: Serve, describe: Describe, owner: asyncpg.Connection
) -> None:
    ingress = await serve(limits=FORGETFUL)
    await describe("salon-lotte", retell_webhook=["key of lotte"])
    assert await status(ingress, "retell/salon-lotte", "key of lotte") == 204

    await owner.execute("DELETE FROM tenants WHERE tenant_id = 'salon-lotte'")

    assert await status(ingress, "retell/salon-lotte", "key of lotte") == 404


async def test_with_the_database_away_and_nothing_remembered_the_sender_comes_again(
    serve: Serve,
) -> None:
    ingress = await serve(postgres_url=unreachable("postgresql"))

    answer = await ingress.post("retell/salon-lotte", CALL_ENDED, by_retell(CALL_ENDED))

    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0


async def test_a_secret_that_does_not_open_is_our_fault_and_not_the_senders(
    ingress: Ingress, describe: Describe, owner: asyncpg.Connection
) -> None:
    await describe("salon-lotte", retell_webhook=["key of lotte"])
    await owner.execute("UPDATE tenant_secrets SET name = 'stripe_webhook'")

    answer = await ingress.post("stripe/salon-lotte", CALL_ENDED, {})

    assert answer.status_code == 503
