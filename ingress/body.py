"""Reading the body of a request: all of it, soon, and not too much."""

import asyncio
from typing import Final

from aiohttp import web
from aiohttp.web_protocol import RequestPayloadError

from ingress.refused import Refused

LIMIT: Final = 10 * 1024 * 1024  # bytes; an hour of talk is one or two million


async def body_of(request: web.Request, *, seconds: float) -> bytes:
    """The bytes as they were sent; raises Refused.

    A compressed body is refused: what its sender signed cannot be known.
    """
    if request.headers.get("Content-Encoding", "identity") != "identity":
        raise Refused(415, "compressed", closes=True)
    if (request.content_length or 0) > LIMIT:
        raise Refused(413, "too_large", closes=True)
    try:
        async with asyncio.timeout(seconds):
            return await request.read()
    except TimeoutError:
        raise Refused(408, "slow_body", closes=True) from None
    except web.HTTPRequestEntityTooLarge:
        raise Refused(413, "too_large", closes=True) from None
    except ConnectionError:
        raise Refused(400, "disconnected", closes=True) from None
    except RequestPayloadError:
        raise Refused(400, "broken_body", closes=True) from None
