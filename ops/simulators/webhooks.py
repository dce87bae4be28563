"""Webhooks on their way to us: posted once, or repeated and shuffled as networks do."""

import asyncio
import json
import ssl
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from random import Random
from typing import Any, Final

import httpx

PATIENCE_SECONDS: Final = 30


@dataclass(frozen=True)
class Webhook:
    """A request that is ready to be sent, signature included."""

    url: str
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


def stringified(value: Any) -> bytes:
    """JSON as Node writes it: compact, raw UTF-8, no `.0` behind a whole number."""
    return json.dumps(_whole(value), ensure_ascii=False, separators=(",", ":")).encode()


async def post(
    url: str, body: bytes, headers: Mapping[str, str], *, http: httpx.AsyncClient | None = None
) -> int:
    """Send one request and return the status of the answer."""
    if http is None:
        async with client() as own:
            return await post(url, body, headers, http=own)
    answer = await http.post(
        url, content=body, headers={"Content-Type": "application/json", **headers}
    )
    return answer.status_code


async def send(webhook: Webhook, *, http: httpx.AsyncClient | None = None) -> int:
    """Send one webhook and return the status of the answer."""
    return await post(webhook.url, webhook.body, webhook.headers, http=http)


def repeated(
    webhooks: Iterable[Webhook], *, seed: int, duplicates: float = 0.1, shuffle: bool = True
) -> list[Webhook]:
    """The same webhooks, each repeated with the given probability, in a shuffled order."""
    chance = Random(seed)  # noqa: S311 -- a repeatable order, no secret
    once = list(webhooks)
    many = once + [webhook for webhook in once if chance.random() < duplicates]
    if shuffle:
        chance.shuffle(many)
    return many


async def deliver(
    webhooks: Iterable[Webhook],
    *,
    seed: int,
    duplicates: float = 0.1,
    shuffle: bool = True,
    at_once: int = 1,
) -> list[int]:
    """Send webhooks repeated and shuffled, so many at once; return the statuses of the answers."""
    turns = asyncio.Semaphore(at_once)
    async with client() as http:

        async def one(webhook: Webhook) -> int:
            async with turns:
                return await send(webhook, http=http)

        planned = repeated(webhooks, seed=seed, duplicates=duplicates, shuffle=shuffle)
        return await asyncio.gather(*(one(webhook) for webhook in planned))


def client() -> httpx.AsyncClient:
    """An HTTP client that reads no proxy from the environment: what we send to is near."""
    return httpx.AsyncClient(verify=_tls(), timeout=PATIENCE_SECONDS, trust_env=False)


@cache
def _tls() -> ssl.SSLContext:
    return ssl.create_default_context()  # loading the certificates takes longer than a request


def _whole(value: Any) -> Any:
    match value:
        case dict():
            return {key: _whole(inner) for key, inner in value.items()}
        case list() | tuple():
            return [_whole(inner) for inner in value]
        case float() if value.is_integer():
            return int(value)
        case _:
            return value
