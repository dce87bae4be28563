"""What is delivered beside the code, read once: the tree, its documents, the compose file."""

import re
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import pytest
import typer
import yaml
from pydantic_settings import BaseSettings

import ingress.settings
import ops.cli
import ops.duties
import ops.tenants.commands
import workers.settings

ROOT: Final = Path(__file__).resolve().parents[2]

# Who reads which settings, by the heading of its column in README.md.
PROCESSES: Final[dict[str, type[BaseSettings]]] = {
    "ingress": ingress.settings.Settings,
    "workers": workers.settings.Settings,
    "duties": ops.duties.Settings,
    "migrate": vars(ops.cli)["MigrationSettings"],
    "tenants apply": vars(ops.tenants.commands)["TenantSettings"],
}

_PLACE: Final = re.compile(r"\$\$|\$\{(?P<name>\w+)(?P<form>:\?|:-)?(?P<rest>[^}]*)\}")


@pytest.fixture(scope="session")
def root() -> Path:
    return ROOT


@pytest.fixture(scope="session")
def files(root: Path) -> list[Path]:
    """Every file of the tree, as git would commit it."""
    if not (root / ".git").exists():
        pytest.skip("not a checkout: what belongs to the tree cannot be told from what does not")
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],  # noqa: S607 -- whichever git is on PATH
        cwd=root,
        check=True,
        capture_output=True,
        text=True,
    ).stdout.split("\0")
    return [root / name for name in listed if name and (root / name).is_file()]


@pytest.fixture(scope="session")
def processes() -> Mapping[str, type[BaseSettings]]:
    return PROCESSES


@pytest.fixture(scope="session")
def compose_text(root: Path) -> str:
    return (root / "docker-compose.yml").read_text()


@pytest.fixture(scope="session")
def compose(compose_text: str) -> Any:
    return yaml.safe_load(compose_text)


@pytest.fixture(scope="session")
def demo_environment(root: Path) -> dict[str, str]:
    lines = (root / "docker-compose.demo.env").read_text().splitlines()
    pairs = [line.split("=", 1) for line in lines if line and not line.startswith("#")]
    return {name: value for name, value in pairs}  # noqa: C416 -- dict() of lists is no dict[str, str] for mypy


@pytest.fixture(scope="session")
def environment_of(compose: Any, demo_environment: dict[str, str]) -> Any:
    """What a service of the compose file is told, when it runs with the demo's environment."""

    def resolved(value: str) -> str:
        return _PLACE.sub(lambda place: demo_environment.get(place["name"] or "", "$"), value)

    def told(service: str) -> dict[str, str]:
        said: dict[str, str | None] = compose["services"][service].get("environment", {})
        return {
            name: resolved(value) if value is not None else demo_environment[name]
            for name, value in said.items()
            if value is not None or name in demo_environment
        }

    return told


@pytest.fixture(scope="session")
def places(compose_text: str) -> list[re.Match[str]]:
    """Every `${...}` of the compose file."""
    return [place for place in _PLACE.finditer(compose_text) if place["name"]]


@pytest.fixture(scope="session")
def commands() -> set[str]:
    """What `ringbook` can be told to do."""
    group = typer.main.get_group(ops.cli.app)
    return set(group.list_commands(typer.Context(group)))
