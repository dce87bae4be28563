"""The map of RabbitMQ: two exchanges, one queue a handler, shared retry queues, dead letters.

    webhooks ──provider.event──▶ [calls.retell] …      nobody hears it ─▶ [webhooks.unrouted]
    messages ──kind────────────▶ [bookings.book_slot] …
             ──bulk.kind───────▶ [bookings.book_slot.bulk] …
                                      │
              ┌── may pass by itself ─┴─ anything else, or it kills its workers ──┐
              ▼                                                                   ▼
    retry.30s ──▶ [retry.30s] ──30 s later──▶ back to its own queue      [bookings.book_slot.dead]

Each handler has two queues, one for each lane; they share their dead letters.

A message enters a retry exchange with the name of its queue as the routing key; the retry queue
dead-letters to the default exchange and keeps that key, so the message comes home. One queue for
each delay, because a queue is as slow as its head: 30 s never wait behind an hour. Each step of
the ladder has three delays, so that what failed at one moment does not come back at one moment.

Arguments of a queue cannot be changed once declared; a change needs a new name.
"""

from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import Any, Final

from aio_pika.abc import AbstractChannel, AbstractConnection, ExchangeType
from aio_pika.exceptions import ChannelNotFoundEntity

from messages.lanes import Lane

WEBHOOKS: Final = "webhooks"
MESSAGES: Final = "messages"
UNROUTED: Final = "webhooks.unrouted"  # an exchange, and the one queue behind it

DELIVERY_LIMIT: Final = 8  # a message that brought down so many workers is poison
# The ladder: each step, by its shortest delay, in seconds.
_STEPS: Final = {"5s": (5, 6, 7), "30s": (30, 38, 45), "2m": (120, 150, 180),
                 "10m": (600, 750, 900), "1h": (3600, 4200, 4800)}  # fmt: skip
LADDER: Final = tuple(
    tuple((f"retry.{step}" if n == 0 else f"retry.{step}.{n}") for n in range(len(delays)))
    for step, delays in _STEPS.items()
)
DELAYS: Final = {
    name: timedelta(seconds=seconds)
    for names, delays in zip(LADDER, _STEPS.values(), strict=True)
    for name, seconds in zip(names, delays, strict=True)
}

