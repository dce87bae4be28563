"""One run of the demo: start everything, play, show, and say what differs from what must be."""

import time
from collections.abc import Callable
from pathlib import Path

from rich.console import Console

from ops import processes
from ops.demo.observed import observing
from ops.demo.playback import Playback
from ops.demo.promises import lines, verified_day
from ops.demo.show import shown
from ops.demo.summary import summary
from ops.demo.system import System, demonstrated


def run(directory: Path, *, once: bool, seed: int) -> list[str] | None:
    """The differences after one day and the broken promises; None if it was told to stop before."""
    console = Console()
    began = time.monotonic()

    def say(line: str) -> None:
        seconds = time.monotonic() - began
        console.print(f"{seconds:6.1f} s  {line}", markup=False, highlight=False, soft_wrap=True)

    left = processes.run(
        _demo(directory.absolute(), once=once, seed=seed, console=console, say=say)
    )
    say("stopped")
    return left


async def _demo(
    directory: Path, *, once: bool, seed: int, console: Console, say: Callable[[str], None]
) -> list[str]:
    async with demonstrated(directory, say) as system, observing(system) as observer:
        for line in _addresses(system):
            say(line)
        playback = Playback(system, observer, seed=seed)
        say(f"the day begins; seed {seed}" + ("" if once else "; Ctrl-C stops everything"))
        with shown(console) as update:
            if not once:
                await playback.day_after_day(update)
            found, left = await playback.one_day(update)
        say("the day is over")
        report = await verified_day(system)
        for line in [*summary(found, playback.player.sent), *lines(report), *left]:
            console.print(line, markup=False, highlight=False, soft_wrap=True)
        wrong = [*left, *(result.check.name for result in report.broken)]
        say(f"{len(wrong)} differences from what must be" if wrong else "all is as it must be")
        return wrong


def _addresses(system: System) -> list[str]:
    processes_of_ours = {
        "ingress": system.ingress,
        "workers": system.workers,
        "transcripts": system.transcripts,
        "duties": system.duties,
    }
    shown_at = [f"{name}: {at}/metrics" for name, at in processes_of_ours.items()]
    shown_at += [f"{name}: {at}/_simulator/state" for name, at in system.simulators.items()]
    return ["look at", *(f"  {line}" for line in shown_at), f"  logs: {system.logs}"]
