"""What every simulator is: an HTTP application with planned faults and controls."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any, Final

from aiohttp import web
from aiohttp.typedefs import Handler
from pydantic import TypeAdapter

from ops.simulators.faults import Fault, Faults
from ops.simulators.refusals import Refused

CONTROL: Final = "/_simulator/"
LARGEST_BODY: Final = 32 * 1024 * 1024  # above SendGrid's 30 MB, so that it can refuse by itself
NO_ANSWER: Final = 499  # stands in the list where the connection was cut

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """The clock on the wall."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class Seen:
    """A request that came, and how it was answered."""

    method: str
    path: str
    status: int


class Simulator(ABC):
    """A provider: what all of them have, and the five things each must say for itself."""

    def __init__(self, *, now: Clock = utc_now) -> None:
        self.now = now
        self.faults = Faults()
        self.requests: list[Seen] = []

    @abstractmethod
    def routes(self) -> list[web.RouteDef]:
        """The provider's own API."""

    @abstractmethod
    def failure(self, request: web.Request, refused: Refused) -> web.Response:
        """A refusal in the provider's words."""

    @abstractmethod
    def state(self) -> dict[str, Any]:
        """What happened so far, as JSON."""

    @abstractmethod
    def forget(self) -> None:
        """Drop what happened; keep who may ask, and what is sold."""

    def adjustable(self) -> dict[str, object]:
        """The attributes that may be set over HTTP, each with the object that has it."""
        return {}

    def controls(self) -> list[web.RouteDef]:
        """More ways to prepare this provider over HTTP."""
        return []

    def app(self) -> web.Application:
        """The HTTP side of it."""
        app = web.Application(middlewares=[self._answer], client_max_size=LARGEST_BODY)
        app.add_routes(self.routes())
        app.add_routes(self.controls())
        app.add_routes(
            [
                web.post(CONTROL + "faults", self._control_plan),
                web.get(CONTROL + "state", self._control_show),
                web.post(CONTROL + "reset", self._control_reset),
                web.post(CONTROL + "settings", self._control_adjust),
            ]
        )
        return app

    def count(self, method: str, path: str) -> int:
        """How often a request like this came; `*` matches anything."""
        like = Fault(method=method, path=path)
        return sum(like.fits(seen.method, seen.path) for seen in self.requests)

    async def work(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Answer an ordinary request; every refusal in the provider's words."""
        try:
            return await handler(request)
        except Refused as refused:
            return self.failure(request, refused)
        except (web.HTTPNotFound, web.HTTPMethodNotAllowed) as nothing:
            missing = f"Cannot {request.method} {request.path}"
            return self.failure(request, Refused(nothing.status, missing))

    @web.middleware
    async def _answer(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        await request.read()  # a client that gives up while we are slow must not stop the work
        if request.path.startswith(CONTROL):
            return await _told(request, handler)
        answer = await self.faults.around(
            request,
            work=lambda: self.work(request, handler),
            failure=lambda refused: self.failure(request, refused),
        )
        self.requests.append(Seen(request.method, request.path, answer.status))
        return answer

    async def _control_plan(self, request: web.Request) -> web.Response:
        told = await request.json()
        for one in told if isinstance(told, list) else [told]:
            if "meet" in one:
                self.faults.meet(one.pop("meet"), **one)
            else:
                self.faults.planned.append(Fault.model_validate(one))
        return web.json_response({"planned": len(self.faults.planned)})

    async def _control_show(self, _request: web.Request) -> web.Response:
        return web.json_response(
            {
                **self.state(),
                "requests": [asdict(seen) for seen in self.requests],
                "faults": [fault.model_dump() for fault in self.faults.planned],
            }
        )

    async def _control_reset(self, _request: web.Request) -> web.Response:
        self.faults.clear()
        self.requests.clear()
        self.forget()
        return web.json_response({})

    async def _control_adjust(self, request: web.Request) -> web.Response:
        told = TypeAdapter(dict[str, Any]).validate_python(await request.json())
        owners = self.adjustable()
        if strange := told.keys() - owners.keys():
            raise web.HTTPBadRequest(text=f"not adjustable: {', '.join(sorted(strange))}")
        for name, value in told.items():
            setattr(owners[name], name, value)
        return web.json_response(told)


async def _told(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except (TypeError, ValueError) as unclear:
        return web.Response(text=str(unclear), status=HTTPStatus.BAD_REQUEST)
