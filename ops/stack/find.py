"""Finds the servers' programs: on PATH, then in the usual places of the usual systems."""

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

PLACES: Final = (
    "/usr/lib/postgresql/*/bin",  # Debian, Ubuntu
    "/usr/pgsql-*/bin",  # Fedora and Red Hat, from postgresql.org
    "/usr/libexec/postgresql*",  # Alpine
    "/opt/homebrew/opt/postgresql*/bin",
    "/usr/local/opt/postgresql*/bin",
    "/usr/lib/rabbitmq/bin",  # Debian, Ubuntu, Arch
    "/usr/lib/rabbitmq/lib/*/sbin",  # Fedora, Alpine
    "/opt/homebrew/opt/rabbitmq/sbin",
    "/usr/local/opt/rabbitmq/sbin",
    "/opt/rabbitmq/sbin",
    "/usr/lib/erlang/bin",
    "/usr/lib64/erlang/bin",
    "/usr/lib/erlang/erts-*/bin",
    "/usr/lib64/erlang/erts-*/bin",
    "/opt/homebrew/opt/erlang/lib/erlang/bin",
    "/usr/local/opt/erlang/lib/erlang/bin",
    "/opt/homebrew/bin",
    "/usr/local/bin",
    "/usr/local/sbin",
    "/usr/bin",
    "/usr/sbin",
    "/bin",
)


@dataclass(frozen=True)
class Search:
    """Where to look for programs: the folders of PATH, then the places, newest version first."""

    path: str
    places: tuple[str, ...] = PLACES

    @property
    def folders(self) -> list[Path]:
        """The folders as they are now: an installation adds some."""
        on_path = [Path(each) for each in self.path.split(os.pathsep) if each]
        placed = [
            folder
            for place in self.places
            for folder in sorted(Path("/").glob(place[1:]), key=_version, reverse=True)
        ]
        return list(dict.fromkeys(on_path + placed))

    def program(self, *names: str) -> Path | None:
        """The first program of one of these names (several names of one thing)."""
        return next(
            (
                folder / name
                for folder in self.folders
                for name in names
                if is_program(folder / name)
            ),
            None,
        )

    def folders_with(self, *names: str) -> list[Path]:
        """The folders that have all of these programs."""
        return [
            folder for folder in self.folders if all(is_program(folder / name) for name in names)
        ]


def is_program(file: Path) -> bool:
    """Say whether the file can be run by us."""
    return file.is_file() and os.access(file, os.X_OK)


def _version(folder: Path) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", str(folder))]
