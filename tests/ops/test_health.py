"""Health over HTTP, of dependencies that the test lets come and go."""

import asyncio
from collections.abc import Callable
from typing import Any

import asyncpg
import httpx
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from prometheus_client import REGISTRY

from messages.publisher import Publisher
from ops import health
from ops.dependencies import both, postgres, spool_of
from ops.health import Dependency, Health, Section
from ops.pages import HEALTH, add_pages
from ops.stack.stack import Stack
from storage.postgres import Pool, open_pool
from tests.alarms import memory_alarm
from tests.waiting import eventually


class Switch:
    """Something that is there or not."""

    def __init__(self) -> None:
        self.error: Exception | None = None
        self.asked = 0

    async def check(self) -> None:
        self.asked += 1
        if self.error:
            raise self.error


async def page(told: Health, name: str) -> tuple[int, dict[str, Any]]:
    app = web.Application()
    app[HEALTH] = told
    add_pages(app)
    async with TestServer(app) as server, httpx.AsyncClient() as http:
        answer = await http.get(str(server.make_url(f"/health/{name}")))
        return answer.status_code, answer.json()


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is remembered from one question to the next."""
    monkeypatch.setattr(health, "REMEMBERED", 0.0)


async def test_it_is_ok_while_everything_answers() -> None:
    told = Health([Dependency("a", Switch().check), Dependency("b", Switch().check, needed=False)])

    assert await page(told, "ready") == (200, {"ready": True, "a": True})
    status, body = await page(told, "detailed")
    assert (status, body["status"]) == (200, "ok")
    assert body["dependencies"]["b"]["ok"]
    assert body["dependencies"]["b"]["milliseconds"] >= 0


async def test_it_is_degraded_without_what_it_can_do_without() -> None:
    redis = Switch()
    redis.error = ConnectionError("redis://:secret@10.0.0.1")
    told = Health([Dependency("a", Switch().check), Dependency("redis", redis.check, needed=False)])

    assert await page(told, "ready") == (200, {"ready": True, "a": True})
    status, body = await page(told, "detailed")
    assert (status, body["status"]) == (200, "degraded")
    assert body["dependencies"]["redis"]["error"] == "ConnectionError"
    assert "secret" not in str(body)


async def test_it_is_down_without_what_it_needs_and_the_page_answers_all_the_same() -> None:
    broken = Switch()
    broken.error = TimeoutError()
    told = Health([Dependency("a", broken.check), Dependency("b", Switch().check)])

    assert await page(told, "ready") == (503, {"ready": False, "a": False, "b": True})
    status, body = await page(told, "detailed")
    assert (status, body["status"]) == (200, "down")


async def test_a_section_that_is_not_fine_degrades() -> None:
    told = Health([], sections={"breakers": lambda: Section(fine=False, facts=["one is open"])})

    assert (await page(told, "ready"))[0] == 200
    assert await page(told, "detailed") == (
        200,
        {"status": "degraded", "dependencies": {}, "breakers": ["one is open"]},
    )


@pytest.mark.usefixtures("at_once")
async def test_it_tells_since_when_something_is_away() -> None:
    server = Switch()
    told = Health([Dependency("a", server.check)])

    async def since() -> str | None:
        _, body = await page(told, "detailed")
        away_since: str | None = body["dependencies"]["a"].get("away_since")
        return away_since

    assert await since() is None
    server.error = OSError()
    first = await since()
    server.error = TimeoutError()
    assert first is not None
    assert await since() == first
    server.error = None
    assert await since() is None


async def test_what_hangs_is_away_and_holds_nobody_up() -> None:
    told = Health([Dependency("a", asyncio.Event().wait)])

    _, body = await page(told, "detailed")

    assert body["dependencies"]["a"]["error"] == "TimeoutError"


async def test_many_probes_ask_once() -> None:
    server = Switch()
    told = Health([Dependency("a", server.check)])

    await asyncio.gather(*(told.look() for _ in range(20)))

    assert server.asked == 1


async def test_it_looks_although_nobody_asks() -> None:
    server = Switch()
    server.error = OSError()

    def sampled() -> float | None:
        return REGISTRY.get_sample_value("ringbook_dependency_ok", {"dependency": "watched"})

    async with Health([Dependency("watched", server.check)]).watched():

        async def told() -> bool:
            return sampled() == 0

        await eventually(told)
        assert REGISTRY.get_sample_value("ringbook_ready") == 0


async def test_the_servers_answer_a_real_question(pool: Pool, publisher: Publisher) -> None:
    told = Health([*both(pool, publisher), spool_of(pool)])

    assert (await page(told, "ready"))[0] == 200


async def test_an_alarm_of_rabbitmq_is_told(pool: Pool, publisher: Publisher, stack: Stack) -> None:
    told = Health(both(pool, publisher))

    async def blocked() -> bool:
        _, body = await page(told, "detailed")
        error = body["dependencies"]["rabbitmq"].get("error")
        return bool(body["status"] == "down" and error == "BrokerBlocked")

    async with memory_alarm(stack.rabbitmq):
        await eventually(blocked)

    async def ready() -> bool:
        return (await page(told, "ready"))[0] == 200

    await eventually(ready)


@pytest.mark.parametrize("dependency", [postgres, spool_of])
async def test_a_database_that_takes_no_writes_is_not_there(
    database: str, owner: asyncpg.Connection, dependency: Callable[[Pool], Dependency]
) -> None:
    name = await owner.fetchval("SELECT current_database()")
    await owner.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    async with open_pool(database) as pool:
        found = dependency(pool)
        await found.look()

    assert not found.ok
    assert found.facts()["error"] in {"ReadOnly", "ReadOnlySQLTransactionError"}


async def test_a_database_without_the_spool_takes_no_webhooks(
    pool: Pool, owner: asyncpg.Connection
) -> None:
    await owner.execute("DROP TABLE webhook_spool")
    found = spool_of(pool)
    await found.look()

    assert found.facts()["error"] == "UndefinedTableError"


async def test_rehearsing_leaves_nothing_in_the_spool(
    pool: Pool, owner: asyncpg.Connection
) -> None:
    await spool_of(pool).look()

    assert await owner.fetchval("SELECT count(*) FROM webhook_spool") == 0
