"""The ingress as it is run: a process of its own."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx

from ops.simulators.webhooks import client
from tests.ingress.conftest import MASTER_KEYS, unreachable
from tests.ingress.senders import CALL_ENDED, RETELL_KEY, by_retell
from tests.waiting import eventually

ROOT = Path(__file__).parents[2]
COMMAND = [sys.executable, "-m", "ingress"]
SETTINGS = {
    "RINGBOOK_POSTGRES_URL": "postgresql://nobody:hush-1@127.0.0.1:1/none",
    "RINGBOOK_RABBITMQ_URL": "amqp://nobody:hush-2@127.0.0.1:1/",
    "RINGBOOK_MASTER_KEYS": MASTER_KEYS,
    "RINGBOOK_RETELL_WEBHOOK_KEYS": RETELL_KEY,
    "RINGBOOK_HOST": "127.0.0.1",
}


def environment(**settings: str) -> dict[str, str]:
    return {"PATH": os.environ["PATH"], **{f"RINGBOOK_{k}": v for k, v in settings.items()}}


def refusal(settings: dict[str, str]) -> list[str]:
    ended = subprocess.run(
        COMMAND,
        cwd=ROOT,
        env=environment() | settings,
        capture_output=True,
        timeout=30,
        check=False,
    )
    assert ended.returncode == 2
    assert ended.stdout == b""
    return ended.stderr.decode().splitlines()


def test_each_setting_that_is_missing_is_one_line_and_the_process_does_not_start() -> None:
    assert refusal({}) == [
        "RINGBOOK_POSTGRES_URL: missing",
        "RINGBOOK_RABBITMQ_URL: missing",
        "RINGBOOK_MASTER_KEYS: missing",
        "RINGBOOK_RETELL_WEBHOOK_KEYS: missing",
    ]


def test_with_an_empty_secret_the_process_does_not_start() -> None:
    empty = {
        "RINGBOOK_RETELL_WEBHOOK_KEYS": "",
        "RINGBOOK_CALCOM_WEBHOOK_SECRETS": "hush-3,",
        "RINGBOOK_STRIPE_WEBHOOK_SECRETS": "hush-3,,hush-4",
    }
    assert refusal(SETTINGS | empty) == [f"{name}: holds an empty secret" for name in empty]


def test_a_bad_setting_is_named_and_its_value_is_not_shown() -> None:
    lines = refusal(
        SETTINGS
        | {
            "RINGBOOK_RABBITMQ_URL": "http://nobody:hush-5@127.0.0.1/",
            "RINGBOOK_MASTER_KEYS": "one:hush-6",
            "RINGBOOK_PORT": "hush-7",
        }
    )
    assert [line.partition(":")[0] for line in lines] == [
        "RINGBOOK_RABBITMQ_URL",
        "RINGBOOK_MASTER_KEYS",
        "RINGBOOK_PORT",
    ]
    assert "hush" not in "".join(lines)


def test_a_port_that_is_taken_is_one_line() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        ended = subprocess.run(
            COMMAND,
            cwd=ROOT,
            env=environment() | SETTINGS | {"RINGBOOK_PORT": str(port)},
            capture_output=True,
            timeout=30,
            check=False,
        )
    assert ended.returncode == 2
    (line,) = ended.stderr.decode().splitlines()
    assert line.startswith(f"cannot listen on 127.0.0.1:{port}: ")


@asynccontextmanager
async def running(**settings: str) -> AsyncIterator[tuple[Process, int]]:
    port = int(unreachable("http").rstrip("/").rpartition(":")[2])
    env = environment() | SETTINGS | environment(PORT=str(port), **settings)
    process = await asyncio.create_subprocess_exec(
        *COMMAND, cwd=ROOT, env=env, stdout=PIPE, stderr=PIPE
    )
    try:
        yield process, port
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def stopped(process: Process) -> list[dict[str, Any]]:
    """Its log, once it has ended by itself."""
    process.send_signal(signal.SIGTERM)
    async with asyncio.timeout(15):
        out, err = await process.communicate()
    assert process.returncode == 0
    assert err == b""
    return [json.loads(line) for line in out.splitlines()]


async def lives(port: int) -> bool:
    try:
        async with client() as http:
            answer = await http.get(f"http://127.0.0.1:{port}/health/live")
    except httpx.TransportError:
        return False
    return answer.status_code == 200


async def test_it_starts_though_nothing_else_runs_and_ends_when_told() -> None:
    async with running() as (process, port):
        assert await eventually(lambda: lives(port))
        log = await stopped(process)

    events = [line["event"] for line in log]
    assert events[-2:] == ["ingress.stopping", "ingress.stopped"]


async def test_a_request_is_one_line_of_log_without_what_was_said_or_signed(database: str) -> None:
    async with running(POSTGRES_URL=database) as (process, port):
        await eventually(lambda: lives(port))
        signature = by_retell(CALL_ENDED)
        async with client() as http:
            url = f"http://127.0.0.1:{port}/webhooks/retell?secret=hush-8"
            assert (await http.post(url, content=CALL_ENDED, headers=signature)).status_code == 204
            assert (await http.post(url, content=CALL_ENDED)).status_code == 401
            assert (await http.post(url.replace("retell", "hush-9"))).status_code == 404
        log = await stopped(process)

    lines = [line for line in log if line["event"].startswith("webhook.")]
    assert [line["status"] for line in lines] == [204, 401, 404]
    assert [line["reason"] for line in lines] == [None, "missing", "unknown_provider"]
    accepted = lines[0]
    assert accepted["event"] == "webhook.accepted"
    assert accepted["provider"] == accepted["endpoint"] == "retell"
    assert accepted["webhook_event"] == "call_ended"
    assert accepted["bytes"] == len(CALL_ENDED)
    assert accepted["kept_in"] == "spool"
    assert len(accepted["message_id"]) == 36
    text = json.dumps(log)
    assert "hush" not in text
    assert "+49" not in text
    assert signature["X-Retell-Signature"] not in text


async def test_what_is_no_http_leaves_no_stack_and_none_of_its_bytes_in_the_log() -> None:
    async with running() as (process, port):
        await eventually(lambda: lives(port))
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET / HTTP/9.9\r\nhush: \x00\r\n\r\n")
        assert b"400" in await reader.readline()
        writer.close()
        log = await stopped(process)

    assert "hush" not in json.dumps(log)
    assert not any("Traceback" in json.dumps(line) for line in log)


async def test_a_request_in_hand_is_finished_before_the_process_ends(database: str) -> None:
    async with running(POSTGRES_URL=database) as (process, port):
        await eventually(lambda: lives(port))
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        headers = "".join(f"{name}: {value}\r\n" for name, value in by_retell(CALL_ENDED).items())
        head = f"POST /webhooks/retell HTTP/1.1\r\nHost: x\r\n{headers}"
        head += f"Content-Length: {len(CALL_ENDED)}\r\n\r\n"
        writer.write(head.encode() + CALL_ENDED[:1000])
        await writer.drain()

        process.send_signal(signal.SIGTERM)
        assert process.stdout is not None
        while b"ingress.stopping" not in await process.stdout.readline():
            pass
        writer.write(CALL_ENDED[1000:])

        assert b"204" in await reader.readline()
        writer.close()
        async with asyncio.timeout(15):
            assert await process.wait() == 0
