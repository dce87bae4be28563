"""Whether the promises hold when the day is over, as `ringbook verify` finds out."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from ops.demo.system import System
from ops.processes import INGRESS
from ops.settings import DatabaseSettings
from ops.verify import show
from ops.verify.check import State
from ops.verify.run import Report, Wanted, verified
from storage.verification.question import Scope

WAIT: Final = 15.0  # seconds; everything has settled, so nothing more should come


async def verified_day(system: System) -> Report:
    """Everything that was accepted, as the ingress's own log says, and all that came of it."""
    return await verified(
        DatabaseSettings(postgres_url=system.urls.postgres),
        Wanted(
            scope=Scope(grace=timedelta()),
            accepted=(system.logs / f"{INGRESS.name}.log",),
            wait=WAIT,
        ),
        rabbitmq_url=system.urls.rabbitmq,
    )


def lines(report: Report) -> Iterator[str]:
    """A line for each promise, and the rows of what is broken."""
    checks: dict[str, list[State]] = defaultdict(list)
    for result in report.results:
        checks[result.check.promise].append(result.state)
    for promise, states in sorted(checks.items()):
        holds = "is broken" if State.BROKEN in states else "holds"
        yield f"promise {promise}      {holds}, by {len(states)} checks"
    for result in report.broken:
        yield show.line(result)
        yield from show.rows(result)
