"""`ringbook health`: asks the processes of this machine how they are."""

import asyncio
import json
import os
import sys
from collections.abc import Iterator
from typing import Annotated, Any, Final

import aiohttp
import typer

from ops.processes import PROGRAMS, Program

PATIENCE: Final = 5.0  # seconds; a process answers within two, whatever it waits for
NO_ANSWER: Final[dict[str, Any]] = {"status": "no answer", "dependencies": {}}

app = typer.Typer(add_completion=False)


@app.callback(invoke_without_command=True)
def health(
    *, as_json: Annotated[bool, typer.Option("--json", help="All they say, as JSON.")] = False
) -> None:
    """Say how each process of this machine is; 0 if all are ok, else 1."""
    told = asyncio.run(_ask_all())
    if as_json:
        sys.stdout.write(json.dumps(told, indent=2) + "\n")
    else:
        for name, said in told.items():
            sys.stdout.write("\n".join([f"{name:<12} {said['status']}", *wrong(said)]) + "\n")
    if any(said["status"] != "ok" for said in told.values()):
        raise typer.Exit(1)


def wrong(said: dict[str, Any]) -> Iterator[str]:
    """A line for everything that is not as it should be."""
    for name, facts in said["dependencies"].items():
        if not facts["ok"]:
            yield f"  {name}: away since {facts.get('away_since')} ({facts['error']})"
    for breaker in said.get("breakers", ()):
        yield f"  {breaker['provider']}: breaker {breaker['state']} (account {breaker['account']})"
    for name, facts in said.get("queues", {}).items():
        if not facts.get("ok", True):
            yield f"  {name}: {facts['depth']} messages, and nobody works on it"


async def _ask_all() -> dict[str, Any]:
    timeout = aiohttp.ClientTimeout(total=PATIENCE)
    async with aiohttp.ClientSession(timeout=timeout) as http:
        answers = await asyncio.gather(*(_ask(http, program) for program in PROGRAMS))
    return {program.name: said for program, said in zip(PROGRAMS, answers, strict=True)}


async def _ask(http: aiohttp.ClientSession, program: Program) -> dict[str, Any]:
    try:
        async with http.get(f"{program.address(os.environ)}/health/detailed") as answer:
            said: dict[str, Any] = await answer.json()
    except (aiohttp.ClientError, TimeoutError, ValueError):
        return NO_ANSWER
    return said if "status" in said else NO_ANSWER
