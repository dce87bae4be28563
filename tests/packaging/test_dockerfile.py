"""Dockerfile: one image for every process, of which nothing is missing and nobody is root."""

import re
from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def dockerfile(root: Path) -> str:
    return (root / "Dockerfile").read_text()


def test_every_package_of_ours_is_in_the_image_and_tests_are_not(
    dockerfile: str, root: Path
) -> None:
    packages = {file.parent.name for file in root.glob("*/__init__.py")} - {"tests"}
    copied = set(re.findall(r"^COPY (\w+) \1$", dockerfile, re.MULTILINE))
    assert copied == packages | {"examples"}


def test_what_is_copied_is_sent_to_the_engine_and_nothing_else(dockerfile: str, root: Path) -> None:
    copied = set(re.findall(r"^COPY ([\w.-]+) [\w.]+$", dockerfile, re.MULTILINE))
    ignored = (root / ".dockerignore").read_text().splitlines()
    assert "*" in ignored
    assert {line[1:] for line in ignored if line.startswith("!")} == copied


def test_the_image_ends_as_a_user_who_is_not_root(dockerfile: str) -> None:
    assert re.findall(r"^USER (.+)$", dockerfile, re.MULTILINE) == ["10001:10001"]


def test_both_stages_begin_with_the_same_pinned_python(dockerfile: str) -> None:
    assert re.findall(r"^FROM (\S+)", dockerfile, re.MULTILINE) == ["python:3.12-slim"] * 2


def test_packages_are_installed_only_if_their_hashes_are_right(dockerfile: str) -> None:
    assert re.search(r"pip install[^&]*--require-hashes[^&]*-r requirements\.txt", dockerfile)
