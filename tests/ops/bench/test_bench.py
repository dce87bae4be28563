"""The benches with small numbers: they report, and nothing that they post is lost.

How fast anything is depends on the machine, so it is no part of a test.
"""

import json
import os
import re
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
        timeout=240,
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


def test_the_pipeline_bench_sees_every_webhook_take_effect_in_each(directory: Path) -> None:
    arguments = ("--events", "100", "--runs", "1", "--steady-seconds", "1", "--json")
    found = of(bench(directory, "pipeline", *arguments))

    calls = 30 + 30 + 6  # of the warm-up, the burst and the steady part
    assert found["bare"]["rows"] == {"calls": calls}
    for name in ("one_hop", "everything_at_once"):
        ours = found[name]["rows"]
        assert (ours["calls"], ours["platform_costs"]) == (calls, calls)
        assert (ours["appointments"], ours["notifications"], ours["dead_letters"]) == (0, 0, 0)
        assert found[name]["followed_after"] > 0
        assert found["ratios"][name]["speed"] > 0
        assert found["ratios"][name]["p99"] > 0
    for name in ("bare", "one_hop", "everything_at_once"):
        assert found[name]["events_per_second"] > 0
        assert 0 < found[name]["p50"] <= found[name]["p99"]
        assert all(cpu >= 0 for cpu in found[name]["cpu"].values())
    servers = {"postgres", "rabbitmq", "redis"}
    assert set(found["one_hop"]["cpu"]) == {"ingress", "calls"} | servers, "nobody else runs then"
    everybody = {"ingress", "workers", "transcripts", "duties"}
    assert everybody <= set(found["everything_at_once"]["cpu"])
    assert nothing_is_left(directory)


def test_the_fairness_bench_loses_nothing_of_the_flood(directory: Path) -> None:
    arguments = ("--runs", "1", "--seconds", "2", "--flood-per-second", "30", "--json")
    found = of(bench(directory, "fairness", *arguments))

    for name in ("alone", "beside"):
        assert 0 < found[name]["p50"] <= found[name]["p99"]
        assert 0 < found[name]["costed_p50"] <= found[name]["costed_p99"]
    assert 0 < found["flood"]["accepted_per_second"] <= 30
    assert found["ratios"]["p99"] > 0
    assert nothing_is_left(directory)


def test_a_file_with_a_single_tenant_has_nobody_to_flood_another(
    directory: Path, tmp_path: Path
) -> None:
    known = (ROOT / "examples" / "tenants.yaml").read_text()
    first, *_ = re.split(r"(?m)(?<=\n)(?=  - id: )", known)[1:]
    (tmp_path / "tenants.yaml").write_text(f"tenants:\n{first}")

    done = bench(directory, "fairness", "--tenants", str(tmp_path / "tenants.yaml"))

    assert done.returncode == 2
    assert done.stderr == (
        "ringbook: no two tenants of the file have phone numbers: nobody is beside another\n"
    )


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
