"""Our own processes die: at any moment, and at every named place between two steps."""

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from random import Random
from typing import Any, Final

from messages import crash_points
from ops.demo.webhooks import Ingress
from tests.faults.injuries.fault import Fault, Strike
from tests.faults.load import id_of, status_of
from tests.faults.system import PROGRAMS, System

PASSED: Final = 40.0  # seconds until somebody must have come by a crash point


def killed(name: str) -> Strike:
    """SIGKILL one of our processes, at a random moment."""

    async def strike(system: System, chance: Random) -> None:
        await asyncio.sleep(chance.random())
        os.kill(system.pid(name), signal.SIGKILL)
        await system.ready()

    return strike


def crashed(point: str, provoke: Callable[[System], Awaitable[None]] | None = None) -> Strike:
    """Let the next process that comes by the point die there."""

    async def strike(system: System, _chance: Random) -> None:
        armed = system.points / point
        armed.touch()
        try:
            if provoke:
                await provoke(system)
            async with asyncio.timeout(PASSED):
                while armed.exists():  # noqa: ASYNC110 -- another process takes it away
                    await asyncio.sleep(0.05)
        finally:
            armed.unlink(missing_ok=True)
        await system.ready()

    return strike


async def poison(system: System) -> None:
    """Post what is signed, and no call: it is accepted, and nobody can handle it."""
    number = datetime.now(UTC).timestamp()
    body = {
        "event": "call_ended",
        "call": {"call_id": f"call_poisoned_{number}", "call_cost": "?"},
    }
    await accepted(system, body)


async def accepted(system: System, body: dict[str, Any]) -> None:
    """Post it until it is accepted; it is expected to die."""
    ingress: Ingress = system.ingress
    while True:
        webhook = ingress.sign(body, None, 0)
        if await status_of(system.http, webhook) == 204:
            system.poisoned.add(id_of(ingress, webhook))
            return
        await asyncio.sleep(0.2)


async def twilio_down(system: System) -> None:
    """Let the next SMS fail."""
    fault = {"method": "POST", "path": "*Messages.json", "status": 503, "times": 2}
    await system.tell("twilio", "faults", fault)


async def rabbitmq_restarted(system: System) -> None:
    """Let webhooks go to the spool, so that the relay has something to bring."""
    await system.stack.rabbitmq.kill()
    await asyncio.sleep(1)
    await system.stack.rabbitmq.start()


async def paused(system: System) -> None:
    """Pause a business, so that its messages are parked."""
    tenant = system.tenants.tenants[0].id
    await system.command("pause", "--tenant", tenant, "--reason", "fault suite")


async def replayed(system: System) -> None:
    """Poison something, and replay it when it is in the archive: it dies again."""
    await poison(system)
    name = f"again-{datetime.now(UTC).timestamp()}"
    await asyncio.sleep(2)
    await system.command(
        "dead-letters", "replay", "--actor", "calls",
        "--name", name, "--reason", "fault suite", "--yes",
    )  # fmt: skip


def _parked_and_resumed() -> Strike:
    crash = crashed(crash_points.PARKED, paused)

    async def strike(system: System, chance: Random) -> None:
        tenant = system.tenants.tenants[0].id
        try:
            await crash(system, chance)
        finally:
            await system.command("resume", "--tenant", tenant, "--reason", "fault suite")

    return strike


PROVOKED: Final[dict[str, Callable[[System], Awaitable[None]]]] = {
    crash_points.RETRY_PLACED: twilio_down,
    crash_points.DEAD_LETTER_PLACED: poison,
    crash_points.ARCHIVED: poison,
    crash_points.RELAYED: rabbitmq_restarted,
}
# The runner of a replay is no process of the system: tests/ops/replays lets it die there.
ELSEWHERE: Final = {crash_points.REPLAYED}
BRIEFLY: Final = {"calls", "ingress", crash_points.ANSWERED, crash_points.DEAD_LETTER_PLACED}

FAULTS: Final = (
    *(
        Fault(
            f"SIGKILL {program.name}", killed(program.name), often=3, brief=program.name in BRIEFLY
        )
        for program in PROGRAMS
    ),
    *(
        Fault(
            f"dies at: {point}",
            _parked_and_resumed()
            if point == crash_points.PARKED
            else crashed(point, PROVOKED.get(point)),
            brief=point in BRIEFLY,
        )
        for point in crash_points.ALL
        if point not in ELSEWHERE
    ),
)
