"""Both benches with small numbers: they report, and nothing that they post is lost.

How fast anything is depends on the machine, so it is no part of a test.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import psutil
import pytest

ROOT = Path(__file__).parents[3]


def bench(directory: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "ops", "bench", *arguments, "--directory", str(directory)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
        timeout=120,
    )


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """A place that does not exist yet."""
    return tmp_path / "ringbook"


def of(done: subprocess.CompletedProcess[str]) -> Any:
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def nothing_is_left(directory: Path) -> bool:
    running = [each.info["cmdline"] or [] for each in psutil.process_iter(["cmdline"])]
    return not directory.exists() and not any(
        str(directory) in argument for command in running for argument in command
    )


def test_the_ingress_bench_answers_every_request_and_leaves_nothing_behind(directory: Path) -> None:
    found = of(bench(directory, "ingress", "--requests", "200", "--connections", "8", "--json"))

    for name in ("publishing", "without_publishing"):
        assert found[name]["requests"] == 200
        assert found[name]["per_second"] > 0
        assert 0 < found[name]["p50"] <= found[name]["p99"]
        assert len(found[name]["megabytes"]) == 5, "at the start and after each quarter"
    assert found["ratio"] > 0
    assert nothing_is_left(directory)


def test_the_pipeline_bench_sees_every_webhook_take_effect_in_both(directory: Path) -> None:
    arguments = ("--events", "100", "--runs", "1", "--steady-seconds", "1", "--json")
    found = of(bench(directory, "pipeline", *arguments))

    calls = 30 + 30 + 6  # of the warm-up, the burst and the steady part
    assert found["bare"]["rows"] == {"calls": calls}
    ours = found["ringbook"]["rows"]
    assert (ours["calls"], ours["platform_costs"]) == (calls, calls)
    assert (ours["appointments"], ours["notifications"], ours["dead_letters"]) == (0, 0, 0)
    for name in ("bare", "ringbook"):
        assert found[name]["events_per_second"] > 0
        assert 0 < found[name]["p50"] <= found[name]["p99"]
        assert all(cpu >= 0 for cpu in found[name]["cpu"].values())
    assert {"ingress", "workers", "duties", "postgres", "rabbitmq", "redis"} <= set(
        found["ringbook"]["cpu"]
    )
    assert found["speed_ratio"] > 0
    assert found["p99_ratio"] > 0
    assert nothing_is_left(directory)


def test_a_body_that_is_no_webhook_of_a_call_is_refused_in_a_line(
    directory: Path, tmp_path: Path
) -> None:
    (tmp_path / "body").write_text("{}")

    done = bench(directory, "ingress", "--body", str(tmp_path / "body"))

    assert done.returncode == 2
    assert done.stderr == "ringbook: the body is no webhook of a call: it has no call.call_id\n"
    assert nothing_is_left(directory)


def test_a_tenants_file_that_is_not_there_is_refused_in_a_line(directory: Path) -> None:
    done = bench(directory, "pipeline", "--tenants", os.devnull + "/nothing")

    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
