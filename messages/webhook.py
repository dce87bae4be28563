"""A webhook: the raw body that a provider posted, with what the ingress noted on receipt.

The ingress writes one with `headers()`, an actor reads it with `of_delivery()`; between them
lie RabbitMQ or the spool, which keep body and headers as they are.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Self
from uuid import UUID

from messages.lanes import Lane

UNREADABLE: Final = "unreadable"  # the event of a body that is signed but is no JSON we can name


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """One request of a provider.

    `endpoint` is the path below `/webhooks/`: `retell` for the platform's own account,
    `retell/salon-lotte` for the account of a tenant, who then is `tenant_id`.
    """

    message_id: UUID
    provider: str
    endpoint: str
    event: str
    received_at: datetime
    body: bytes
    tenant_id: str | None = None
    traceparent: str | None = None
    attempts: int = 1  # this one included
    lane: Lane = Lane.LIVE

    @property
    def routing_key(self) -> str:
        """Where it goes in the exchange `webhooks`."""
        return self.lane.key(f"{self.provider}.{self.event}")

    def headers(self) -> dict[str, str]:
        """The AMQP headers that travel with the body."""
        noted = {
            "provider": self.provider,
            "endpoint": self.endpoint,
            "event": self.event,
            "received_at": self.received_at.isoformat(),
            "tenant": self.tenant_id,
            "traceparent": self.traceparent,
        }
        return {name: value for name, value in noted.items() if value is not None}

    @classmethod
    def of_delivery(cls, *, message_id: str, headers: Mapping[str, Any], body: bytes) -> Self:
        """Read it back; raises KeyError or ValueError if these are no headers of a webhook."""
        return cls(
            message_id=UUID(message_id),
            provider=headers["provider"],
            endpoint=headers["endpoint"],
            event=headers["event"],
            received_at=datetime.fromisoformat(headers["received_at"]),
            body=body,
            tenant_id=headers.get("tenant"),
            traceparent=headers.get("traceparent"),
            attempts=int(headers.get("attempt", 1)),
        )
