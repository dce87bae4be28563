"""The body of an edit: from a file, from standard input, or from the operator's own editor."""

import os
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Final, TypeVar

import typer

from ops.dead_letters.plain import pretty
from ops.refused import Refused

STDIN: Final = "-"

T = TypeVar("T")


def read_body(file: str) -> bytes:
    """What stands in a file, or comes over standard input; raises Refused."""
    if file == STDIN:
        return sys.stdin.buffer.read()
    try:
        return Path(file).read_bytes()
    except OSError as error:
        raise Refused(f"{file}: {error.strerror}") from error


def written(body: bytes, accept: Callable[[bytes], T]) -> T:
    """What the operator makes of a body, once it is accepted; raises Refused if she gives up.

    The file is hers alone, because the body may be about a person, and is gone at the end.
    """
    if not sys.stdin.isatty():
        raise Refused("no terminal for an editor: give the new body with --body FILE, or --body -")
    with NamedTemporaryFile(prefix="ringbook-", suffix=".json") as file:
        path = Path(file.name)
        path.write_bytes(pretty(body).encode(errors="surrogatepass"))
        while True:
            _open_editor(path)
            try:
                return accept(path.read_bytes())
            except Refused as error:
                sys.stderr.writelines(f"{line}\n" for line in error.reasons)
                if not typer.confirm("Open the editor again?", default=True, err=True):
                    raise Refused("nothing was changed") from error


def _open_editor(path: Path) -> None:
    editor = os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi"
    try:
        subprocess.run([*shlex.split(editor), str(path)], check=True)  # noqa: S603 -- it is the operator's own
    except (OSError, ValueError, subprocess.CalledProcessError) as error:
        raise Refused(f"the editor {editor} did not end well: nothing was changed") from error
