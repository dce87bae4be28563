"""The long-running duties that are nobody's actor: `ringbook duties`.

Relay, archivist and gauges run in one process; several such processes do not disturb each other.
"""

import asyncio
import signal

import structlog
import uvloop

from messages.publisher import Publisher, open_publisher
from ops import logs, waiting
from ops.archivist import archive_forever
from ops.dependencies import both
from ops.gauges import measure_forever
from ops.health import Health
from ops.pages import served
from ops.relay import relay_forever
from ops.settings import DatabaseSettings, RabbitUrl, read
from storage.postgres import Pool, open_pool

log = structlog.get_logger()


class Settings(DatabaseSettings):
    """What the duties must be told from outside."""

    rabbitmq_url: RabbitUrl
    duties_host: str = "0.0.0.0"  # noqa: S104 -- Prometheus asks from another machine
    duties_port: int = 8082


def main() -> None:
    """Do the duties until told to stop."""
    settings = read(Settings)
    logs.configure("duties")
    uvloop.run(_until_stopped(settings))


async def _until_stopped(settings: Settings) -> None:
    url = settings.rabbitmq_url
    async with (
        open_pool(settings.postgres_url, size=5) as pool,
        open_publisher(url) as publisher,
        served(settings.duties_host, settings.duties_port, _health(pool, publisher)),
        asyncio.TaskGroup() as group,
    ):
        tasks = [
            group.create_task(relay_forever(pool, publisher)),
            group.create_task(archive_forever(pool, url)),
            group.create_task(measure_forever(pool, publisher, url)),
        ]
        log.info("duties.started")
        await _told_to_stop()
        for task in tasks:
            task.cancel()
    log.info("duties.stopped")


def _health(pool: Pool, publisher: Publisher) -> Health:
    sections = {
        "queues": waiting.queues,
        "dead_letters": waiting.dead_letters,
        "measured_seconds_ago": waiting.measured,
    }
    return Health(both(pool, publisher), sections=sections)


async def _told_to_stop() -> None:
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    await stopped.wait()
