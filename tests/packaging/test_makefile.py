"""Makefile and .ci: the commands that README.md promises, and one clear line where they cannot."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest


def make(root: Path, *arguments: str) -> str:
    """What make would do."""
    if (make := shutil.which("make")) is None:
        pytest.skip("make is not on this machine")
    return subprocess.run(
        [make, "--dry-run", *arguments], cwd=root, check=True, capture_output=True, text=True
    ).stdout


@pytest.fixture
def checkout(root: Path, tmp_path: Path) -> Path:
    """A checkout at a path with a space in it, without an environment."""
    checkout = tmp_path / "a checkout"
    shutil.copytree(root / ".ci", checkout / ".ci")
    return checkout


def test_demo_plays_one_day_if_it_is_told_once(root: Path) -> None:
    assert "-m ops demo --once" in make(root, "demo", "ONCE=1")


@pytest.mark.parametrize("told", [(), ("ONCE=",), ("ONCE=0",)])
def test_demo_goes_on_if_it_is_not_told_once(root: Path, told: tuple[str, ...]) -> None:
    assert "--once" not in make(root, "demo", *told)


@pytest.mark.parametrize(
    "check", ["ruff format --check .", "ruff check .", "mypy", "lint-imports", "pytest"]
)
def test_the_test_target_asks_everything(root: Path, check: str) -> None:
    assert check in make(root, "test").replace(".venv/bin/python -m ", "").replace(".venv/bin/", "")


def test_demo_installs_nothing_that_only_tests_need(root: Path) -> None:
    assert "requirements-dev.txt" not in make(root, "--always-make", "demo")


def test_ci_runs_the_checks_and_then_the_demo(root: Path) -> None:
    script = root / ".ci/run"
    lines = script.read_text().splitlines()
    assert os.access(script, os.X_OK)
    assert "set -euo pipefail" in lines
    assert lines[-2:] == ["make test", "make demo ONCE=1"]


def test_an_environment_is_made_at_a_path_with_a_space(checkout: Path) -> None:
    subprocess.run(
        ["/bin/sh", ".ci/venv"],
        cwd=checkout,
        check=True,
        capture_output=True,
        env={**os.environ, "PYTHON": sys.executable},
    )
    made = checkout / ".venv/bin/python"
    asked = subprocess.run(
        [made, "-m", "pip", "--version"], check=True, capture_output=True, text=True
    )
    assert str(checkout) in asked.stdout


def test_a_machine_without_a_python_that_is_new_enough_is_told_so_in_one_line(
    checkout: Path, tmp_path: Path
) -> None:
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "dirname").symlink_to(shutil.which("dirname") or "")
    (programs / "python3").write_text("#!/bin/sh\nexit 1\n")
    (programs / "python3").chmod(0o755)
    refused = subprocess.run(
        ["/bin/sh", ".ci/venv"],
        cwd=checkout,
        check=False,
        capture_output=True,
        text=True,
        env={"PATH": str(programs)},
    )
    assert refused.returncode == 1
    assert refused.stderr.count("\n") == 1
    assert "no Python of 3.11 or later" in refused.stderr
    assert not (checkout / ".venv").exists()


def test_a_machine_where_python_cannot_make_environments_is_told_which_package_it_lacks(
    checkout: Path, tmp_path: Path
) -> None:
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("dirname", "id"):
        (programs / name).symlink_to(shutil.which(name) or "")
    # Debian's Python without the package: it runs, and has no `ensurepip`.
    (programs / "python3").write_text(
        f'#!/bin/sh\ncase "$2" in *ensurepip*) exit 1;; *) exec "{sys.executable}" "$@";; esac\n'
    )
    (programs / "python3").chmod(0o755)
    refused = subprocess.run(
        ["/bin/sh", ".ci/venv"],
        cwd=checkout,
        check=False,
        capture_output=True,
        text=True,
        env={"PATH": str(programs)},
    )
    version = f"python{sys.version_info.major}.{sys.version_info.minor}-venv"
    assert refused.returncode == 1
    assert refused.stderr.count("\n") == 1
    assert f"install the package {version}" in refused.stderr
