"""What a command that replays says and asks: the plan, a yes, and how it ended."""

import sys
from collections.abc import Coroutine
from typing import Any, Final, TypeVar

import typer

from ops import processes
from ops.replays import plan as plans
from ops.replays import show
from ops.replays.order import Order
from ops.replays.running import Ended, Selecting, planned, resumed, started
from ops.replays.session import Settings
from ops.settings import DatabaseSettings, read

INTERRUPTED: Final = 130  # the exit code after Ctrl-C
CANCELLED: Final = 1  # and that of a run that an operator cancelled

T = TypeVar("T")


def plan(selecting: Selecting, *, as_json: bool) -> None:
    """Show what would be sent."""
    _, found = _until_told(planned(read(DatabaseSettings), selecting))
    _show_plan(found, as_json=as_json)
    if not as_json:
        sys.stdout.write("nothing was sent\n")


def replay(selecting: Selecting, order: Order, *, yes: bool, as_json: bool) -> None:
    """Show what will be sent, freeze it, and send it."""
    settings = read(Settings)
    selection, found = _until_told(planned(settings, selecting))
    if not as_json:
        _show_plan(found, as_json=False)
    if not yes and sys.stdin.isatty():
        typer.confirm(f"send them as {order.name}?", abort=True)
    _report(_until_told(started(settings, selection, order)), as_json=as_json)


def resume(name: str, *, by: str, as_json: bool) -> None:
    """Send what is left of a replay."""
    _report(_until_told(resumed(read(Settings), name, by=by)), as_json=as_json)


def _show_plan(found: plans.Plan, *, as_json: bool) -> None:
    if as_json:
        sys.stdout.write(show.text_of(plans.as_json(found)))
    else:
        sys.stdout.writelines(f"{line}\n" for line in plans.as_lines(found))
        sys.stdout.flush()


def _report(ended: Ended, *, as_json: bool) -> None:
    said = show.text_of(show.summary_as_json(ended)) if as_json else f"{show.summary(ended)}\n"
    sys.stdout.write(said)
    if ended.replay.cancelled_at:
        raise typer.Exit(CANCELLED)


def _until_told(work: Coroutine[Any, Any, T]) -> T:
    """Run it; Ctrl-C ends the process in order."""
    done = processes.run(work)
    if done is None:
        raise typer.Exit(INTERRUPTED)
    return done
