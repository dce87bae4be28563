"""Our own processes as children: real ones, started, killed, started again, stopped."""

import asyncio
import json
import os
import signal
from pathlib import Path

import psutil
import pytest

from ops import processes
from ops.processes import Process
from ops.stack.process import MARK
from ops.stack.unavailable import StackUnavailable
from tests.waiting import eventually


def _simulators(directory: Path) -> Process:
    log = directory / processes.LOGS / "simulators.log"

    async def answers() -> bool:
        return "\n" in log.read_text()

    return Process(
        "simulators",
        ("-m", "ops.simulators"),
        answers=answers,
        directory=directory,
        environment={},
    )


def _running(directory: Path) -> list[psutil.Process]:
    found = []
    for each in psutil.process_iter():
        try:
            if each.environ().get(MARK) == str(directory):
                found.append(each)
        except (psutil.Error, OSError):
            continue
    return found


async def test_a_process_is_ready_when_it_says_so_and_gone_when_the_block_ends(
    tmp_path: Path,
) -> None:
    said: list[str] = []
    simulators = _simulators(tmp_path)
    async with processes.running([simulators], say=said.append):
        assert "calcom" in json.loads(simulators.log.read_text())
        assert len(_running(tmp_path)) == 1
    assert _running(tmp_path) == []
    assert said[0].startswith("simulators: ready after")


async def test_a_process_that_was_killed_is_started_again(tmp_path: Path) -> None:
    said: list[str] = []
    simulators = _simulators(tmp_path)
    async with processes.running([simulators], say=said.append):
        keeping = asyncio.create_task(processes.keep_running(simulators, say=said.append))
        (first,) = _running(tmp_path)
        first.send_signal(signal.SIGKILL)

        async def runs_again() -> bool:
            return "simulators: runs again" in said

        await eventually(runs_again, within=20)
        (second,) = _running(tmp_path)
        assert second.pid != first.pid
        keeping.cancel()
    assert "ended with code -9" in " ".join(said) or "failed with code -9" in " ".join(said)
    assert _running(tmp_path) == []


async def test_a_process_that_cannot_start_is_named_in_one_line_with_its_reason(
    tmp_path: Path,
) -> None:
    ingress = processes.process(processes.INGRESS, directory=tmp_path, environment={})
    with pytest.raises(StackUnavailable) as refused:
        await ingress.start()
    line = str(refused.value)
    assert "\n" not in line
    assert line.startswith("ingress ended with code 2")
    assert "RINGBOOK_MASTER_KEYS: missing" in line
    assert _running(tmp_path) == []


async def test_of_several_processes_none_is_left_when_one_cannot_start(tmp_path: Path) -> None:
    broken = processes.process(processes.WORKERS, directory=tmp_path, environment={})
    with pytest.raises(StackUnavailable, match="workers ended"):
        async with processes.running([_simulators(tmp_path), broken], say=lambda _: None):
            pytest.fail("one of them does not run")
    assert _running(tmp_path) == []


def test_an_address_is_where_the_settings_put_it() -> None:
    assert processes.INGRESS.address({}) == "http://127.0.0.1:8080"
    assert (
        processes.WORKERS.address(
            {"RINGBOOK_WORKERS_HOST": "10.0.0.9", "RINGBOOK_WORKERS_PORT": "9"}
        )
        == "http://10.0.0.9:9"
    )


def test_a_signal_cancels_the_main_task_once() -> None:
    ended: list[str] = []

    async def main() -> None:
        try:
            os.kill(os.getpid(), signal.SIGTERM)
            await asyncio.Event().wait()
        finally:
            os.kill(os.getpid(), signal.SIGTERM)
            await asyncio.sleep(0)
            ended.append("in order")

    assert processes.run(main()) is None
    assert ended == ["in order"]
