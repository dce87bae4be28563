"""One stack at a time in one directory: a lock that names its holder and ends with its process."""

import fcntl
import os
from pathlib import Path

from ops.stack.unavailable import StackUnavailable


class Lock:
    """The lock of one directory."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._held: int | None = None

    def take(self) -> None:
        """Take it, or raise StackUnavailable with the holder's process id."""
        descriptor = os.open(_file(self._directory), os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            raise StackUnavailable(
                f"a stack runs in {self._directory} already (process {holder(self._directory)}):"
                f" use its addresses, stop it or choose another directory"
            ) from None
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, str(os.getpid()).encode(), 0)
        self._held = descriptor

    def release(self) -> None:
        """Let the next one in; twice is as good as once."""
        if self._held is not None:
            os.close(self._held)
            self._held = None


def holder(directory: Path) -> int | None:
    """The process that runs a stack in the directory, or None."""
    try:
        descriptor = os.open(_file(directory), os.O_RDONLY)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return int(os.pread(descriptor, 20, 0) or b"0") or None
    else:
        return None
    finally:
        os.close(descriptor)


def _file(directory: Path) -> Path:
    return directory / "lock"
