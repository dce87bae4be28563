"""A directory that PostgreSQL may enter, and what of a stack in it is still running."""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest


@pytest.fixture(scope="module")
def directory() -> Iterator[Path]:
    made = Path(tempfile.mkdtemp(prefix="ringbook-test-stack-"))
    made.chmod(0o711)  # pytest's own directories are closed to the account postgres
    yield made / "our stack"
    shutil.rmtree(made)


@pytest.fixture(scope="module")
def still_running(directory: Path) -> Callable[[], list[str]]:
    """The processes whose command line or environment names the directory."""

    def look() -> list[str]:
        return [f"{each.pid} {each.name()}" for each in psutil.process_iter() if _names(each)]

    def _names(process: psutil.Process) -> bool:
        try:
            told = [*process.cmdline(), *process.environ().values()]
        except (psutil.Error, OSError):
            return False
        return any(str(directory) in word for word in told)

    return look
