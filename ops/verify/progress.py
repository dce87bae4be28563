"""The checks as they are answered: a line each, and a bar beneath them on a terminal."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from ops.verify import show
from ops.verify.check import Result
from ops.verify.run import Tell


@contextmanager
def shown(checks: int) -> Iterator[Tell]:
    """Show each answer as soon as it is final, for as long as the block runs."""
    console = Console()
    if not console.is_terminal:
        yield _say
        return
    columns = (TextColumn("verifying"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("", total=checks)

        def tell(result: Result) -> None:
            line = show.line(result)
            bar.console.print(line, markup=False, highlight=False, soft_wrap=True)
            bar.advance(task)

        yield tell


def _say(result: Result) -> None:
    sys.stdout.write(f"{show.line(result)}\n")
    sys.stdout.flush()
