"""The breakers in front of providers that answer, fail or are away, over HTTP."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Final

import httpx
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from prometheus_client import REGISTRY

from tests.waiting import eventually
from workers.clients.breaker import OPEN_SECONDS, TRYING_SECONDS
from workers.clients.breakers import Breakers
from workers.clients.errors import (
    BreakerOpen,
    ProviderError,
    ProviderRefused,
    ProviderUnanswered,
    ProviderUnavailable,
)
from workers.clients.http import ask

KEY: Final = "cal_live_0123456789"


@dataclass
class Provider:
    """Answers with one status, or never, and counts who asks."""

    status: int = 200
    asked: int = 0
    silent: asyncio.Event | None = None

    async def answer(self, _: web.Request) -> web.Response:
        self.asked += 1
        if self.silent:
            await self.silent.wait()
        return web.Response(status=self.status)

    async def was_asked(self, times: int) -> None:
        async def asked() -> bool:
            return self.asked == times

        await eventually(asked)


class Client:
    """Asks that provider; its clock stands still until it is told."""

    def __init__(self, http: httpx.AsyncClient, url: str) -> None:
        self.now = 0.0
        self.url = url
        self.http = http
        self.breakers = Breakers("calcom", now=lambda: self.now, chance=lambda: 0.0)

    async def ask(self, account: str = KEY, *, timeout: float = 5) -> None:  # noqa: ASYNC109
        await ask(self.http, self.breakers, "GET", self.url, account=account, timeout=timeout)

    async def fail(self, *accounts: str) -> None:
        for account in accounts:
            with pytest.raises(ProviderError):
                await self.ask(account)


@pytest.fixture
def provider() -> Provider:
    return Provider()


@pytest.fixture
async def client(provider: Provider) -> AsyncIterator[Client]:
    app = web.Application()
    app.router.add_get("/", provider.answer)
    async with TestServer(app) as server, httpx.AsyncClient() as http:
        yield Client(http, str(server.make_url("/")))
        if provider.silent:
            provider.silent.set()


async def test_who_failed_three_times_is_not_asked_for_a_minute(
    client: Client, provider: Provider
) -> None:
    provider.status = 503
    await client.fail(KEY, KEY, KEY)

    with pytest.raises(BreakerOpen) as refused:
        await client.ask()

    assert provider.asked == 3
    assert refused.value.retry_after is not None
    assert refused.value.retry_after.total_seconds() == OPEN_SECONDS
    assert REGISTRY.get_sample_value("ringbook_breaker_open", {"provider": "calcom"}) == 1


async def test_an_answer_to_the_one_that_tries_lets_everybody_through(
    client: Client, provider: Provider
) -> None:
    provider.status = 503
    await client.fail(KEY, KEY, KEY)
    client.now, provider.status = OPEN_SECONDS, 200

    await client.ask()
    await asyncio.gather(*(client.ask() for _ in range(5)))

    assert provider.asked == 9
    assert client.breakers.facts() == []


async def test_one_alone_tries(client: Client, provider: Provider) -> None:
    provider.status = 503
    await client.fail(KEY, KEY, KEY)
    client.now, provider.status, provider.silent = OPEN_SECONDS, 200, asyncio.Event()

    trying = asyncio.create_task(client.ask())
    await provider.was_asked(4)
    with pytest.raises(BreakerOpen) as refused:
        await client.ask()
    provider.silent.set()
    await trying

    assert refused.value.retry_after is not None
    assert refused.value.retry_after.total_seconds() == TRYING_SECONDS
    await client.ask()


async def test_one_that_tried_and_was_cut_off_leaves_it_to_another(
    client: Client, provider: Provider
) -> None:
    provider.status = 503
    await client.fail(KEY, KEY, KEY)
    client.now, provider.status, provider.silent = OPEN_SECONDS, 200, asyncio.Event()
    trying = asyncio.create_task(client.ask())
    await provider.was_asked(4)
    trying.cancel()
    await asyncio.wait({trying})
    provider.silent.set()

    await client.ask()


@pytest.mark.parametrize(
    ("status", "error"),
    [(401, ProviderRefused), (400, ProviderRefused), (429, ProviderUnavailable)],
)
async def test_a_no_is_an_answer(
    client: Client, provider: Provider, status: int, error: type[ProviderError]
) -> None:
    """A tenant's wrong key, a bad request and a rate limit say that the provider is there."""
    provider.status = 503
    await client.fail(KEY, KEY)
    provider.status = status
    for _ in range(10):
        with pytest.raises(error):
            await client.ask()
    provider.status = 503
    await client.fail(KEY, KEY)

    assert provider.asked == 14


async def test_silence_is_a_failure(client: Client, provider: Provider) -> None:
    provider.silent = asyncio.Event()
    for _ in range(3):
        with pytest.raises(ProviderUnanswered):
            await client.ask(timeout=0.05)

    with pytest.raises(BreakerOpen):
        await client.ask()


async def test_an_address_where_nobody_listens_is_a_failure() -> None:
    async with httpx.AsyncClient() as http:
        client = Client(http, "http://127.0.0.1:1/")
        await client.fail(KEY, KEY, KEY)
        with pytest.raises(BreakerOpen):
            await client.ask()


async def test_that_our_own_connections_are_all_in_use_says_nothing_of_the_provider(
    client: Client, provider: Provider
) -> None:
    provider.silent = asyncio.Event()
    narrow = httpx.AsyncClient(limits=httpx.Limits(max_connections=1), timeout=5)
    async with narrow as client.http:
        first = asyncio.create_task(client.ask())
        await provider.was_asked(1)
        for _ in range(5):
            with pytest.raises(ProviderUnavailable) as refused:
                await client.ask(timeout=0.05)
            assert refused.value.reason == "PoolTimeout"
        provider.silent.set()
        await first


async def test_an_account_that_always_fails_closes_the_provider_to_nobody_else(
    client: Client, provider: Provider
) -> None:
    provider.status = 500
    await client.fail(*["unlucky"] * 10)
    provider.status = 200

    await client.ask("another")

    assert provider.asked == 4


async def test_a_provider_that_fails_three_accounts_in_a_row_is_away_for_all(
    client: Client, provider: Provider
) -> None:
    provider.status = 500
    await client.fail("a", "b", "c")

    await client.fail("d", "e", "f")

    assert provider.asked == 3
    [facts] = client.breakers.facts()
    assert facts == {
        "provider": "calcom",
        "account": "all",
        "state": "open",
        "seconds": OPEN_SECONDS,
    }


async def test_no_key_can_be_read_from_what_is_told(client: Client, provider: Provider) -> None:
    provider.status = 500
    await client.fail(KEY, KEY, KEY)

    assert KEY not in str(client.breakers.facts())
    assert KEY not in str(vars(client.breakers))
