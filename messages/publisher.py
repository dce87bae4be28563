"""The only publisher: when a call of it returns, RabbitMQ has the message on disk.

It has a connection of its own, because an alarm for memory or disk stops the reading of every
connection that publishes: acks sent over the same one would never arrive and the alarm would
never end. While it lasts nothing is even tried; RabbitMQ tells its beginning and its end.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID, uuid4

import aio_pika
import structlog
from aiormq import spec
from aiormq.channel import Channel
from aiormq.exceptions import PublishError

from messages import topology
from messages.message import Posted
from messages.transport import close, unblocked, was_told_to_stop
from messages.webhook import Webhook

TIMEOUT: Final = 5.0  # seconds; a confirm takes some milliseconds
HEARTBEAT: Final = 10  # seconds; without it a link that is cut silently hangs for minutes
RECONNECT: Final = 1.0  # seconds
JSON: Final = "application/json"
LONGEST: Final = 255  # bytes of a correlation id; AMQP has no longer ones
NOWHERE: Final = "ringbook.nowhere"  # a queue that nobody declares

log = structlog.get_logger()


class BrokerUnavailable(Exception):
    """RabbitMQ did not confirm the message. It may have it all the same."""

    def __init__(self, error: BaseException | str) -> None:
        super().__init__(f"not confirmed by RabbitMQ: {error!r}")


class BrokerBlocked(BrokerUnavailable):
    """RabbitMQ takes nothing until its alarm for memory or disk ends."""

    def __init__(self) -> None:
        super().__init__("an alarm for memory or disk")


class Publisher:
    """Posts messages and webhooks, each durably or not at all as far as one can know.

    `run()` keeps it connected. While it is not, or RabbitMQ takes nothing, everything posted
    raises BrokerUnavailable at once.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._channel: Channel | None = None
        self._unblocked = asyncio.Event()
        self._ready = asyncio.Event()

    @property
    def connected(self) -> bool:
        """Whether RabbitMQ would take a message now, as far as it has told."""
        return self._channel is not None and self._unblocked.is_set()

    async def ready(self) -> None:
        """Wait until it is connected and the map of queues is true."""
        await self._ready.wait()

    async def run(self) -> None:
        """Connect, declare the map of queues, and again whenever the link is lost."""
        while True:
            try:
                await self._stay_connected()
            except (Exception, asyncio.CancelledError) as error:
                if was_told_to_stop():
                    raise
                # Whatever it is: without another try nothing would ever be sent again.
                log.warning("publisher.disconnected", error=repr(error))
            await asyncio.sleep(RECONNECT)

    async def _stay_connected(self) -> None:
        connection = await aio_pika.connect(self._url, heartbeat=HEARTBEAT, timeout=TIMEOUT)
        async with connection:
            channel = await connection.channel(publisher_confirms=True, on_return_raises=True)
            await topology.declare(connection)
            underlay = await channel.get_underlay_channel()
            if not isinstance(underlay, Channel):
                raise TypeError("aio-pika speaks over aiormq")
            self._channel, self._unblocked = underlay, unblocked(underlay)
            try:
                with suppress(BrokerUnavailable):
                    await self.knock()
                self._ready.set()
                log.info("publisher.connected")
                await channel.closed()
            finally:
                self._channel = None
                self._ready.clear()

    async def knock(self) -> None:
        """Have a message confirmed that goes nowhere; raises BrokerUnavailable.

        RabbitMQ tells of an alarm only who publishes while it lasts, so each connection begins so.
        """
        await self.publish("", NOWHERE, b"", message_id=str(uuid4()), mandatory=False)

    async def post(self, message: Posted) -> None:
        """Send one of our messages to whoever hears its kind.

        An event that no queue of ours hears is no error; a kind that one does hear must arrive.
        """
        await self.publish(
            topology.MESSAGES,
            message.lane.key(message.kind),
            message.body,
            message_id=str(message.message_id),
            correlation_id=_correlation(message.call_id),
            mandatory=message.kind in topology.HEARD,
        )

    async def post_all(self, batch: Sequence[Posted]) -> list[UUID]:
        """Send several at once; return the ids of those that RabbitMQ has."""

        async def posted(message: Posted) -> UUID | None:
            try:
                await self.post(message)
            except BrokerUnavailable as error:
                log.warning("publisher.not_confirmed", kind=message.kind, error=str(error))
                return None
            return message.message_id

        ids = await asyncio.gather(*map(posted, batch))
        return [message_id for message_id in ids if message_id]

    async def post_webhook(self, webhook: Webhook) -> None:
        """Send the raw body of a request, unchanged."""
        await self.publish(
            topology.WEBHOOKS,
            webhook.routing_key,
            webhook.body,
            message_id=str(webhook.message_id),
            headers=webhook.headers(),
        )

    async def publish(
        self,
        exchange: str,
        routing_key: str,
        body: bytes,
        *,
        message_id: str | None,
        headers: Mapping[str, Any] | None = None,
        correlation_id: str | None = None,
        reply_to: str | None = None,
        content_type: str | None = JSON,
        mandatory: bool = True,
    ) -> None:
        """Send bytes and wait for the confirm; raises BrokerUnavailable for any other end.

        Spoken to the layer below aio-pika, which would wait for the socket to drain under the
        channel's lock before it lets the next one in: that costs a third of the speed.
        """
        properties = spec.Basic.Properties(
            content_type=content_type,
            headers=dict(headers or {}),
            delivery_mode=2,
            correlation_id=correlation_id,
            message_id=message_id,
            reply_to=reply_to,
            timestamp=datetime.now(UTC),
        )
        channel = self._channel
        if channel is None:
            raise BrokerUnavailable("no connection")
        if not self._unblocked.is_set():
            raise BrokerBlocked
        try:
            async with asyncio.timeout(TIMEOUT):
                await channel.basic_publish(
                    body,
                    exchange=exchange,
                    routing_key=routing_key,
                    properties=properties,
                    mandatory=mandatory,
                    wait=False,
                )
        except Exception as error:
            if isinstance(error, PublishError):  # a queue is gone; connecting anew declares it anew
                await close(channel, within=TIMEOUT)
            raise BrokerUnavailable(error) from error  # whatever it is, nothing was confirmed
        except asyncio.CancelledError as error:
            if was_told_to_stop():
                raise
            raise BrokerUnavailable(error) from error


def _correlation(call_id: str | None) -> str | None:
    """The id of a call, if it is one that fits: providers give them, and the body has it anyway."""
    return call_id if call_id and len(call_id.encode()) <= LONGEST else None


@asynccontextmanager
async def open_publisher(url: str) -> AsyncIterator[Publisher]:
    """A publisher that connects in the background; it is there even if RabbitMQ is not."""
    publisher = Publisher(url)
    running = asyncio.create_task(publisher.run())
    try:
        yield publisher
    finally:
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running
