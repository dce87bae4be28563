"""A message that kills its worker, a real process, each time: RabbitMQ gives it up, nobody else."""

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aio_pika
import asyncpg
import pytest

from messages import crash_points, topology
from messages.calls import CallQuarantined
from messages.message import id_of
from messages.publisher import Publisher
from ops import processes
from ops.dead_letters.deaths import dead_letter_of
from ops.processes import WORKERS, Process, Program
from ops.stack import kept
from ops.stack.stack import Urls
from ops.stack.unavailable import StackUnavailable
from storage.secrets import new_key
from tests.waiting import eventually

WORK = topology.NOTIFICATIONS_QUARANTINED
NOTIFICATIONS = Program(
    "notifications",
    ("-m", "workers", "notifications"),
    WORKERS.host_setting,
    WORKERS.port_setting,
    WORKERS.port,
)


@pytest.fixture
def points(tmp_path: Path) -> Path:
    """The crash points of this test's worker, and of no other process."""
    folder = tmp_path / "crash_points"
    folder.mkdir()
    return folder


@pytest.fixture
async def worker(
    database: str, rabbitmq_url: str, urls: Urls, points: Path, tmp_path: Path
) -> AsyncIterator[Process]:
    environment = {
        "RINGBOOK_POSTGRES_URL": database,
        "RINGBOOK_RABBITMQ_URL": rabbitmq_url,
        "RINGBOOK_REDIS_URL": urls.redis,
        "RINGBOOK_MASTER_KEYS": new_key(),
        "RINGBOOK_TWILIO_ACCOUNT_SID": "AC0",
        "RINGBOOK_TWILIO_AUTH_TOKEN": "token",
        "RINGBOOK_SENDGRID_API_KEY": "key",
        "RINGBOOK_SENDGRID_URL": "http://127.0.0.1:9",  # nobody listens: no e-mail leaves
        "RINGBOOK_EMAIL_SENDER": "bookings@ringbook.example",
        "RINGBOOK_OPERATOR_EMAIL": "operator@ringbook.example",
        WORKERS.host_setting: "127.0.0.1",
        WORKERS.port_setting: str(kept.port(tmp_path / "port")),
        crash_points.SETTING: str(points),
    }
    worker = processes.process(NOTIFICATIONS, directory=tmp_path, environment=environment)
    async with processes.running([worker], say=_nothing):
        yield worker


@pytest.mark.skipif(
    os.environ.get("LONG", "0") in ("", "0"),
    reason="nine starts of a process: `make faults LONG=1`",
)
async def test_a_message_that_kills_its_worker_is_given_up_and_what_it_did_is_done_once(
    worker: Process,
    points: Path,
    publisher: Publisher,
    rabbitmq_url: str,
    owner: asyncpg.Connection,
) -> None:
    poison = CallQuarantined(message_id=id_of("poison"), call_id="call_1", dialled="+493000000002")
    deaths = 0
    (points / crash_points.HANDLED).touch()
    await publisher.post(poison.posted())
    connection = await aio_pika.connect(rabbitmq_url)
    async with connection:
        dead = await (await connection.channel()).get_queue(WORK.dead)
        for _ in range(topology.DELIVERY_LIMIT + 1):
            async with asyncio.timeout(30):
                await worker.ended()
            deaths += 1
            if deaths <= topology.DELIVERY_LIMIT:
                (points / crash_points.HANDLED).touch()
            await _started(worker)
        message: Any = await eventually(lambda: dead.get(fail=False, no_ack=True), within=15)

    assert deaths == topology.DELIVERY_LIMIT + 1
    assert dead_letter_of(message).error_class == "DeliveryLimit"
    assert message.message_id == str(poison.message_id)
    assert await owner.fetchval("SELECT count(*) FROM notifications") == 1


async def _started(worker: Process) -> None:
    """Start it again; it may have died of the message before it could say that it is ready."""
    try:
        await worker.start()
    except StackUnavailable:
        return


def _nothing(_line: str) -> None:
    """What starts and stops is no news here."""
