"""Cal.com's requests: a name but no id, and a tenant's template may change all else."""

from typing import Any, Final

from ingress import signatures
from ingress.provider import Named, Provider, digest_of, is_name


def named(said: dict[str, Any], body: bytes) -> Named | None:
    """The body is built once, so a repeat is the same to the byte."""
    event = said.get("triggerEvent")
    return Named(event, (digest_of(body),)) if is_name(event) else None


PROVIDER: Final = Provider(
    name="calcom",
    header="X-Cal-Signature-256",
    proof=signatures.calcom,
    named=named,
    events=frozenset(
        {
            "PING",
            "BOOKING_CREATED",
            "BOOKING_RESCHEDULED",
            "BOOKING_CANCELLED",
            "BOOKING_REQUESTED",
            "BOOKING_REJECTED",
            "BOOKING_PAYMENT_INITIATED",
            "BOOKING_PAID",
            "BOOKING_NO_SHOW_UPDATED",
            "FORM_SUBMITTED",
            "MEETING_STARTED",
            "MEETING_ENDED",
            "RECORDING_READY",
            "OOO_CREATED",
        }
    ),
)
