"""One way to ask a provider for something, and three ways to be let down."""

import time
from collections.abc import Mapping
from datetime import timedelta
from http import HTTPStatus
from typing import Any, Final, TypeVar

import httpx
from pydantic import BaseModel, ValidationError

from ops import metrics
from workers.clients.breakers import Breakers, Outcome
from workers.clients.errors import ProviderRefused, ProviderUnanswered, ProviderUnavailable

Parsed = TypeVar("Parsed", bound=BaseModel)

TIMEOUT: Final = 10.0  # seconds; a provider that needs longer by nature says so with its request

# Nothing left this machine: whatever was asked, nobody has begun to do it. That all our own
# connections are in use (PoolTimeout) says nothing of the provider.
_NEVER_SENT: Final = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


async def ask(
    http: httpx.AsyncClient,
    breakers: Breakers,
    method: str,
    url: str,
    *,
    account: str = "",
    timeout: float = TIMEOUT,  # noqa: ASYNC109 -- httpx measures each phase by itself
    **request: Any,
) -> httpx.Response:
    """Send one request; return the answer if it is a 2xx, raise one of ProviderError if not.

    `account` is the key that is asked with, where there are several. What fails again and again is
    not asked for a while: any answer below 500 is a success in this, and no answer a failure.
    """
    provider = breakers.provider
    with breakers.guarding(account) as outcome:
        answer = await _sent(http, provider, method, url, outcome, timeout=timeout, **request)
    if answer.status_code == HTTPStatus.TOO_MANY_REQUESTS:
        raise ProviderUnavailable(provider, "status 429", retry_after=_asked_delay(answer.headers))
    if answer.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
        raise ProviderUnanswered(provider, f"status {answer.status_code}")
    if not answer.is_success:
        raise ProviderRefused(provider, answer.status_code, answer.text)
    return answer


async def _sent(
    http: httpx.AsyncClient, provider: str, method: str, url: str, outcome: Outcome, **request: Any
) -> httpx.Response:
    """The answer, whatever it is; its time is noted, and whether it was one."""
    begun, said = time.perf_counter(), "unanswered"
    try:
        answer = await http.request(method, url, **request)
    except _NEVER_SENT as error:
        said = "unavailable"
        outcome.fine = None if isinstance(error, httpx.PoolTimeout) else False
        raise ProviderUnavailable(provider, type(error).__name__) from error
    except httpx.HTTPError as error:
        outcome.fine = False
        raise ProviderUnanswered(provider, type(error).__name__) from error
    else:
        said = str(answer.status_code)
        outcome.fine = answer.status_code < HTTPStatus.INTERNAL_SERVER_ERROR
        return answer
    finally:
        metrics.PROVIDER_SECONDS.labels(provider, said).observe(time.perf_counter() - begun)


def parsed(provider: str, answer: httpx.Response, expect: type[Parsed]) -> Parsed:
    """The body of a 2xx as what we expect it to be. One we cannot read proves nothing."""
    try:
        return expect.model_validate_json(answer.content)
    except ValidationError as error:
        raise ProviderUnanswered(provider, f"unreadable {expect.__name__}") from error


def _asked_delay(headers: Mapping[str, str]) -> timedelta | None:
    """Seconds until they want to hear from us again.

    Cal.com has no Retry-After; its X-RateLimit-Reset-Default counts seconds, too.
    """
    for name, value in headers.items():
        if name.lower() == "retry-after" or name.lower().startswith("x-ratelimit-reset-"):
            return timedelta(seconds=int(value)) if value.isdigit() else None
    return None
