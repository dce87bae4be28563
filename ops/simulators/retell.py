"""A Retell of our own: signs and sends webhooks, and shows its calls over REST."""

import hmac
from datetime import datetime, timedelta
from hashlib import sha256
from http import HTTPStatus
from typing import Any, Final

from aiohttp import web

from ops.simulators.refusals import Refused
from ops.simulators.retell_calls import Conversation, call
from ops.simulators.retell_search import fits
from ops.simulators.simulator import CONTROL, Clock, Simulator, utc_now
from ops.simulators.webhooks import Webhook, stringified

KEY: Final = "key_simulator"  # a key to begin with
MESSAGES: Final = {
    400: "Invalid request format, please check API reference.",
    401: "API key is missing or invalid.",
    402: "Trial has ended, please add payment method.",
    422: "Cannot find requested asset under given api key.",
    429: "Account rate limited, please throttle your requests.",
    500: "An unexpected server error occurred.",
}
MOST_LISTED: Final = 1000
LISTED: Final = 50
_LEFT_OUT: Final = (  # of lists
    "transcript",
    "transcript_object",
    "transcript_with_tool_calls",
    "scrubbed_transcript_with_tool_calls",
)


class Retell(Simulator):
    """The calls of one workspace."""

    def __init__(self, *, now: Clock = utc_now) -> None:
        super().__init__(now=now)
        self.api_keys: list[str] = [KEY]
        self.calls: dict[str, dict[str, Any]] = {}

    def add(self, talk: Conversation | dict[str, Any]) -> None:
        """Let this call be found; a dictionary is taken as the call object itself."""
        known = call(talk) if isinstance(talk, Conversation) else talk
        self.calls[known["call_id"]] = known

    def routes(self) -> list[web.RouteDef]:
        """The part of the API that is simulated."""
        return [
            web.get("/v2/get-call/{call_id}", self._show_call),
            web.post("/v3/list-calls", self._list),
        ]

    def controls(self) -> list[web.RouteDef]:
        """Calls and keys, from other processes."""
        return [
            web.post(CONTROL + "calls", self._add_over_http),
            web.post(CONTROL + "api-keys", self._add_keys),
        ]

    def failure(self, request: web.Request, refused: Refused) -> web.Response:
        """Retell's short envelope."""
        del request
        message = MESSAGES.get(refused.status, refused.message)
        body = {"status": "error", "message": message}
        return web.json_response(body, status=refused.status)

    def state(self) -> dict[str, Any]:
        """The calls."""
        return {"calls": list(self.calls.values())}

    def forget(self) -> None:
        """Drop the calls."""
        self.calls.clear()

    async def _show_call(self, request: web.Request) -> web.Response:
        self._authenticate(request)
        found = self.calls.get(request.match_info["call_id"])
        if found is None:
            raise Refused(HTTPStatus.UNPROCESSABLE_ENTITY)
        return web.json_response(body=stringified(found))

    async def _list(self, request: web.Request) -> web.Response:
        self._authenticate(request)
        asked = await request.json() if await request.read() else {}
        limit = asked.get("limit", LISTED)
        if not 1 <= limit <= MOST_LISTED or ("skip" in asked and "pagination_key" in asked):
            raise Refused(HTTPStatus.BAD_REQUEST)
        try:
            filters = asked.get("filter_criteria")
            found = [call for call in self.calls.values() if fits(call, filters)]
        except (KeyError, TypeError):
            raise Refused(HTTPStatus.BAD_REQUEST) from None
        newest_first = asked.get("sort_order", "descending") == "descending"
        found.sort(key=lambda call: call.get("start_timestamp", 0), reverse=newest_first)
        skip = asked.get("skip", 0)
        if key := asked.get("pagination_key"):
            skip = next((n for n, call in enumerate(found, 1) if call["call_id"] == key), 0)
        shown = found[skip : skip + limit]
        listed: dict[str, Any] = {
            "items": [_without_transcript(call) for call in shown],
            "has_more": len(found) > skip + limit,
        }
        if shown:
            listed["pagination_key"] = shown[-1]["call_id"]
        if asked.get("include_total"):
            listed["total"] = len(found)
        return web.json_response(body=stringified(listed))

    def _authenticate(self, request: web.Request) -> None:
        key = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if key not in self.api_keys:
            raise Refused(HTTPStatus.UNAUTHORIZED)

    async def _add_over_http(self, request: web.Request) -> web.Response:
        told = await request.json()
        for one in told if isinstance(told, list) else [told]:
            self.add(one)
        return web.json_response({"calls": len(self.calls)})

    async def _add_keys(self, request: web.Request) -> web.Response:
        self.api_keys.extend(await request.json())
        return web.json_response({"api_keys": len(self.api_keys)})


def signature(body: bytes, key: str, *, at_ms: int) -> str:
    """The value of X-Retell-Signature: the body comes first, the time behind it."""
    digest = hmac.new(key.encode(), body + str(at_ms).encode(), sha256).hexdigest()
    return f"v={at_ms},d={digest}"


def signed(
    event: dict[str, Any] | bytes, *, url: str, key: str, at: datetime | None = None
) -> Webhook:
    """Any Retell webhook, ready to be sent; signed now unless told otherwise."""
    body = event if isinstance(event, bytes) else stringified(event)
    epoch = datetime.fromisoformat("1970-01-01T00:00:00Z")
    at_ms = ((at or utc_now()) - epoch) // timedelta(milliseconds=1)
    return Webhook(url, body, {"X-Retell-Signature": signature(body, key, at_ms=at_ms)})


def _without_transcript(call: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in call.items() if name not in _LEFT_OUT}
