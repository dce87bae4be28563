"""When a provider is not asked for a while, because it failed again and again.

                 three failures in a row
    closed ───────────────────────────────▶ open: nobody is let through, for a minute or so
       ▲                                      │   ▲
       │ success                       a minute   │ failure
       │                                      ▼   │
       └───────────────────────────────── half-open: one is let through, to try

It decides and waits for nothing: `now` is seconds of a clock that never goes back, and `chance`,
from 0 to 1, spreads the minute, so that breakers which opened together do not close together.
"""

from dataclasses import dataclass, field
from typing import Final

FAILURES: Final = 3  # in a row
OPEN_SECONDS: Final = 60.0
SPREAD: Final = 0.2  # of that, at the most, on top
TRYING_SECONDS: Final = 5.0  # to those who come while one is trying


@dataclass(slots=True)
class Breaker:
    """One breaker that was closed a moment ago. After a success it is forgotten, for a new one.

    Failures that have the same cause count once: for the breaker of a whole provider the cause is
    the account, so that one account that always fails never closes the provider to the others.
    """

    causes: set[object] = field(default_factory=set)
    open_until: float | None = None
    trying: bool = False

    @property
    def is_closed(self) -> bool:
        """Whether everybody is let through."""
        return self.open_until is None

    def is_open(self, now: float) -> bool:
        """Whether nobody is let through."""
        return self.open_until is not None and now < self.open_until

    def seconds_to_wait(self, now: float) -> float:
        """How long one who asks now has to wait; 0 if it is let through."""
        if self.open_until is None:
            return 0.0
        if self.is_open(now):
            return self.open_until - now
        return TRYING_SECONDS if self.trying else 0.0

    def let_through(self) -> bool:
        """One goes, because it need not wait. Say whether it is the one that tries."""
        self.trying = not self.is_closed
        return self.trying

    def failed(self, now: float, *, cause: object, chance: float) -> None:
        """They did not. What was asked before it opened changes nothing when it fails after."""
        if self.is_open(now):
            return
        self.causes.add(cause)
        if not self.is_closed or len(self.causes) >= FAILURES:
            self.open_until = now + OPEN_SECONDS * (1 + SPREAD * chance)
            self.trying = False

    def given_up(self) -> None:
        """The one that tried has not learnt anything, and another may."""
        self.trying = False
