"""How Cal.com tells its subscribers: at most once, and before it answers the caller."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import httpx

from ops.simulators.calcom_calendar import Booking
from ops.simulators.calcom_webhooks import Subscriber, event, signed
from ops.simulators.webhooks import Webhook, client, send


@dataclass
class Told:
    """A webhook for one subscriber, with the status of each delivery; 0 where nobody answered."""

    trigger: str
    uid: str
    webhook: Webhook
    statuses: list[int] = field(default_factory=list)


class Subscribers:
    """Who hears of bookings, and what they were told.

    `copies`: how often each webhook is delivered; 0 loses all, `lose_next` only the next ones.
    What was lost stands in `told`, from where a test may still send it.
    """

    def __init__(self) -> None:
        self.known: list[tuple[Subscriber, int | None]] = []  # and of which account
        self.told: list[Told] = []
        self.copies = 1
        self.lose_next = 0
        self._http: httpx.AsyncClient | None = None

    async def tell(self, trigger: str, made: Booking, *, now: datetime, **extra: Any) -> None:
        """Return when all have answered; what they answer, and whether, changes nothing."""
        said = event(trigger, made, now=now, **extra)
        told = [
            Told(trigger, made.uid, signed(said, url=subscriber.url, secret=subscriber.secret))
            for subscriber, account in self.known
            if subscriber.wants(trigger) and account in (None, made.event_type.owner_id)
        ]
        self.told.extend(told)
        if self.lose_next > 0:
            self.lose_next -= 1
            return
        await asyncio.gather(*(self._deliver(one) for one in told for _ in range(self.copies)))

    @asynccontextmanager
    async def connected(self) -> AsyncIterator[None]:
        """Keep connections open between webhooks."""
        async with client() as self._http:
            yield
        self._http = None

    async def _deliver(self, told: Told) -> None:
        try:
            told.statuses.append(await send(told.webhook, http=self._http))
        except httpx.HTTPError:
            told.statuses.append(0)
