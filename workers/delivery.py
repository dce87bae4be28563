"""What becomes of a message: handled, tried again later, or dead. Handlers raise; this decides.

    handled                    acknowledged
    what may pass by itself    to the retry queue of its delay, and back; up to the handler's limit
    anything else              to `<queue>.dead` with the reason, for a person to read

The copy is confirmed before the original is acknowledged: dying in between doubles the message,
which the inbox absorbs. If the copy cannot be placed the message goes back to its queue, and the
broker's delivery limit ends what would go round for ever.
"""

import asyncio
import hashlib
import time
import traceback
from collections.abc import Callable, Coroutine, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Generic, TypeVar

import structlog
from aio_pika import IncomingMessage
from faststream import StreamMessage
from faststream.exceptions import RejectMessage
from redis.exceptions import RedisError

from messages import topology
from messages.message import Message
from messages.publisher import BrokerUnavailable, Publisher
from messages.topology import Work
from messages.webhook import Webhook
from ops import metrics
from storage import postgres
from workers.clients.errors import ProviderUnanswered, ProviderUnavailable
from workers.context import Context
from workers.errors import NotYet

log = structlog.get_logger()

LIMIT: Final = 14  # attempts; the ladder below, and then an hour each: nine hours in all
CALM: Final = 1.0  # seconds before a message that could not be moved is handed back
STACK: Final = 4_000  # characters of the stack that travel with a dead letter

Heard = TypeVar("Heard", bound=Message | Webhook)

