"""requirements*.txt: every package at one version, proven by its hash, from wherever one likes."""

import re
from pathlib import Path
from typing import Final

import pytest

PIN: Final = re.compile(r"^([a-z0-9][a-z0-9._-]*)(?:\[[\w,]+\])?==([^\s;]+)", re.MULTILINE)
BOTH: Final = ("requirements.txt", "requirements-dev.txt")


def pins(file: Path) -> dict[str, str]:
    return dict(PIN.findall(file.read_text()))


@pytest.mark.parametrize("name", BOTH)
def test_every_requirement_is_pinned_and_carries_a_hash(root: Path, name: str) -> None:
    text = re.sub(r"\\\n", "", (root / name).read_text())
    requirements = [
        line for line in text.splitlines() if line and not line.lstrip().startswith("#")
    ]
    assert requirements
    assert [
        line[:60] for line in requirements if not PIN.match(line) or "--hash=sha256:" not in line
    ] == []


@pytest.mark.parametrize("name", BOTH)
def test_no_requirements_file_says_where_packages_come_from(root: Path, name: str) -> None:
    assert not re.search(
        r"://|--(extra-)?index-url|--find-links|--trusted-host", (root / name).read_text()
    )


def test_tests_run_on_the_versions_that_ringbook_runs_on(root: Path) -> None:
    running, testing = (pins(root / name) for name in BOTH)
    assert running.items() <= testing.items()


@pytest.mark.parametrize("name", BOTH)
def test_what_is_asked_for_is_pinned(root: Path, name: str) -> None:
    asked = (root / name).with_suffix(".in").read_text()
    wanted = {
        found.lower().replace("_", "-")
        for found in re.findall(r"^([A-Za-z][\w.-]*)", asked, re.MULTILINE)
    }
    assert wanted <= pins(root / name).keys()
