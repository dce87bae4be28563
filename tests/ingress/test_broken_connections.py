import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from ingress.app import Limits
from messages.webhook import Webhook
from tests.ingress.conftest import Ingress, Serve
from tests.ingress.senders import CALL_ENDED, by_retell
from tests.waiting import eventually

Spooled = Callable[[], Awaitable[list[Webhook]]]
HEAD = b"POST /webhooks/retell HTTP/1.1\r\nHost: ringbook\r\n"
HURRIED = Limits(read_seconds=0.2)


@pytest.fixture
async def ingress(serve: Serve) -> Ingress:
    return await serve(limits=HURRIED, idle_seconds=0.5)


@asynccontextmanager
async def connection(
    ingress: Ingress,
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    reader, writer = await asyncio.open_connection(ingress.host, ingress.port)
    try:
        yield reader, writer
    finally:
        writer.close()


async def answered(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    """The status, and all that follows until the server ends the connection."""
    async with asyncio.timeout(5):
        line = await reader.readline()
        return int(line.split()[1]) if line else 0, await reader.read()


def signed(body: bytes) -> bytes:
    return b"".join(f"{name}: {value}\r\n".encode() for name, value in by_retell(body).items())


async def works(ingress: Ingress) -> bool:
    answer = await ingress.post("retell", CALL_ENDED, by_retell(CALL_ENDED))
    return answer.status_code == 204


async def test_a_half_sent_body_is_given_up_and_others_are_not_disturbed(
    ingress: Ingress, spooled: Spooled
) -> None:
    async with connection(ingress) as (reader, writer):
        writer.write(HEAD + signed(b"12345") + b"Content-Length: 5\r\n\r\n123")
        assert await works(ingress)

        status, rest = await answered(reader)

    assert status == 408
    assert b"Connection: close" in rest
    assert [webhook.event for webhook in await spooled()] == ["call_ended"]


async def test_a_body_that_drips_is_given_up_however_often_it_drips(ingress: Ingress) -> None:
    async with connection(ingress) as (reader, writer):
        writer.write(HEAD + b"Transfer-Encoding: chunked\r\n\r\n")

        async def drip() -> None:
            while True:
                writer.write(b"1\r\na\r\n")
                await asyncio.sleep(0.02)

        dripping = asyncio.create_task(drip())
        status, _ = await answered(reader)
        dripping.cancel()

    assert status == 408


async def test_a_head_that_never_ends_is_cut_off(ingress: Ingress) -> None:
    async with connection(ingress) as (reader, writer):
        writer.write(HEAD + b"X-Slow: ")
        assert await works(ingress)
        assert await answered(reader) == (0, b"")


async def test_a_silent_connection_is_cut_off(ingress: Ingress) -> None:
    async with connection(ingress) as (reader, _):
        assert await answered(reader) == (0, b"")


async def test_a_sender_that_hangs_up_half_way_is_no_fault(
    ingress: Ingress, caplog: pytest.LogCaptureFixture, spooled: Spooled
) -> None:
    caplog.set_level(logging.WARNING, "aiohttp.server")
    before = await counted(ingress, "disconnected")
    async with connection(ingress) as (_, writer):
        writer.write(HEAD + signed(b"12345") + b"Content-Length: 5\r\n\r\n123")
        await writer.drain()

    async def noticed() -> bool:
        return await counted(ingress, "disconnected") > before

    await eventually(noticed)
    assert await spooled() == []
    assert [record for record in caplog.records if record.name == "aiohttp.server"] == []


async def test_a_chunk_that_is_none_is_refused(ingress: Ingress) -> None:
    async with connection(ingress) as (reader, writer):
        writer.write(HEAD + b"Transfer-Encoding: chunked\r\n\r\nno length\r\n")
        status, _ = await answered(reader)
    assert status == 400
    assert await works(ingress)


async def test_what_is_no_http_is_refused(ingress: Ingress) -> None:
    async with connection(ingress) as (reader, writer):
        writer.write(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n")
        status, _ = await answered(reader)
    assert status == 400
    assert await works(ingress)


async def test_a_sender_may_ask_before_it_sends_its_body(ingress: Ingress) -> None:
    async with connection(ingress) as (reader, writer):
        length = f"Content-Length: {len(CALL_ENDED)}\r\n".encode()
        writer.write(HEAD + signed(CALL_ENDED) + length + b"Expect: 100-continue\r\n\r\n")
        assert await reader.readline() == b"HTTP/1.1 100 Continue\r\n"
        await reader.readline()

        writer.write(CALL_ENDED)
        assert (await reader.readline()).split()[1] == b"204"


async def test_a_connection_takes_one_webhook_after_another(
    ingress: Ingress, spooled: Spooled
) -> None:
    one = b'{"event": "call_ended", "call": {"call_id": "call_1"}}'
    two = b'{"event": "call_ended", "call": {"call_id": "call_2"}}'
    async with connection(ingress) as (reader, writer):
        for body in (one, two):
            length = f"Content-Length: {len(body)}\r\n\r\n".encode()
            writer.write(HEAD + signed(body) + length + body)
        status, rest = await answered(reader)

    assert status == 204
    assert rest.count(b"HTTP/1.1 204") == 1
    assert {webhook.body for webhook in await spooled()} == {one, two}


async def counted(ingress: Ingress, reason: str) -> float:
    page = (await ingress.http.get("/metrics")).text
    start = f'ringbook_webhooks_rejected_total{{provider="retell",reason="{reason}"}} '
    values = [line.removeprefix(start) for line in page.splitlines() if line.startswith(start)]
    return float(values[0]) if values else 0.0
