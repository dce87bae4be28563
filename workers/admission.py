"""Whether a message may be worked on now: its tenant is below its share, and nothing paused it.

Pauses are rows. Each process reads them every second, and goes by what it read last while
PostgreSQL is away.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import product
from typing import Final
from uuid import UUID

import structlog

from messages.lanes import Lane
from messages.publisher import Publisher
from messages.topology import Work
from storage import pauses
from storage.pauses import Scope
from storage.postgres import PASSING, Duty, Pool, crossing
from workers.errors import AboveShare, Paused
from workers.shares import Shares

log = structlog.get_logger()

EVERY: Final = 1.0  # seconds between two looks at the pauses


class Admission:
    """Decides for one process."""

    def __init__(self, pool: Pool, publisher: Publisher) -> None:
        self._pool = pool
        self._publisher = publisher
        self._paused: dict[Scope, UUID] = {}
        self._shares = Shares()

    def check(self, work: Work, lane: Lane, tenant: str | None) -> None:
        """Raise Paused or AboveShare if a message of this tenant must not be worked on now.

        To be asked twice for each message: without a tenant as soon as it is there, for what is
        paused whoever it belongs to; and once with its tenant, which counts it.
        """
        if self._paused:
            self._stop_if_paused(work, tenant)
        if tenant is None or lane is Lane.BULK:
            return
        above = self._shares.above(tenant, time.monotonic())
        if above and self._publisher.connected:  # else it cannot be moved
            raise AboveShare(tenant)

    def _stop_if_paused(self, work: Work, tenant: str | None) -> None:
        for named in product({None, tenant}, {None, work.provider}, {None, work.actor}):
            scope = Scope(tenant_id=named[0], provider=named[1], actor=named[2])
            if pause_id := self._paused.get(scope):
                raise Paused(pause_id, scope.tenant_id)

    @asynccontextmanager
    async def informed(self) -> AsyncIterator[None]:
        """Know the pauses inside. Waits for PostgreSQL: unasked, nothing may begin."""
        while not await self._looked():  # noqa: ASYNC110 -- the event is another process's
            await asyncio.sleep(EVERY)
        async with asyncio.TaskGroup() as group:
            looking = group.create_task(self._look_forever())
            yield
            looking.cancel()

    async def _look_forever(self) -> None:
        while True:
            await asyncio.sleep(EVERY)
            await self._looked()

    async def _looked(self) -> bool:
        try:
            async with crossing(self._pool, Duty.ROUTER) as router:
                paused = await pauses.in_force(router)
        except PASSING as error:
            log.warning("pauses.not_read", error=type(error).__name__)
            return False
        if paused.keys() != self._paused.keys():
            log.info("pauses.read", pauses=sorted(map(str, paused)))
        self._paused = paused
        return True