# Dead-lettering, retries included, is only safe so: a broker killed in the middle of 3,000
# expiring messages kept 3,000 with these two and 471 without.
_SAFELY: Final = {"x-dead-letter-strategy": "at-least-once", "x-overflow": "reject-publish"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """The work of one handler: what it hears, and how many messages it has in hand at once.

    `provider` is who sends it, or who is asked on its account.
    """

    name: str
    exchange: str
    hears: tuple[str, ...]
    prefetch: int
    provider: str | None = None

    @property
    def actor(self) -> str:
        """Whose handler it is."""
        return self.name.partition(".")[0]

    @property
    def dead(self) -> str:
        """The queue of its dead letters."""
        return f"{self.name}.dead"

    def queue(self, lane: Lane) -> str:
        """The queue of its messages in a lane."""
        return self.name if lane is Lane.LIVE else f"{self.name}.{lane}"


def _webhooks(name: str, provider: str, *events: str, prefetch: int) -> Work:
    hears = tuple(f"{provider}.{event}" for event in events)
    return Work(name=name, exchange=WEBHOOKS, hears=hears, prefetch=prefetch, provider=provider)


def _messages(actor: str, kind: str, *, prefetch: int, asks: str | None = None) -> Work:
    """A command's queue is named by the command, any other by who hears what."""
    name = kind if kind.startswith(f"{actor}.") else f"{actor}.{kind}"
    return Work(name=name, exchange=MESSAGES, hears=(kind,), prefetch=prefetch, provider=asks)


# How many messages a process has in hand of each queue. All share one loop and one pool: what
# providers wait for comes first, what follows from it has a smaller share, and a handler that
# waits for a provider has as many as that provider may be asked at once.
_HEARS: Final = 20
_FOLLOWS: Final = 2
_ASKS: Final = 10

CALLS_RETELL: Final = _webhooks(
    "calls.retell",
    "retell",
    "call_inbound",
    "call_started",
    "call_ended",
    "call_analyzed",
    "transfer_started",
    "transfer_bridged",
    "transfer_cancelled",
    "transfer_ended",
    prefetch=_HEARS,
)
BOOKINGS_CALCOM: Final = _webhooks(
    "bookings.calcom",
    "calcom",
    "BOOKING_CREATED",
    "BOOKING_RESCHEDULED",
    "BOOKING_CANCELLED",
    "BOOKING_REQUESTED",
    "BOOKING_REJECTED",
    prefetch=_HEARS,
)
TRANSCRIPTS_ANALYZED: Final = _messages("transcripts", "calls.analyzed", prefetch=_FOLLOWS)
BOOKINGS_AGREED: Final = _messages(
    "bookings", "transcripts.booking_agreed", prefetch=_ASKS, asks="calcom"
)
BOOKINGS_BOOK_SLOT: Final = _messages(
    "bookings", "bookings.book_slot", prefetch=_ASKS, asks="calcom"
)
COSTS_ENDED: Final = _messages("costs", "calls.ended", prefetch=_FOLLOWS)
COSTS_ANALYZED: Final = _messages("costs", "calls.analyzed", prefetch=_FOLLOWS)
NOTIFICATIONS_BOOKED: Final = _messages("notifications", "bookings.slot_booked", prefetch=_FOLLOWS)
NOTIFICATIONS_REFUSED: Final = _messages(
    "notifications", "bookings.slot_refused", prefetch=_FOLLOWS
)
NOTIFICATIONS_QUARANTINED: Final = _messages(
    "notifications", "calls.quarantined", prefetch=_FOLLOWS
)
NOTIFICATIONS_REVIEW: Final = _messages(
    "notifications", "transcripts.review_needed", prefetch=_FOLLOWS
)
NOTIFICATIONS_SEND_SMS: Final = _messages(
    "notifications", "notifications.send_sms", prefetch=_ASKS, asks="twilio"
)
NOTIFICATIONS_SEND_EMAIL: Final = _messages(
    "notifications", "notifications.send_email", prefetch=_ASKS, asks="sendgrid"
)

ALL: Final = (
    CALLS_RETELL,
    BOOKINGS_CALCOM,
    TRANSCRIPTS_ANALYZED,
    BOOKINGS_AGREED,
    BOOKINGS_BOOK_SLOT,
    COSTS_ENDED,
    COSTS_ANALYZED,
    NOTIFICATIONS_BOOKED,
    NOTIFICATIONS_REFUSED,
    NOTIFICATIONS_QUARANTINED,
    NOTIFICATIONS_REVIEW,
    NOTIFICATIONS_SEND_SMS,
    NOTIFICATIONS_SEND_EMAIL,
)
BY_NAME: Final = {work.name: work for work in ALL}
OF_HANDLERS: Final = tuple(work.queue(lane) for work in ALL for lane in Lane)
EVERY_QUEUE: Final = (
    *OF_HANDLERS,
    *(work.dead for work in ALL),
    *DELAYS,
    UNROUTED,
)
HEARD: Final = frozenset(key for work in ALL for key in work.hears)
_WHOLE: Final = (
    f"ringbook.map.{sha256(repr((ALL, DELAYS, _SAFELY, DELIVERY_LIMIT)).encode()).hexdigest()[:16]}"
)


def arguments_of(work: Work) -> dict[str, Any]:
    """The arguments of a handler's queues."""
    return {
        "x-queue-type": "quorum",
        "x-delivery-limit": DELIVERY_LIMIT,
        "x-dead-letter-exchange": "",
        "x-dead-letter-routing-key": work.dead,
        **_SAFELY,
    }


async def declare(connection: AbstractConnection) -> None:
    """Make the map true; safe to repeat, and done by every process before it begins.

    To declare all of it takes RabbitMQ most of a second, to look whether it is there some
    milliseconds: who comes back after an outage has no time to lose. An exchange that is declared
    last, with a name made from the map, says that everything was bound.
    """
    if await _is_true(connection):
        return
    async with connection.channel() as channel:
        await _declare(channel)
        await channel.declare_exchange(_WHOLE, ExchangeType.FANOUT, durable=True)


async def _is_true(connection: AbstractConnection) -> bool:
    channel = await connection.channel()
    try:
        await channel.get_exchange(_WHOLE)
        for name in EVERY_QUEUE:
            await channel.declare_queue(name, passive=True)
    except ChannelNotFoundEntity:  # which has closed the channel
        return False
    await channel.close()
    return True


async def _declare(channel: AbstractChannel) -> None:
    """Where a message may go is declared before the place that it comes from."""
    for name, delay in DELAYS.items():
        await _declare_retry(channel, name, delay)

    fallback = await channel.declare_exchange(UNROUTED, ExchangeType.FANOUT, durable=True)
    await (await _declare_plain(channel, UNROUTED)).bind(fallback)
    await channel.declare_exchange(
        WEBHOOKS, ExchangeType.TOPIC, durable=True, arguments={"alternate-exchange": UNROUTED}
    )
    await channel.declare_exchange(MESSAGES, ExchangeType.TOPIC, durable=True)
    for work in ALL:
        await _declare_work(channel, work)


async def _declare_retry(channel: AbstractChannel, name: str, delay: timedelta) -> None:
    exchange = await channel.declare_exchange(name, ExchangeType.FANOUT, durable=True)
    queue = await channel.declare_queue(
        name,
        durable=True,
        arguments={
            "x-queue-type": "quorum",
            "x-message-ttl": int(delay.total_seconds() * 1000),
            "x-dead-letter-exchange": "",
            **_SAFELY,
        },
    )
    await queue.bind(exchange)


async def _declare_work(channel: AbstractChannel, work: Work) -> None:
    await _declare_plain(channel, work.dead)
    for lane in Lane:
        queue = await channel.declare_queue(
            work.queue(lane), durable=True, arguments=arguments_of(work)
        )
        for key in work.hears:
            await queue.bind(work.exchange, routing_key=lane.key(key))


async def _declare_plain(channel: AbstractChannel, name: str) -> Any:
    """A queue that keeps what it has, however often it is looked at: RabbitMQ 4 would drop a
    message after twenty returns, and here nothing stands behind it.
    """
    return await channel.declare_queue(
        name, durable=True, arguments={"x-queue-type": "quorum", "x-delivery-limit": 2**30}
    )
