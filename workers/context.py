"""What a handler may use. `workers/app.py` builds it once; tests build their own."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

from messages.crash_points import COMMITTED, crash_point
from messages.lanes import Lane
from storage import postgres
from storage.memory import Memory
from storage.postgres import Pool, Reader, Transaction
from storage.secrets import KeyRing
from storage.slot_locks import SlotLocks
from workers.clients.calcom import Calcom
from workers.clients.ecb import Ecb
from workers.clients.sendgrid import SendGrid
from workers.clients.twilio import Twilio
from workers.outgoing import Outgoing


def everybody(_tenant: str | None) -> None:
    """Admit every tenant."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """The world of a handler: what is true, whom to ask, where to announce.

    `admit` is asked as soon as a message's tenant is known; it raises Paused or AboveShare.
    Delivery does so for messages that name their tenant, an actor for webhooks that do not.
    """

    pool: Pool
    outgoing: Outgoing
    keys: KeyRing
    locks: SlotLocks
    calcom: Calcom
    twilio: Twilio
    sendgrid: SendGrid
    ecb: Ecb
    operator_email: str
    lane: Lane = Lane.LIVE
    admit: Callable[[str | None], None] = everybody
    memory: Memory = field(default_factory=Memory)
    now: Callable[[], datetime] = field(default=lambda: datetime.now(UTC))

    @asynccontextmanager
    async def transaction(self, tenant: str | None) -> AsyncIterator[Transaction]:
        """Write for one tenant; what was put on the outbox leaves once it is committed."""
        async with postgres.transaction(self.pool, tenant, self.lane) as tx:
            yield tx
        if tx.announced:
            crash_point(COMMITTED)
        self.outgoing.send(tx.announced)

    @asynccontextmanager
    async def reader(self, tenant: str | None) -> AsyncIterator[Reader]:
        """Read what belongs to one tenant."""
        async with postgres.reader(self.pool, tenant) as db:
            yield db
