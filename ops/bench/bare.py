"""The bare pipeline that ours is measured against: what any webhook receiver at least does.

    aiohttp: read the body ─confirm─▶ [bench.bare] ─▶ FastStream: one transaction of five statements

As one would plainly write it, with the same libraries, servers and column types as ours, and
without what makes ours safe: no signature, no retries, no tenants, no dead letters, no metrics.
`python -m ops.bench.bare receive PORT`, `python -m ops.bench.bare work`.
"""

import asyncio
import signal
import sys
from typing import Any, Final
from uuid import NAMESPACE_URL, uuid5

import aio_pika
import asyncpg
import orjson
import uvloop
from aio_pika import DeliveryMode
from aiohttp import web
from faststream.rabbit import Channel, QueueType, RabbitBroker, RabbitQueue

from ops.settings import PostgresUrl, RingbookSettings, read

QUEUE: Final = "bench.bare"
PREFETCH: Final = 20
CONNECTIONS: Final = 10
CHANNEL: Final = web.AppKey("channel", aio_pika.abc.AbstractChannel)
SCHEMA: Final = """
    CREATE TABLE inbox (message_id uuid PRIMARY KEY, heard_at timestamptz NOT NULL DEFAULT now());
    CREATE TABLE webhooks (
        message_id uuid PRIMARY KEY,
        event text NOT NULL,
        call_id text NOT NULL,
        body bytea COMPRESSION lz4 NOT NULL
    );
    CREATE TABLE calls (
        call_id text PRIMARY KEY,
        to_number text,
        started_at bigint,
        ended_at bigint,
        last_event text NOT NULL
    );
    CREATE TABLE outbox (
        message_id uuid PRIMARY KEY,
        kind text NOT NULL,
        body bytea NOT NULL,
        written_at timestamptz NOT NULL DEFAULT now()
    );
    """


class Settings(RingbookSettings):
    """Where the servers are."""

    postgres_url: PostgresUrl
    rabbitmq_url: str


async def receive(settings: Settings, port: int) -> None:
    """Answer each request with 204 once RabbitMQ has confirmed its body."""
    connection = await aio_pika.connect_robust(settings.rabbitmq_url)
    async with connection:
        app = web.Application(client_max_size=10 * 1024 * 1024)
        app[CHANNEL] = await connection.channel(publisher_confirms=True)
        await app[CHANNEL].declare_queue(QUEUE, durable=True, arguments={"x-queue-type": "quorum"})
        app.router.add_post("/webhooks/retell", _publish)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", port).start()
        await _ready_until_told_to_stop()
        await runner.cleanup()


async def _publish(request: web.Request) -> web.Response:
    message = aio_pika.Message(
        await request.read(),
        content_type="application/octet-stream",  # else FastStream parses it for the handler
        delivery_mode=DeliveryMode.PERSISTENT,
    )
    await request.app[CHANNEL].default_exchange.publish(message, QUEUE)
    return web.Response(status=204)


async def work(settings: Settings) -> None:
    """Write each body down, once."""
    broker = RabbitBroker(settings.rabbitmq_url, logger=None, apply_types=False)
    async with asyncpg.create_pool(
        settings.postgres_url, min_size=CONNECTIONS, max_size=CONNECTIONS
    ) as pool:

        @broker.subscriber(
            RabbitQueue(QUEUE, queue_type=QueueType.QUORUM, durable=True),
            channel=Channel(prefetch_count=PREFETCH),
        )
        async def on_webhook(body: bytes) -> None:
            said = orjson.loads(body)
            async with pool.acquire() as connection, connection.transaction():
                await _record(connection, said["event"], said["call"], body)

        await broker.start()
        await _ready_until_told_to_stop()
        await broker.stop()


async def _record(connection: Any, event: str, call: dict[str, Any], body: bytes) -> None:
    message_id = uuid5(NAMESPACE_URL, f"{event}:{call['call_id']}")
    if not await connection.fetchval(
        "INSERT INTO inbox (message_id) VALUES ($1) ON CONFLICT DO NOTHING RETURNING true",
        message_id,
    ):
        return
    await connection.execute(
        "INSERT INTO webhooks (message_id, event, call_id, body) VALUES ($1, $2, $3, $4)",
        message_id,
        event,
        call["call_id"],
        body,
    )
    await connection.execute(
        """
        INSERT INTO calls AS known (call_id, to_number, started_at, ended_at, last_event)
        VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (call_id) DO UPDATE
           SET started_at = least(known.started_at, EXCLUDED.started_at),
               ended_at = greatest(known.ended_at, EXCLUDED.ended_at),
               last_event = EXCLUDED.last_event
        """,
        call["call_id"],
        call.get("to_number"),
        call.get("start_timestamp"),
        call.get("end_timestamp"),
        event,
    )
    await connection.execute(
        "INSERT INTO outbox (message_id, kind, body) VALUES ($1, $2, $3)",
        message_id,
        event,
        orjson.dumps({"call_id": call["call_id"], "event": event}),
    )
    await connection.execute("DELETE FROM outbox WHERE message_id = $1", message_id)


async def _ready_until_told_to_stop() -> None:
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    await stopped.wait()


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["receive", port]:
            uvloop.run(receive(read(Settings), int(port)))
        case ["work"]:
            uvloop.run(work(read(Settings)))
        case _:
            sys.exit(__doc__)
