"""Nothing lost, nothing twice: the whole system under load, hurt in every way we know.

`make faults` runs the short form, `make faults LONG=1` at least 200 faults. Both print a table.
"""

import os
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import pytest

from messages import crash_points
from tests.faults.campaign import Campaign
from tests.faults.injuries import databases, messages, processes, providers, rabbitmq
from tests.faults.injuries.fault import Fault
from tests.faults.report import table, wrong
from tests.faults.system import System, hurtable
from tests.seeds import seed

LONG = os.environ.get("LONG", "0") not in ("", "0")
ONLY = os.environ.get("ONLY", "")  # a part of the names of faults, to look at some alone
AT_LEAST = 200  # faults in the long form
BATCH = 12  # faults between two judgements
KNOWN = (
    *processes.FAULTS,
    *rabbitmq.FAULTS,
    *databases.FAULTS,
    *providers.FAULTS,
    *messages.FAULTS,
)


@pytest.fixture
async def system() -> AsyncIterator[System]:
    with TemporaryDirectory(prefix="ringbook-faults-", ignore_cleanup_errors=True) as directory:
        Path(directory).chmod(0o711)  # noqa: ASYNC240 -- nobody waits for us yet
        async with hurtable(Path(directory)) as system:
            yield system


def planned(chance: Random) -> list[Fault]:
    """The short form: what belongs there, once each. The long form: everything, many times."""
    if ONLY:
        return [fault for fault in KNOWN if ONLY in fault.name]
    if not LONG:
        brief = [fault for fault in KNOWN if fault.brief]
        chance.shuffle(brief)
        return [*brief, messages.FEWER]
    many = [fault for fault in KNOWN for _ in range(fault.often)]
    while len(many) < AT_LEAST:
        many += [fault for fault in KNOWN for _ in range(fault.often)]
    chance.shuffle(many)
    return [*many, messages.MANY]


async def test_nothing_is_lost_and_nothing_is_twice_whatever_fails(
    system: System, capsys: pytest.CaptureFixture[str]
) -> None:
    number = seed()
    campaign = Campaign(system, seed=number, say=_said_at_once(capsys))
    await campaign.run(planned(Random(number)), batch=BATCH)
    _said_at_once(capsys)("\n".join(("", table(campaign), *wrong(campaign))))
    assert list(wrong(campaign)) == []


def test_every_crash_point_is_struck() -> None:
    struck = {fault.name.removeprefix("dies at: ") for fault in processes.FAULTS}
    assert set(crash_points.ALL) - struck == processes.ELSEWHERE


def _said_at_once(capsys: pytest.CaptureFixture[str]) -> Callable[[str], None]:
    def say(line: str) -> None:
        with capsys.disabled():
            print(line, flush=True)  # noqa: T201 -- for whoever waits

    return say
