"""The breakers of one provider in this process: one of each account, one of the provider itself.

An account is known by the hash of its key. Three failures of one account in a row close the
provider to that account, failures of three accounts in a row close it to all: a tenant whose
calendar always fails is alone with that. Each process finds out for itself; that costs a
provider that is away three requests a process, and one a minute.
"""

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from hashlib import sha256
from itertools import count
from typing import Any

import structlog

from ops import metrics
from workers.clients.breaker import Breaker
from workers.clients.errors import BreakerOpen

log = structlog.get_logger()

ALL = ""  # the account that stands for the provider itself


class Outcome:
    """How a request ended, as far as it says something of the provider; None says nothing."""

    __slots__ = ("fine",)

    def __init__(self) -> None:
        self.fine: bool | None = None


class Breakers:
    """Guards one provider."""

    def __init__(
        self,
        provider: str,
        *,
        now: Callable[[], float] = time.monotonic,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self.provider = provider
        self._now = now
        self._chance = chance
        self._breakers: dict[str, Breaker] = {}  # those that have something to remember
        self._each = count()
        metrics.BREAKER_OPEN.labels(provider).set_function(self.open)

    def open(self) -> float:
        """How many let nobody through now."""
        now = self._now()
        return float(sum(breaker.is_open(now) for breaker in self._breakers.values()))

    @contextmanager
    def guarding(self, key: str) -> Iterator[Outcome]:
        """Let a request with this key through, or raise BreakerOpen; set its outcome inside."""
        account = _hash(key)
        trying = self._let_through(account)
        outcome = Outcome()
        try:
            yield outcome
        finally:
            if outcome.fine is None:
                for breaker in trying:
                    breaker.given_up()
            elif outcome.fine:
                self._succeeded(account)
            else:
                self._failed(ALL, cause=account)
                self._failed(account, cause=next(self._each))

    def facts(self) -> list[dict[str, Any]]:
        """Those that are not closed, for people."""
        now = self._now()
        return [
            {
                "provider": self.provider,
                "account": account or "all",
                "state": "open" if breaker.is_open(now) else "half-open",
                "seconds": round(max(0.0, (breaker.open_until or now) - now), 1),
            }
            for account, breaker in self._breakers.items()
            if not breaker.is_closed
        ]

    def _let_through(self, account: str) -> list[Breaker]:
        """Those of its breakers which the request tries."""
        now = self._now()
        both = [self._breakers[each] for each in (ALL, account) if each in self._breakers]
        wait = max((breaker.seconds_to_wait(now) for breaker in both), default=0.0)
        if wait > 0:
            raise BreakerOpen(self.provider, retry_after=timedelta(seconds=wait))
        return [breaker for breaker in both if breaker.let_through()]

    def _succeeded(self, account: str) -> None:
        for each in (ALL, account):
            if breaker := self._breakers.pop(each, None):
                self._tell(each, was_closed=breaker.is_closed, closed=True)

    def _failed(self, account: str, *, cause: object) -> None:
        breaker = self._breakers.setdefault(account, Breaker())
        was_closed = breaker.is_closed
        breaker.failed(self._now(), cause=cause, chance=self._chance())
        self._tell(account, was_closed=was_closed, closed=breaker.is_closed)

    def _tell(self, account: str, *, was_closed: bool, closed: bool) -> None:
        if was_closed != closed:
            event = "breaker.closed" if closed else "breaker.opened"
            log.warning(event, provider=self.provider, account=account or "all")


def _hash(key: str) -> str:
    """Enough of it to tell accounts apart; a key cannot be found from it."""
    return sha256(key.encode()).hexdigest()[:12]