PASSING: Final = (
    NotYet,
    ProviderUnavailable,
    ProviderUnanswered,
    BrokerUnavailable,
    RedisError,
    *postgres.PASSING,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Handler(Generic[Heard]):
    """A function of an actor, the queue it works on, and what its messages are read as."""

    work: Work
    reads: type[Heard]
    run: Callable[[Context, Heard], Coroutine[Any, Any, None]]
    attempts: int = LIMIT


class Delivery(Generic[Heard]):
    """Brings one handler its messages."""

    def __init__(self, handler: Handler[Heard], context: Context, publisher: Publisher) -> None:
        self._handler: Handler[Heard] = handler
        self._context = context
        self._publisher = publisher
        self._name = handler.work.name
        self._seconds = metrics.HANDLER_SECONDS.labels(self._name)
        self._handled = metrics.HANDLED.labels(self._name)
        self._effect = metrics.EFFECT_SECONDS.labels(self._name)
        self._running: set[asyncio.Task[None]] = set()

    async def deliver(self, msg: StreamMessage[IncomingMessage]) -> None:
        """Run the handler on one message. Returning acknowledges it."""
        if msg.reply_to:
            await self._send_marker_back(msg)
            return
        begun = time.perf_counter()
        structlog.contextvars.bind_contextvars(
            handler=self._name, message_id=msg.message_id, call_id=msg.raw_message.correlation_id
        )
        try:
            heard = self._read(msg)
            structlog.contextvars.bind_contextvars(tenant_id=getattr(heard, "tenant_id", None))
            await self._finished(self._handler.run(self._context, heard))
        except Exception as error:  # noqa: BLE001 -- the one place that decides about all of them
            await self._move(msg, error)
        else:
            self._handled.inc()
            if isinstance(heard, Webhook):
                self._effect.observe((datetime.now(UTC) - heard.received_at).total_seconds())
        finally:
            self._seconds.observe(time.perf_counter() - begun)

    async def _finished(self, run: Coroutine[Any, Any, None]) -> None:
        """Run a handler to its end, whatever happens to the link.

        When the link to RabbitMQ is lost, this delivery is cancelled and the message will come
        again. A handler that has just asked a provider must not be cut off for that: it goes on
        and records what it did, and the repeat finds it done.
        """
        task = asyncio.create_task(run)
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError as cancelled:
            if task.cancelled():  # by a library, from within: a failure like any other
                raise ConnectionError("the handler was cancelled from within") from cancelled
            raise

    async def _send_marker_back(self, msg: StreamMessage[IncomingMessage]) -> None:
        """A marker has waited in the queue like everything else; `ops/gauges.py` times it."""
        with suppress(BrokerUnavailable):
            await self._publisher.publish(
                "", msg.reply_to, msg.body, message_id=msg.message_id, mandatory=False
            )

    def _read(self, msg: StreamMessage[IncomingMessage]) -> Any:
        reads = self._handler.reads
        if issubclass(reads, Message):
            return reads.model_validate_json(msg.body)
        return Webhook.of_delivery(message_id=msg.message_id, headers=msg.headers, body=msg.body)

    async def _move(self, msg: StreamMessage[IncomingMessage], error: Exception) -> None:
        attempt = int(msg.headers.get("attempt", 1))
        passing = isinstance(error, PASSING)
        try:
            if passing and attempt < self._handler.attempts:
                await self._retry(msg, error, attempt)
            else:
                await self._bury(msg, error, attempt)
        except BrokerUnavailable as unavailable:
            log.warning("delivery.handed_back", error=str(unavailable))
            await asyncio.sleep(CALM)
            # Not a nack: RabbitMQ 4.3 does not count those against the delivery limit.
            raise RejectMessage(requeue=True) from error

    async def _retry(
        self, msg: StreamMessage[IncomingMessage], error: Exception, attempt: int
    ) -> None:
        wait = retry_queue(attempt, getattr(error, "retry_after", None))
        log.warning("delivery.retried", attempt=attempt, queue=wait, error=type(error).__name__)
        metrics.RETRIED.labels(self._name, type(error).__name__).inc()
        await self._place(wait, self._name, msg, {"attempt": attempt + 1})

    async def _bury(
        self, msg: StreamMessage[IncomingMessage], error: Exception, attempt: int
    ) -> None:
        # The message of an error may name people; it belongs into the archive, not into the log.
        log.error(
            "delivery.died", attempt=attempt, error=type(error).__name__, at=_top_frame(error)
        )
        metrics.DEAD.labels(self._name, type(error).__name__).inc()
        facts = {"attempt": attempt, **dead_letter_headers(self._name, error, datetime.now(UTC))}
        await self._place("", self._handler.work.dead, msg, facts)

    async def _place(
        self,
        exchange: str,
        routing_key: str,
        msg: StreamMessage[IncomingMessage],
        facts: Mapping[str, Any],
    ) -> None:
        kept = {name: value for name, value in msg.headers.items() if not name.startswith("x-")}
        await self._publisher.publish(
            exchange,
            routing_key,
            msg.body,
            message_id=msg.message_id,
            correlation_id=msg.raw_message.correlation_id,
            content_type=msg.content_type,
            headers={"kind": msg.raw_message.routing_key, **kept, **facts},
        )


def retry_queue(attempt: int, asked: timedelta | None) -> str:
    """Where a message waits after its n-th attempt: five seconds first, an hour at last.

    A provider that named a delay gets it: the first queue that waits at least as long.
    """
    names = list(topology.DELAYS)
    if asked is not None:
        return next((name for name in names if topology.DELAYS[name] >= asked), names[-1])
    return names[min(attempt, len(names)) - 1]


def dead_letter_headers(handler: str, error: Exception, now: datetime) -> dict[str, Any]:
    """Why a message died. Errors at one place of our code have one fingerprint."""
    error_class = type(error).__name__
    frame = _top_frame(error)
    fingerprint = hashlib.sha256(f"{handler}|{error_class}|{frame}".encode()).hexdigest()[:16]
    return {
        "error_class": error_class,
        "error": str(error)[:1000],
        "stack": "".join(traceback.format_exception(error))[-STACK:],
        "fingerprint": fingerprint,
        "died_at": now.isoformat(),
    }


def _top_frame(error: Exception) -> str:
    """The innermost frame that is ours: file and function, so that a moved line changes nothing."""
    ours = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if "site-packages" not in frame.filename and "/lib/python" not in frame.filename
    ]
    if not ours:
        return "unknown"
    file = "/".join(ours[-1].filename.split("/")[-2:])
    return f"{file}:{ours[-1].name}"
