"""How far a replay has come: a bar on a terminal, else a line every few seconds."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, Protocol

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from storage.replay_items import Progress as Come

EVERY: Final = 5.0  # seconds between two lines


class Shown(Protocol):
    """Where it is shown."""

    def come(self, come: Come) -> None:
        """So far it has come."""

    def say(self, line: str) -> None:
        """Something that must be read."""

    def wait(self, why: str | None) -> None:
        """It stands still, for this reason; None if it goes on."""


@contextmanager
def shown(console: Console, name: str) -> Iterator[Shown]:
    """Show it for as long as the block runs."""
    if not console.is_terminal:
        yield _Lines(console)
        return
    columns = (TextColumn(name), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(),
               TextColumn("{task.fields[note]}"))  # fmt: skip
    with Progress(*columns, console=console, transient=True) as bar:
        yield _Bar(bar)


def line_of(come: Come) -> str:
    """The state in a line."""
    left_out = f"{come.ended:,} skipped (ended since it was frozen), {come.no_queue:,} failed"
    return f"{come.sent:,} of {come.items:,} sent, {left_out}"


class _Bar:
    def __init__(self, bar: Progress) -> None:
        self._bar = bar
        self._task = bar.add_task("", total=None, note="")

    def come(self, come: Come) -> None:
        self._bar.update(self._task, total=come.items, completed=come.items - come.left)

    def say(self, line: str) -> None:
        self._bar.console.print(line, highlight=False)

    def wait(self, why: str | None) -> None:
        self._bar.update(self._task, note=why or "")


class _Lines:
    def __init__(self, console: Console) -> None:
        self._console = console
        self._said = time.monotonic()
        self._why: str | None = None

    def come(self, come: Come) -> None:
        if time.monotonic() - self._said >= EVERY:
            self._said = time.monotonic()
            self.say(line_of(come))

    def say(self, line: str) -> None:
        self._console.print(line, highlight=False, soft_wrap=True)

    def wait(self, why: str | None) -> None:
        if why and why != self._why:
            self.say(f"waiting: {why}")
        self._why = why
