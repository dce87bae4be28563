"""`python -m ingress.rehearsal`: the ingress without publishing, for measuring only.

It is the same application with all it does to a request, but what should take the webhook says
that it has it, and forgets it: `ringbook bench ingress` tells by it what the confirm costs.
"""

import asyncio
import signal

import uvloop
from aiohttp import web

from ingress.app import BACKLOG, build, runner_of
from ingress.settings import Settings
from messages.webhook import Webhook
from ops import logs
from ops.settings import read


class Forgetting:
    """Takes every webhook and keeps none."""

    async def knock(self) -> None:
        """Always there."""

    async def post_webhook(self, webhook: Webhook) -> None:
        """Forget it."""


async def serve(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    runner = runner_of(build(settings, publisher=Forgetting()))
    await runner.setup()
    try:
        await web.TCPSite(runner, settings.host, settings.port, backlog=BACKLOG).start()
        await stop.wait()
    finally:
        await runner.cleanup()


def main() -> None:
    """Run the process."""
    settings = read(Settings)
    logs.configure("rehearsal")
    uvloop.run(serve(settings))


if __name__ == "__main__":
    main()
