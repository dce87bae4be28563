"""What is noted of each request: one line in the log, and counters for Prometheus.

Neither holds anything a stranger wrote, but for names that were proven or looked like ours.
"""

from dataclasses import dataclass
from uuid import UUID

import structlog

from ingress.keeping import KeptIn
from ops import metrics

log = structlog.get_logger()


@dataclass(slots=True)
class Facts:
    """What became known of a request while it was answered.

    `counted_as` is the event, or one word for all that we do not expect: a label of a metric
    lives as long as the process.
    """

    method: str
    provider: str = "other"
    endpoint: str | None = None
    event: str | None = None
    counted_as: str = "other"
    message_id: UUID | None = None
    size: int = 0
    kept_in: KeptIn | None = None
    reason: str | None = None

    def record(self, *, status: int, seconds: float) -> None:
        """Count and log it, once it is answered."""
        metrics.REQUEST_SECONDS.labels(self.provider).observe(seconds)
        if self.kept_in:
            name = "webhook.accepted"
            metrics.ACCEPTED.labels(self.provider, self.counted_as, self.kept_in).inc()
        else:
            name = "webhook.refused"
            metrics.REJECTED.labels(self.provider, self.reason).inc()
        tell = log.warning if status >= 500 else log.info  # noqa: PLR2004 -- HTTP's own border
        tell(
            name,
            method=self.method,
            provider=self.provider,
            endpoint=self.endpoint,
            webhook_event=self.event,
            status=status,
            seconds=round(seconds, 6),
            bytes=self.size,
            message_id=self.message_id and str(self.message_id),
            kept_in=self.kept_in,
            reason=self.reason,
        )
