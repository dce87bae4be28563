"""`python -m ops.stack up` keeps the stack up until Ctrl-C; `down` stops it from elsewhere."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from ops.stack import terminal
from ops.stack.unavailable import StackUnavailable

Directory = Annotated[Path, typer.Option(help="Where data, logs and passwords are kept.")]

app = typer.Typer(add_completion=False, help=__doc__)


@app.command()
def up(directory: Directory = terminal.DIRECTORY) -> None:
    """Start the stack and keep it until Ctrl-C."""
    terminal.up(directory)


@app.command()
def down(directory: Directory = terminal.DIRECTORY) -> None:
    """Stop the stack that runs in another terminal."""
    terminal.down(directory)


if __name__ == "__main__":
    try:
        app()
    except StackUnavailable as reason:
        sys.exit(f"ringbook stack: {reason}")
