"""Failures that are planned ahead and strike the next requests they fit."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from fnmatch import fnmatchcase
from typing import Any

from aiohttp import web
from pydantic import BaseModel, ConfigDict

from ops.simulators.refusals import Refused

Work = Callable[[], Awaitable[web.StreamResponse]]
Failure = Callable[[Refused], web.StreamResponse]


class Fault(BaseModel):
    """What goes wrong, where and how often.

    Without `status` and `close` the request is only slow. `after` means: the work is done, the
    answer is lost. Without a `body` the provider's own words for the status are used.
    """

    model_config = ConfigDict(extra="forbid")

    method: str = "*"
    path: str = "*"
    after: bool = False
    status: int | None = None
    body: Any = None
    headers: dict[str, str] = {}
    close: bool = False
    delay_seconds: float = 0
    times: int = 1

    def fits(self, method: str, path: str) -> bool:
        """Whether this request is meant; `*` and `?` in the path match as in a shell."""
        return self.method in ("*", method) and fnmatchcase(path, self.path)


class Gate:
    """Where requests wait for each other, so that a race is one."""

    def __init__(self, parties: int, method: str, path: str, patience_seconds: float) -> None:
        self.where = Fault(method=method, path=path)
        self.patience_seconds = patience_seconds
        self.barrier = asyncio.Barrier(parties)
        self.missing = parties


class Faults:
    """The plan: the first fault that fits a request strikes it, as many times as it says."""

    def __init__(self) -> None:
        self.planned: list[Fault] = []
        self.gate: Gate | None = None

    def plan(
        self,
        method: str = "*",
        path: str = "*",
        *,
        after: bool = False,
        status: int | None = None,
        body: Any = None,
        headers: dict[str, str] | None = None,
        close: bool = False,
        delay_seconds: float = 0,
        times: int = 1,
    ) -> None:
        """Let the next `times` requests that fit go wrong in this way."""
        self.planned.append(
            Fault(
                method=method,
                path=path,
                after=after,
                status=status,
                body=body,
                headers=headers or {},
                close=close,
                delay_seconds=delay_seconds,
                times=times,
            )
        )

    def meet(
        self,
        parties: int,
        method: str = "*",
        path: str = "*",
        *,
        patience_seconds: float = 10,
    ) -> None:
        """Hold the next requests that fit until so many are here, or until patience ends."""
        self.gate = Gate(parties, method, path, patience_seconds)

    def clear(self) -> None:
        """Forget every plan."""
        self.planned.clear()
        self.gate = None

    async def around(
        self, request: web.Request, work: Work, failure: Failure
    ) -> web.StreamResponse:
        """Do the work of a request, with the fault that was planned for it."""
        await self._wait_at_the_gate(request)
        fault = self._take(request)
        if fault is None:
            return await work()
        done = await work() if fault.after else None
        await asyncio.sleep(fault.delay_seconds)
        if fault.close:
            return _hang_up(request)
        if fault.status is not None:
            return _spoken(fault, fault.status, failure)
        return done or await work()

    def _take(self, request: web.Request) -> Fault | None:
        for fault in self.planned:
            if fault.fits(request.method, request.path):
                fault.times -= 1
                if fault.times <= 0:
                    self.planned.remove(fault)
                return fault
        return None

    async def _wait_at_the_gate(self, request: web.Request) -> None:
        gate = self.gate
        if gate is None or not gate.where.fits(request.method, request.path):
            return
        gate.missing -= 1
        if not gate.missing:
            self.gate = None
        with suppress(TimeoutError):
            async with asyncio.timeout(gate.patience_seconds):
                await gate.barrier.wait()
                return
        self.gate = None  # whoever waited in vain goes on alone, and nobody else waits


def _spoken(fault: Fault, status: int, failure: Failure) -> web.StreamResponse:
    if fault.body is None:
        answer = failure(Refused(status))
    elif isinstance(fault.body, str):
        answer = web.Response(text=fault.body, status=status)
    else:
        answer = web.json_response(fault.body, status=status)
    answer.headers.update(fault.headers)
    return answer


def _hang_up(request: web.Request) -> web.Response:
    """Cut the connection: the client sees it close without a single byte of an answer."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=499)  # nobody reads it; the list of requests shows it
