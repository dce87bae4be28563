"""The tree as it is committed: it works on any machine, from any place packages come from."""

import re
from pathlib import Path
from typing import Final

# Written so that this file does not name them either.
REGISTRIES: Final = tuple(
    ".".join(parts)
    for parts in (
        ("pypi", "org"),
        ("files", "python" + "hosted", "org"),
        ("registry", "npmjs", "org"),
        ("proxy", "golang", "org"),
        ("deb", "debian", "org"),
        ("archive", "ubuntu", "com"),
        ("registry-1", "docker", "io"),
    )
)
OF_A_MACHINE: Final = re.compile(r"(?<![\w.$}/-])/(?:work|root|tmp|home|Users)/\w")


def texts(files: list[Path]) -> list[tuple[Path, str]]:
    return [(file, file.read_text(encoding="utf-8", errors="replace")) for file in files]


def test_no_file_names_the_host_of_a_package_registry(files: list[Path]) -> None:
    found = [
        (str(file), host) for file, text in texts(files) for host in REGISTRIES if host in text
    ]
    assert found == []


def test_no_file_names_a_path_of_a_machine(files: list[Path]) -> None:
    found = [
        (str(file), match[0])
        for file, text in texts(files)
        for match in OF_A_MACHINE.finditer(text)
    ]
    assert found == []


def test_no_environment_file_but_the_demos_is_in_the_tree(files: list[Path]) -> None:
    assert [file.name for file in files if file.suffix == ".env" or file.name == ".env"] == [
        "docker-compose.demo.env"
    ]
