"""The command `ringbook`, run as an operator runs it."""

import asyncio
import os
import sys
from asyncio.subprocess import PIPE, Process
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]


class Answer(NamedTuple):
    """What a command said, and how it ended."""

    code: int | None
    out: str
    err: str


class Command:
    """The command with settings that are always given."""

    def __init__(self, **settings: str) -> None:
        self.settings = settings

    async def begin(self, *words: str, **settings: str) -> Process:
        """Start it, and let it run."""
        kept = {name: text for name, text in os.environ.items() if not name.startswith("RINGBOOK_")}
        given = {f"RINGBOOK_{name}": text for name, text in (self.settings | settings).items()}
        return await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "ops",
            *words,
            cwd=ROOT,
            env=kept | given,
            stdout=PIPE,
            stderr=PIPE,
        )

    async def __call__(self, *words: str, **settings: str) -> Answer:
        """Run it to its end."""
        return await ended(await self.begin(*words, **settings))


async def ended(process: Process, *, within: float = 60) -> Answer:
    """How a command that was begun has ended."""
    async with asyncio.timeout(within):
        out, err = await process.communicate()
    return Answer(process.returncode, out.decode(), err.decode())
