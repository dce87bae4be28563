"""Keeping a webhook durably: in RabbitMQ, or in the spool while RabbitMQ is away."""

from enum import StrEnum
from typing import Final, Protocol

import structlog

from ingress.remembered import DATABASE_AWAY
from ingress.within import within
from messages.crash_points import KEPT, crash_point
from messages.publisher import BrokerUnavailable
from messages.webhook import Webhook
from storage import spool
from storage.postgres import Pool, transaction

SPOOL_SECONDS: Final = 3.0  # with the publisher's five still less than the ten a provider waits

log = structlog.get_logger()


class Accepts(Protocol):
    """Where webhooks go: the publisher, or what stands in for it to measure all the rest."""

    async def knock(self) -> None:
        """Return if it would take one now; raises BrokerUnavailable."""

    async def post_webhook(self, webhook: Webhook) -> None:
        """Return when it is durable; raises BrokerUnavailable."""


class KeptIn(StrEnum):
    """Where a webhook is durable."""

    BROKER = "broker"
    SPOOL = "spool"


class NotKept(Exception):
    """Neither RabbitMQ nor PostgreSQL has it."""


class Keeper:
    """Keeps webhooks."""

    def __init__(self, publisher: Accepts, pool: Pool) -> None:
        self._publisher = publisher
        self._pool = pool

    async def keep(self, webhook: Webhook) -> KeptIn:
        """Return when it is durable; raises NotKept."""
        try:
            await self._publisher.post_webhook(webhook)
        except BrokerUnavailable:
            await self._spool(webhook)
            return KeptIn.SPOOL
        crash_point(KEPT)
        return KeptIn.BROKER

    async def _spool(self, webhook: Webhook) -> None:
        try:
            await within(SPOOL_SECONDS, self._put(webhook))
        except DATABASE_AWAY as error:
            log.warning("spool.failed", error=type(error).__name__)  # its text may quote the row
            raise NotKept from error

    async def _put(self, webhook: Webhook) -> None:
        async with transaction(self._pool, None) as tx:
            await spool.put(tx, webhook)
