"""The ingress says what it accepted, and each of these webhooks must be somewhere."""

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import aio_pika
import asyncpg
import orjson
import pytest

from messages.message import id_of
from messages.webhook import Webhook
from ops.refused import Refused
from ops.verify.check import State
from storage import spool
from storage.postgres import Pool, transaction
from storage.verification.question import Promise
from tests.ops.verify.breaking import ENDED, letter, parked, pause
from tests.ops.verify.conftest import CALLS
from tests.ops.verify.history import EVENTS, webhook_id
from tests.ops.verify.verifying import Verifier, names, result

ACCEPTED = "webhooks.accepted"
LOST = id_of("lost")


def line(message_id: object, *, status: int = 204, event: str = "webhook.accepted") -> bytes:
    facts = {"event": event, "status": status, "message_id": str(message_id), "kept_in": "broker",
             "endpoint": "retell", "webhook_event": "call_ended", "process": "ingress"}  # fmt: skip
    return orjson.dumps(facts) + b"\n"


def log_of(folder: Path, lines: Iterable[bytes]) -> Path:
    log = folder / "ingress.log"
    log.write_bytes(b"".join(lines))
    return log


def known() -> list[UUID]:
    return [webhook_id(number, event) for number in range(CALLS) for event in EVENTS]


@pytest.mark.usefixtures("settled")
async def test_what_was_accepted_and_archived_is_accounted_for(
    verify: Verifier, tmp_path: Path
) -> None:
    noise = [
        b"Traceback (most recent call last):\n",
        line(LOST, status=503, event="webhook.refused"),
        line("None"),
        b"ingress-1  | " + line(known()[0]),
        line(known()[1])[:40] + b"\n",
        b"[1, 2]\n",
    ]
    log = log_of(tmp_path, [*noise, *map(line, known())])
    report = await verify(accepted=(log,))
    assert names(report, State.HOLDS) >= {ACCEPTED}


@pytest.mark.usefixtures("settled")
async def test_one_lost_webhook_among_thousands_is_told(verify: Verifier, tmp_path: Path) -> None:
    lines = [line(each) for each in known() * 50]
    lines.insert(1700, line(LOST))
    lines.append(line(LOST))  # told of twice, lost once
    report = await verify(accepted=(log_of(tmp_path, lines),))
    assert names(report, State.BROKEN) == {ACCEPTED}
    found = result(report, ACCEPTED).found
    assert (found.count, found.rows[0]["message_id"]) == (1, LOST)


async def test_what_is_spooled_dead_or_parked_is_accounted_for(
    settled: asyncpg.Connection, pool: Pool, verify: Verifier, tmp_path: Path
) -> None:
    spooled = id_of("spooled")
    async with transaction(pool, None) as tx:
        await spool.put(
            tx,
            Webhook(message_id=spooled, provider="retell", endpoint="retell", event="call_ended",
                    received_at=datetime.now(UTC), body=b"{}"),
        )  # fmt: skip
    waiting = id_of("parked")
    await settled.execute(letter(queue="calls.retell", message=ENDED))
    await settled.execute(pause("NULL"))
    await settled.execute(parked(queue="calls.retell", message=waiting))
    log = log_of(tmp_path, map(line, (spooled, ENDED, waiting)))
    assert names(await verify(accepted=(log,)), State.BROKEN) == set()


@pytest.mark.usefixtures("settled")
async def test_what_waits_in_a_queue_is_under_way_but_nothing_more(
    rabbitmq_url: str, verify: Verifier, tmp_path: Path
) -> None:
    async with await aio_pika.connect(rabbitmq_url) as connection:
        channel = await connection.channel()
        await channel.default_exchange.publish(aio_pika.Message(b""), "retry.1h")
    log = log_of(tmp_path, [line(LOST)])
    assert names(await verify(accepted=(log,)), State.UNDER_WAY) == {ACCEPTED}
    log = log_of(tmp_path, [line(LOST), line(id_of("lost too"))])
    assert names(await verify(accepted=(log,)), State.BROKEN) == {ACCEPTED}


async def test_a_log_that_says_nothing_of_webhooks_is_refused(
    verify: Verifier, tmp_path: Path
) -> None:
    log = log_of(tmp_path, [line(LOST, status=503)])
    with pytest.raises(Refused, match="no line of an ingress"):
        await verify(accepted=(log,))
    with pytest.raises(Refused, match="No such file"):
        await verify(Promise.P7, accepted=(tmp_path / "nothing.log",))
