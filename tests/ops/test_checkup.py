import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from ops.checkup import wrong
from ops.health import Dependency, Health, Section
from ops.pages import HEALTH, add_pages

ROOT = Path(__file__).parents[2]


async def nothing_wrong() -> None:
    pass


async def away() -> None:
    raise ConnectionError


async def ask(*words: str, ports: dict[str, int]) -> tuple[int | None, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("RINGBOOK_")}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "ops", "health", *words,
        cwd=ROOT,
        env=kept | {f"RINGBOOK_{name}": str(port) for name, port in ports.items()},
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, _ = await process.communicate()
    return process.returncode, out.decode()


@pytest.fixture
async def serving() -> AsyncIterator[dict[str, int]]:
    """One process that is well, one that does without something; nobody else."""
    ports = {"PORT": 1, "WORKERS_PORT": 1, "TRANSCRIPTS_PORT": 1, "DUTIES_PORT": 1}
    breaker = {"provider": "calcom", "account": "all", "state": "open", "seconds": 12.5}
    told = {
        "PORT": Health([Dependency("postgres", nothing_wrong)]),
        "WORKERS_PORT": Health(
            [Dependency("redis", away, needed=False)],
            sections={"breakers": lambda: Section(fine=False, facts=[breaker])},
        ),
    }
    servers = []
    for name, health in told.items():
        app = web.Application()
        app[HEALTH] = health
        add_pages(app)
        servers.append(TestServer(app))
        await servers[-1].start_server()
        ports[name] = servers[-1].port or 0
    yield ports
    for server in servers:
        await server.close()


async def test_every_process_is_told_and_what_is_wrong_with_it(serving: dict[str, int]) -> None:
    code, said = await ask(ports=serving)

    lines = said.splitlines()
    assert code == 1
    assert [line.split(maxsplit=1) for line in lines if not line.startswith(" ")] == [
        ["workers", "degraded"],
        ["transcripts", "no answer"],
        ["duties", "no answer"],
        ["ingress", "ok"],
    ]
    assert lines[1].startswith("  redis: away since 20")
    assert lines[2] == "  calcom: breaker open (account all)"


async def test_all_of_it_is_there_as_json(serving: dict[str, int]) -> None:
    _, said = await ask("--json", ports=serving)

    told: dict[str, Any] = json.loads(said)
    assert told["ingress"]["dependencies"]["postgres"]["ok"]
    assert told["duties"]["status"] == "no answer"


def test_a_queue_that_nobody_works_on_is_a_line() -> None:
    queues = {"a": {"depth": 3, "consumers": 0, "ok": False}, "spool": {"depth": 0}}
    assert list(wrong({"dependencies": {}, "queues": queues})) == [
        "  a: 3 messages, and nobody works on it"
    ]
