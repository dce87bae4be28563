"""Cal.com's envelope around answers and refusals, and what it reads out of a body."""

from datetime import datetime
from http import HTTPStatus
from typing import Any, Final

from aiohttp import web

from ops.simulators.calcom_shapes import instant
from ops.simulators.refusals import Refused

THROTTLED: Final = "CustomThrottlerGuard - Too many requests. Please try again later."
CODES: Final = {
    400: "BadRequestException",
    401: "UnauthorizedException",
    403: "ForbiddenException",
    404: "NotFoundException",
    409: "ConflictException",
    422: "UnprocessableEntityException",
    429: "ThrottlerException",
}


def success(data: Any, status: int = HTTPStatus.OK) -> web.Response:
    """What was asked for."""
    return web.json_response({"status": "success", "data": data}, status=status)


def failure(path: str, refused: Refused, *, now: datetime, serial: int) -> web.Response:
    """The envelope of API v2; server errors slip past its filters and look different."""
    if refused.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        raw = {"statusCode": refused.status, "message": refused.message}
        return web.json_response(raw, status=refused.status)
    throttled = refused.status == HTTPStatus.TOO_MANY_REQUESTS
    message = THROTTLED if throttled else refused.message
    error = {
        "code": CODES.get(refused.status, "HttpException"),
        "message": message,
        "details": refused.details or {"message": message, "statusCode": refused.status},
    }
    body = {"status": "error", "timestamp": instant(now), "path": path, "error": error}
    headers = {"X-Request-Id": f"request-{serial}"}
    return web.json_response(body, status=refused.status, headers=headers)


async def body_of(request: web.Request) -> dict[str, Any]:
    """The body as an object; none at all is an empty one."""
    if not await request.read():
        return {}
    try:
        given = await request.json()
    except ValueError as unreadable:
        raise Refused(HTTPStatus.BAD_REQUEST, str(unreadable)) from unreadable
    if not isinstance(given, dict):
        raise Refused(HTTPStatus.BAD_REQUEST, "Body must be an object")
    return given
