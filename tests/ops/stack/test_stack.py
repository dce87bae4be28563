"""One directory, three lives: ended by Ctrl-C, by the death of the parent, and in good order."""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path

import aio_pika
import asyncpg
import pytest
import pytest_asyncio
from redis.asyncio import Redis

from ops.stack.find import Search
from ops.stack.stack import Stack, Urls, environment_of
from ops.stack.unavailable import StackUnavailable

QUEUE = "kept"
WRITTEN = ("a row", "a message")
ROOT = Path(__file__).parents[3]
Look = Callable[[], list[str]]


@dataclass(frozen=True)
class Ended:
    """A life of the stack in a process of its own, and how it ended."""

    seconds: float
    urls: Urls
    found: tuple[str, str] | None
    running: list[str]
    code: int
    left: list[str]


@dataclass(frozen=True)
class Running:
    """The life of the stack in this process."""

    stack: Stack
    urls: Urls
    found: tuple[str, str] | None


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def interrupted(directory: Path, still_running: Look) -> Ended:
    return await _live(directory, still_running, signal.SIGINT)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def killed(interrupted: Ended, directory: Path, still_running: Look) -> Ended:
    assert interrupted.left == []
    return await _live(directory, still_running, signal.SIGKILL)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def here(killed: Ended, directory: Path, still_running: Look) -> AsyncIterator[Running]:
    assert killed.left == []
    stack = Stack(directory, environment={})
    urls = await stack.start()
    yield Running(stack, urls, await _read(urls))
    await stack.stop()
    assert still_running() == []


def test_a_stack_starts_within_twenty_seconds(interrupted: Ended) -> None:
    assert interrupted.seconds < 20


def test_every_server_has_a_process_that_is_known_as_ours(interrupted: Ended) -> None:
    names = {line.split()[1] for line in interrupted.running}
    assert {"postgres", "epmd", "beam.smp"} <= names
    assert names & {"redis-server", "valkey-server"}


def test_ctrl_c_ends_the_stack_and_leaves_no_process(interrupted: Ended) -> None:
    assert (interrupted.code, interrupted.left) == (0, [])


def test_the_death_of_the_parent_leaves_no_process(killed: Ended) -> None:
    assert (killed.code, killed.left) == (-signal.SIGKILL, [])


def test_data_outlasts_ctrl_c(killed: Ended) -> None:
    assert killed.found == WRITTEN


def test_data_outlasts_the_death_of_the_parent(here: Running) -> None:
    assert here.found == WRITTEN


def test_every_start_is_at_the_same_addresses(
    interrupted: Ended, killed: Ended, here: Running
) -> None:
    assert interrupted.urls == killed.urls == here.urls


async def test_redis_answers_with_its_password_only(here: Running) -> None:
    assert await _ping(here.urls.redis)
    with pytest.raises(Exception, match="authenticat"):
        await _ping(f"redis://{here.urls.redis.rpartition('@')[2]}")


async def test_a_second_stack_in_one_directory_is_refused(directory: Path, here: Running) -> None:
    with pytest.raises(StackUnavailable) as refused:
        await Stack(directory, environment={}).start()
    assert "runs in" in _one_line(refused.value)
    assert await _ping(here.urls.redis)


async def test_given_servers_are_used_and_none_is_started(tmp_path: Path, here: Running) -> None:
    stack = Stack(tmp_path, environment=environment_of(here.urls), search=Search("", places=()))
    assert await stack.start() == here.urls
    await stack.stop()
    assert not (tmp_path / "postgres").exists()
    assert not (tmp_path / "rabbitmq").exists()
    assert not (tmp_path / "redis").exists()
    assert await _ping(here.urls.redis)


async def test_a_wrong_password_in_a_given_url_is_said_in_one_line(
    tmp_path: Path, here: Running
) -> None:
    wrong = environment_of(here.urls) | {
        "RINGBOOK_RABBITMQ_URL": f"amqp://me:secret@{here.urls.rabbitmq.rpartition('@')[2]}"
    }
    with pytest.raises(StackUnavailable) as refused:
        await Stack(tmp_path, environment=wrong).start()
    said = _one_line(refused.value)
    assert "RINGBOOK_RABBITMQ_URL" in said
    assert "secret" not in said


async def test_killed_servers_start_again_with_their_data_at_the_same_addresses(
    here: Running,
) -> None:
    servers = here.stack.postgres, here.stack.rabbitmq, here.stack.redis
    await _write(here.urls)
    before = [server.pid for server in servers]
    await asyncio.gather(*(server.kill() for server in servers))
    with pytest.raises(OSError, match="Connect call failed"):
        await _read(here.urls)

    urls = await asyncio.gather(*(server.start() for server in servers))
    assert Urls(*urls) == here.urls
    assert not set(before) & {server.pid for server in servers}
    assert await _read(here.urls) == WRITTEN


async def _live(directory: Path, still_running: Look, end: signal.Signals) -> Ended:
    began = time.monotonic()
    with _up(directory) as process:
        try:
            assert process.stdout
            urls = Urls(*(process.stdout.readline().strip().partition("=")[2] for _ in range(3)))
            seconds = time.monotonic() - began
            assert urls.redis, "it ended before it had printed its addresses"
            found = await _read(urls)
            await _write(urls)
            running = still_running()
            process.send_signal(end)
            code = process.wait(timeout=10)
        finally:
            process.kill()
    return Ended(seconds, urls, found, running, code, await _left(still_running))


def _up(directory: Path) -> subprocess.Popen[str]:
    environment = {name: value for name, value in os.environ.items() if "RINGBOOK" not in name}
    command = [sys.executable, "-m", "ops.stack", "up", "--directory", str(directory)]
    return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)


async def _left(still_running: Look) -> list[str]:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(10):
            while still_running():  # noqa: ASYNC110 -- the event is the kernel's
                await asyncio.sleep(0.05)
    return still_running()


async def _write(urls: Urls) -> None:
    postgres = await asyncpg.connect(urls.postgres)
    await postgres.execute("CREATE TABLE IF NOT EXISTS kept (fact text)")
    await postgres.execute("INSERT INTO kept VALUES ($1)", WRITTEN[0])
    await postgres.close()
    async with await aio_pika.connect(urls.rabbitmq) as rabbitmq:
        channel = await rabbitmq.channel()
        await channel.declare_queue(QUEUE, durable=True, arguments={"x-queue-type": "quorum"})
        body = WRITTEN[1].encode()
        message = aio_pika.Message(body, delivery_mode=aio_pika.DeliveryMode.PERSISTENT)
        await channel.default_exchange.publish(message, QUEUE)


async def _read(urls: Urls) -> tuple[str, str] | None:
    """Take out what was written; None in a stack that nobody has written to."""
    postgres = await asyncpg.connect(urls.postgres)
    try:
        row = await postgres.fetchval("DELETE FROM kept RETURNING fact")
    except asyncpg.UndefinedTableError:
        return None
    finally:
        await postgres.close()
    async with await aio_pika.connect(urls.rabbitmq) as rabbitmq:
        queue = await (await rabbitmq.channel()).get_queue(QUEUE)
        message = await queue.get(timeout=5)
        await message.ack()
    return row, message.body.decode()


async def _ping(url: str) -> bool:
    client = Redis.from_url(url)
    try:
        return bool(await client.ping())
    finally:
        await client.aclose()


def _one_line(reason: StackUnavailable) -> str:
    assert "\n" not in str(reason)
    return str(reason)
