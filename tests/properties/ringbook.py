"""A Ringbook that histories happen to: handlers are run one by one, as delivery runs them."""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any, Final, TypeVar

import asyncpg

from messages.bookings import BookSlot
from messages.calls import CallAnalyzed, CallEnded
from messages.webhook import Webhook
from tests.properties.promises import Seen
from tests.world import World
from workers.bookings.actor import book_slot
from workers.bookings.mirror import on_calcom
from workers.calls.actor import on_retell
from workers.clients.breakers import Breakers
from workers.context import Context
from workers.costs.actor import on_analyzed, on_ended
from workers.moves import passes

T = TypeVar("T")
SEEN: Final = ("appointments", "calls", "webhook_events", "outbox", "platform_costs")
WRITTEN: Final = (
    *SEEN, "inbox", "booking_answers", "provider_operations", "quarantined_numbers", "customers"
)  # fmt: skip


@dataclass
class Ringbook:
    """Hears, and shows what became true. Everything happens on a loop of its own."""

    loop: asyncio.AbstractEventLoop
    world: World
    context: Context
    owner: asyncpg.Connection

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.loop.run_until_complete(work)

    def forget(self) -> None:
        """Begin anew, with tenants and calendars as they are sold."""
        self.run(self.owner.execute("; ".join(f"DELETE FROM {table}" for table in WRITTEN)))  # noqa: S608 -- ours
        self.world.calcom.forget()
        self.world.calcom.faults.clear()

    def seen(self) -> Seen:
        return self.run(seen_by(self.owner))

    def hear(self, *at_once: Webhook | BookSlot) -> list[bool]:
        """Whether each was heard to its end; else it will be brought again, after a while.

        In that while breakers close.
        """
        self.context.calcom.breakers = Breakers("calcom")
        return self.run(self._heard_all(at_once))

    def carry(self, kind: str, body: bytes) -> None:
        """Bring a message of ours to the costs actor."""
        if kind == "calls.ended":
            self.run(on_ended(self.context, CallEnded.model_validate_json(body)))
        else:
            self.run(on_analyzed(self.context, CallAnalyzed.model_validate_json(body)))

    async def _heard_all(self, at_once: tuple[Webhook | BookSlot, ...]) -> list[bool]:
        return list(await asyncio.gather(*map(self._heard, at_once)))

    async def _heard(self, news: Webhook | BookSlot) -> bool:
        """As delivery decides: what does not pass by itself would be a dead letter."""
        try:
            if isinstance(news, BookSlot):
                await book_slot(self.context, news)
            elif news.provider == "calcom":
                await on_calcom(self.context, news)
            else:
                await on_retell(self.context, news)
        except Exception as error:
            if not passes(error):
                raise
            return False
        return True


async def seen_by(owner: asyncpg.Connection) -> Seen:
    """What is true at this moment."""
    rows = [await owner.fetch(f"SELECT * FROM {table}") for table in SEEN]  # noqa: S608 -- ours
    return Seen(*rows)
