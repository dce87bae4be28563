"""How a child process is started, ended and reported, with small programs in place of servers."""

import signal
import subprocess
from pathlib import Path

import psutil
import pytest

from ops.stack.process import MARK, Child, end_left_behind
from ops.stack.unavailable import StackUnavailable

PATH = {"PATH": "/usr/bin:/bin"}


async def test_a_child_that_ends_early_is_reported_with_the_end_of_its_log(tmp_path: Path) -> None:
    child = _shell(tmp_path, "echo a reason; exit 3")
    with pytest.raises(StackUnavailable, match=r"Shell ended with code 3; .* a reason$"):
        await child.ready(_never, within=10)


async def test_a_child_that_never_answers_is_given_up(tmp_path: Path) -> None:
    child = _shell(tmp_path, "sleep 100")
    with pytest.raises(StackUnavailable, match="did not answer within 0 s"):
        await child.ready(_never, within=0.2)
    await child.kill()


async def test_a_child_that_ignores_the_signal_is_killed_with_its_children(tmp_path: Path) -> None:
    child = _shell(tmp_path, "trap '' TERM; setsid sleep 100 & echo $!; wait; sleep 100")
    written = tmp_path / "log"

    async def told() -> bool:
        return bool(written.read_text())

    await child.ready(told, within=5)
    grandchild = int(written.read_text())
    await child.stop(within=0.2)
    assert not _is_there(child.pid)
    assert not _is_there(grandchild)


async def test_only_what_an_earlier_stack_of_this_directory_left_is_ended(tmp_path: Path) -> None:
    ours, other = _left_by(tmp_path), _left_by(tmp_path / "other")
    try:
        assert await end_left_behind(tmp_path) == 1
        assert ours.wait(timeout=5) == -signal.SIGTERM
        assert other.poll() is None
    finally:
        other.kill()
        other.wait()


def _shell(tmp_path: Path, script: str) -> Child:
    return Child("Shell", ["sh", "-c", script], log=tmp_path / "log", environment=PATH)


def _left_by(directory: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(["/bin/sleep", "100"], env={MARK: str(directory)})


async def _never() -> bool:
    return False


def _is_there(pid: int) -> bool:
    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
