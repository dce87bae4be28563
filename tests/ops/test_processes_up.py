"""`ringbook up`, as an operator runs it: a process of its own, on real servers."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from ops.processes import PROGRAMS, ROOT
from ops.stack import kept
from storage.secrets import new_key
from tests.waiting import eventually


@pytest.fixture
def environment(database: str, rabbitmq_url: str, redis_url: str, tmp_path: Path) -> dict[str, str]:
    """Everything that `up` needs; the servers are given, so that none is started."""
    return {
        "PATH": os.environ["PATH"],
        "RINGBOOK_POSTGRES_URL": database,
        "RINGBOOK_RABBITMQ_URL": rabbitmq_url,
        "RINGBOOK_REDIS_URL": redis_url,
        "RINGBOOK_MASTER_KEYS": new_key(),
        "RINGBOOK_RETELL_WEBHOOK_KEYS": "key",
        "RINGBOOK_TWILIO_ACCOUNT_SID": "AC0",
        "RINGBOOK_TWILIO_AUTH_TOKEN": "token",
        "RINGBOOK_SENDGRID_API_KEY": "key",
        "RINGBOOK_EMAIL_SENDER": "bookings@ringbook.example",
        "RINGBOOK_OPERATOR_EMAIL": "operator@ringbook.example",
        **{each.host_setting: "127.0.0.1" for each in PROGRAMS},
        **{each.port_setting: str(kept.port(tmp_path / each.name)) for each in PROGRAMS},
    }


@pytest.fixture
def up(environment: dict[str, str], tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    with (tmp_path / "said").open("wb") as said:
        process = subprocess.Popen(
            [sys.executable, "-m", "ops", "up", "--directory", str(tmp_path / "stack")],
            cwd=ROOT, env=environment, stderr=said, stdout=said,
        )  # fmt: skip
    yield process
    process.kill()
    process.wait()


async def test_it_starts_again_what_was_killed_and_leaves_nothing_behind(
    up: subprocess.Popen[bytes], tmp_path: Path
) -> None:
    async def said(words: str) -> bool:
        return words in (tmp_path / "said").read_text()

    await eventually(lambda: said("Ctrl-C stops everything"), within=60)
    children = psutil.Process(up.pid).children(recursive=True)
    ingress = next(each for each in children if "ingress" in each.cmdline())
    ingress.kill()
    await eventually(lambda: said("ingress: runs again"), within=30)

    children = psutil.Process(up.pid).children(recursive=True)
    assert len(children) == len(PROGRAMS)
    up.send_signal(signal.SIGINT)
    assert up.wait(timeout=60) == 0
    assert not any(each.is_running() for each in children)


def test_each_setting_that_is_missing_is_a_line() -> None:
    refused = subprocess.run(
        [sys.executable, "-m", "ops", "up"],
        cwd=ROOT, env={"PATH": os.environ["PATH"]}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert refused.returncode == 2
    lines = refused.stderr.splitlines()
    assert "RINGBOOK_MASTER_KEYS: missing" in lines
    assert all(line.endswith(": missing") for line in lines)
