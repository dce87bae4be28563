"""How a provider can let us down.

    ProviderError
    ├── ProviderUnavailable     they did not do it: refused connection, 429
    │   │                       `retry_after` is their own wish, if they had one
    │   └── BreakerOpen         they were not even asked
    ├── ProviderUnanswered      nobody knows whether they did it: time-out, lost answer, 5xx
    └── ProviderRefused         any other no, or a yes we cannot read: a person must look

A no that is part of the business, such as a slot that is taken, is no failure of the
provider: its client translates it into a word of its own (`calcom.SlotTaken`).
"""

from datetime import timedelta


class ProviderError(Exception):
    """A provider did not do what we asked."""

    def __init__(self, provider: str, reason: str) -> None:
        super().__init__(f"{provider}: {reason}")
        self.provider = provider
        self.reason = reason


class ProviderUnavailable(ProviderError):
    """They did nothing; the same request may work later."""

    def __init__(self, provider: str, reason: str, *, retry_after: timedelta | None = None) -> None:
        super().__init__(provider, reason)
        self.retry_after = retry_after


class BreakerOpen(ProviderUnavailable):
    """They failed again and again, and are not asked for a while."""

    def __init__(self, provider: str, *, retry_after: timedelta) -> None:
        super().__init__(provider, "breaker open", retry_after=retry_after)


class ProviderUnanswered(ProviderError):
    """They may have done it: look before it is asked again."""


class ProviderRefused(ProviderError):
    """They understood, and said no. `body` is theirs and may name people: it is not logged."""

    def __init__(self, provider: str, status: int, body: str) -> None:
        super().__init__(provider, f"status {status}")
        self.status = status
        self.body = body
