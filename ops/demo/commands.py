"""`ringbook demo`: a salon's day on a private stack with simulated providers."""

import sys
from importlib import import_module
from pathlib import Path
from typing import Annotated, Final

import typer

DIRECTORY: Final = Path(".ringbook/demo")
SEED: Final = 2026
INTERRUPTED: Final = 130  # as shells say it of Ctrl-C

app = typer.Typer(help=__doc__)


@app.command()
def demo(
    *,
    once: Annotated[
        bool, typer.Option("--once", help="Play one day, check what came of it, and end.")
    ] = False,
    directory: Annotated[
        Path, typer.Option(help="Where its servers live. It is emptied first.")
    ] = DIRECTORY,
    seed: Annotated[int, typer.Option(help="Which webhooks are repeated and shuffled.")] = SEED,
) -> None:
    """Start everything, privately, and play a salon's day: calls, bookings, costs, messages.

    With --once the exit code is 0 only if everything came out as it must.
    """
    sys.stdout.write("Ringbook: a demonstration, with servers and providers of its own\n")
    sys.stdout.flush()
    left = import_module("ops.demo.run").run(directory, once=once, seed=seed)  # a second's work
    if left is None:
        raise typer.Exit(INTERRUPTED if once else 0)
    raise typer.Exit(1 if left else 0)
