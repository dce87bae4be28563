"""Where a demo keeps its servers: a directory of its own, emptied before each run."""

import shutil
from pathlib import Path
from typing import Final

from ops.stack import lock
from ops.stack.process import end_left_behind
from ops.stack.unavailable import StackUnavailable

OURS: Final = "ringbook-demo"  # the file that says that a directory may be emptied


async def emptied(directory: Path) -> None:
    """Leave nothing of an earlier run; raises StackUnavailable if the directory is not a demo's."""
    _refuse_strange(directory)
    await end_left_behind(directory)
    _empty(directory)


def _refuse_strange(directory: Path) -> None:
    if (running := lock.holder(directory)) is not None:
        raise StackUnavailable(f"a demo runs in {directory} already (process {running})")
    if directory.exists() and any(directory.iterdir()) and not (directory / OURS).exists():
        raise StackUnavailable(f"{directory} is not empty and not a demo's: name another")


def _empty(directory: Path) -> None:
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(mode=0o711, parents=True)
    (directory / OURS).touch()
