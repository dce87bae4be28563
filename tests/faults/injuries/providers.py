"""Providers that we ask are slow, say no, do the work and do not say so."""

import asyncio
from random import Random
from typing import Any, Final

from tests.faults.injuries.fault import Fault, Strike
from tests.faults.looking import Effect
from tests.faults.system import System

BOOKINGS: Final = {"method": "POST", "path": "/v2/bookings"}
TEXTS: Final = {"method": "POST", "path": "*Messages.json"}
READS: Final = {"method": "GET"}
STRUCK: Final = 300.0  # seconds; a breaker lets few requests through


def failing(*plan: tuple[str, dict[str, Any]]) -> Strike:
    """Let the next requests to providers fail, and return when all of them have."""

    async def strike(system: System, _chance: Random) -> None:
        for provider, fault in plan:
            await system.tell(provider, "faults", fault)
        async with asyncio.timeout(STRUCK):
            for provider, _ in plan:
                while (await system.state(provider))["faults"]:  # noqa: ASYNC110 -- another process
                    await asyncio.sleep(0.1)

    return strike


def _both(**fault: Any) -> Strike:
    return failing(("calcom", {**BOOKINGS, **fault}), ("twilio", {**TEXTS, **fault}))


FAULTS: Final = (
    Fault(
        "providers: the work is done, the link is cut",
        _both(after=True, close=True, times=2),
        shows_in=Effect.TEXTS,
    ),
    Fault(
        "providers: the work is done, the answer a 500",
        _both(after=True, status=500, times=2),
        shows_in=Effect.TEXTS,
    ),
    Fault(
        "providers: 429 without a delay",
        _both(status=429, times=3),
        brief=False,
        shows_in=Effect.TEXTS,
    ),
    Fault(
        "providers: 429 with a delay",
        _both(status=429, headers={"Retry-After": "2"}, times=3),
        brief=False,
        shows_in=Effect.TEXTS,
    ),
    Fault(
        "providers: a burst of 500", _both(status=500, times=4), brief=False, shows_in=Effect.TEXTS
    ),
    Fault(
        "providers: reset before the work",
        _both(close=True, times=3),
        brief=False,
        shows_in=Effect.TEXTS,
    ),
    Fault(
        "providers: half an answer",
        _both(after=True, status=200, body='{"status": "succ', times=2),
        brief=False,
        shows_in=Effect.TEXTS,
    ),
    Fault(
        "providers: slow",
        failing(
            ("calcom", {**READS, "path": "*", "delay_seconds": 3, "times": 4}),
            ("twilio", {**TEXTS, "delay_seconds": 3, "times": 4}),
        ),
        brief=False,
        shows_in=Effect.TEXTS,
    ),
)
