"""README.md, CHANGELOG.md, ops/decisions: what they say is so."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import asyncpg
import pytest
from pydantic import SecretStr
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings

LINK: Final = re.compile(r"\[[^\]]+\]\((?!https?:|mailto:|#)([^)#\s]+)[^)]*\)")
HEADINGS: Final = ["Context", "Decision", "Consequences", "Alternatives"]


@pytest.fixture(scope="module")
def readme(root: Path) -> str:
    return (root / "README.md").read_text()


@pytest.fixture(scope="module")
def decisions(root: Path) -> list[Path]:
    return sorted((root / "ops/decisions").glob("*.md"))


def test_the_table_of_settings_is_what_the_processes_read(
    readme: str, processes: Mapping[str, type[BaseSettings]]
) -> None:
    header, told = table(readme, first="Setting")
    assert header[1:-1] == list(processes)
    assert told == {
        name: [cell(settings, name) for settings in processes.values()]
        for name in sorted(
            f"RINGBOOK_{field.upper()}"
            for settings in processes.values()
            for field in settings.model_fields
        )
    }


def test_every_command_of_make_that_the_readme_names_is_a_target(readme: str, root: Path) -> None:
    targets = set(re.findall(r"^([a-z]+):", (root / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"`make ([a-z]+)|^make ([a-z]+)", readme, re.MULTILINE))
    assert {"demo", "test"} <= {first or second for first, second in named} <= targets


def test_every_command_of_ringbook_that_a_document_names_exists(
    root: Path, commands: set[str]
) -> None:
    text = (root / "README.md").read_text() + (root / "CHANGELOG.md").read_text()
    named = set(re.findall(r"(?:`|\./)ringbook ([a-z-]+)|python -m ops ([a-z-]+)", text))
    assert {first or second for first, second in named} <= commands


def test_every_link_of_a_document_leads_to_something(files: list[Path]) -> None:
    broken = [
        (file.name, target)
        for file in files
        if file.suffix == ".md"
        for target in LINK.findall(file.read_text())
        if not (file.parent / target).exists()
    ]
    assert broken == []


def test_every_queue_and_metric_that_the_readme_names_exists(readme: str, root: Path) -> None:
    metrics = (root / "ops/metrics.py").read_text()
    assert [name for name in re.findall(r"`(ringbook_\w+?)(?:\{[^`]*)?`", readme)
            if f'"{name}"' not in metrics and name not in ROLES] == []  # fmt: skip


async def test_every_question_of_the_readme_is_understood_by_the_database(
    readme: str, owner: asyncpg.Connection
) -> None:
    questions = re.findall(r"^```sql\n(.*?)^```", readme, re.MULTILINE | re.DOTALL)
    assert questions
    for question in questions:
        await owner.execute(question)


def test_decisions_are_numbered_without_a_gap(decisions: list[Path]) -> None:
    numbers = [int(file.name[:4]) for file in decisions]
    assert numbers == list(range(1, len(decisions) + 1))


def test_a_decision_says_why_what_follows_and_what_else_there_was(decisions: list[Path]) -> None:
    for file in decisions:
        text = file.read_text()
        assert re.findall(r"^## (.+)$", text, re.MULTILINE) == HEADINGS, file.name
        assert text.startswith(f"# {file.name[:4]}: "), file.name
        assert len(text.splitlines()) <= ONE_PAGE, file.name


def test_the_changelog_tells_what_is_not_released_yet(root: Path) -> None:
    assert "\n## [Unreleased]\n" in (root / "CHANGELOG.md").read_text()


ROLES: Final = {"ringbook_app", "ringbook_router", "ringbook_relay", "ringbook_archivist"}
ONE_PAGE: Final = 60


def table(text: str, *, first: str) -> tuple[list[str], dict[str, list[str]]]:
    """The table whose first column has this heading; the last column, prose, is left out."""
    lines = text[text.index(f"| {first} |") :].split("\n\n", maxsplit=1)[0].splitlines()
    header, _, *rows = [[said.strip() for said in line.strip("|").split("|")] for line in lines]
    return header, {row[0].strip("`"): row[1:-1] for row in rows}


def cell(settings: type[BaseSettings], name: str) -> str:
    """What the table says of a setting and one process."""
    field = settings.model_fields.get(name.removeprefix("RINGBOOK_").lower())
    if field is None:
        return ""
    return (
        "required"
        if field.is_required()
        else f"`{default(field)}`"
        if default(field)
        else "optional"
    )


def default(field: FieldInfo) -> str:
    """As one would write it into the environment."""
    told = field.get_default()
    if told is None or told == () or isinstance(told, SecretStr):
        return ""
    return str(told).removesuffix("/")
