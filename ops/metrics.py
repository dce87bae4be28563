"""What every process counts, and the page at `/metrics` where Prometheus reads it."""

from typing import Final

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, Counter, Gauge, Histogram, generate_latest

_SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)

ACCEPTED: Final = Counter(
    "ringbook_webhooks_accepted_total", "Webhooks answered 2xx", ["provider", "event", "kept_in"]
)
REJECTED: Final = Counter(
    "ringbook_webhooks_rejected_total", "Requests not accepted", ["provider", "reason"]
)
REQUEST_SECONDS: Final = Histogram(
    "ringbook_webhook_seconds", "From the request's head to our answer", ["provider"],
    buckets=_SECONDS,
)  # fmt: skip

HANDLED: Final = Counter("ringbook_handled_total", "Messages handled", ["handler"])
RETRIED: Final = Counter(
    "ringbook_retried_total", "Messages sent to a retry queue", ["handler", "error"]
)
MOVED_TO_BULK: Final = Counter(
    "ringbook_moved_to_bulk_total", "Live messages of tenants above their share", ["handler"]
)
DEAD: Final = Counter("ringbook_dead_total", "Messages dead-lettered", ["handler", "error"])
HANDLER_SECONDS: Final = Histogram(
    "ringbook_handler_seconds", "One run of a handler", ["handler"], buckets=_SECONDS
)
EFFECT_SECONDS: Final = Histogram(
    "ringbook_effect_seconds", "From a webhook's receipt to its committed effect", ["handler"],
    buckets=_SECONDS,
)  # fmt: skip

QUEUE_DEPTH: Final = Gauge("ringbook_queue_depth", "Messages waiting", ["queue"])
QUEUE_AGE: Final = Gauge(
    "ringbook_queue_oldest_seconds", "Age of the oldest message waiting", ["queue"]
)

QUEUE_CONSUMERS: Final = Gauge(
    "ringbook_queue_consumers", "Consumers of a queue, over all processes", ["queue"]
)
DEAD_LETTERS: Final = Gauge(
    "ringbook_dead_letters", "Dead letters that are still open, 10,000 at most"
)
MEASURED: Final = Gauge(
    "ringbook_measured_timestamp_seconds", "When queues and tables were last measured", ["what"]
)

READY: Final = Gauge("ringbook_ready", "1 while the process can do its work")
DEPENDENCY_OK: Final = Gauge(
    "ringbook_dependency_ok", "1 while it answers this process", ["dependency"]
)

BREAKER_OPEN: Final = Gauge(
    "ringbook_breaker_open", "Breakers that let no request through", ["provider"]
)
PROVIDER_SECONDS: Final = Histogram(
    "ringbook_provider_seconds", "One request to a provider", ["provider", "outcome"],
    buckets=_SECONDS,
)  # fmt: skip


async def page(_: web.Request) -> web.Response:
    """Everything counted so far, in Prometheus' text form."""
    return web.Response(body=generate_latest(), headers={"Content-Type": CONTENT_TYPE_LATEST})
