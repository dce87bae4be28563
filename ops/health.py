"""Whether a process lives, and whether it can do its work now: `/health/live`, `/health/ready`."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from time import monotonic
from typing import Final, TypeAlias

from aiohttp import web
from aiohttp.typedefs import Handler

Check: TypeAlias = Callable[[], Awaitable[bool]]

PATIENCE: Final = 1.0  # seconds; what answers later than this is as good as away
REMEMBERED: Final = 1.0  # seconds, so that probes cannot hurt what they ask


async def live(_: web.Request) -> web.Response:
    """200 while the loop turns."""
    return web.json_response({"live": True})


def ready(checks: Mapping[str, Check], enough: Callable[[Iterable[bool]], bool] = all) -> Handler:
    """A handler that is 200 while enough checks are true, `all` or `any`; the body names each."""
    asking = asyncio.Lock()
    until, answers = 0.0, dict.fromkeys(checks, False)

    async def handler(_: web.Request) -> web.Response:
        nonlocal until, answers
        async with asking:
            if monotonic() >= until:
                known = await asyncio.gather(*map(_asked, checks.values()))
                answers = dict(zip(checks, known, strict=True))
                until = monotonic() + REMEMBERED
        fine = enough(answers.values())
        return web.json_response({"ready": fine, **answers}, status=200 if fine else 503)

    return handler


async def _asked(check: Check) -> bool:
    """Whatever goes wrong with a check, the answer is no."""
    task = asyncio.ensure_future(check())
    await asyncio.wait({task}, timeout=PATIENCE)
    if not task.done():
        task.add_done_callback(lambda late: late.cancelled() or late.exception())
        task.cancel()
        return False
    return not task.cancelled() and task.exception() is None and task.result()
