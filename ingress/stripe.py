"""Stripe's requests: every event has an id of its own, snapshot and thin ones alike."""

from typing import Any, Final

from ingress import signatures
from ingress.provider import Named, Provider, is_name


def named(said: dict[str, Any], _body: bytes) -> Named | None:
    """Both kinds of event (`event`, `v2.core.event`) carry `id` and `type`."""
    event, event_id = said.get("type"), said.get("id")
    if not is_name(event) or not isinstance(event_id, str) or not event_id:
        return None
    return Named(event, (event_id,))


PROVIDER: Final = Provider(
    name="stripe",
    header="Stripe-Signature",
    proof=signatures.stripe,
    named=named,
    events=frozenset(
        {
            "account.updated",
            "account.application.deauthorized",
            "charge.refunded",
            "charge.dispute.created",
            "charge.dispute.updated",
            "charge.dispute.closed",
            "checkout.session.completed",
            "checkout.session.async_payment_succeeded",
            "checkout.session.async_payment_failed",
            "checkout.session.expired",
            "customer.subscription.created",
            "customer.subscription.updated",
            "customer.subscription.deleted",
            "invoice.paid",
            "invoice.payment_failed",
            "payment_intent.succeeded",
            "payment_intent.payment_failed",
            "payment_intent.canceled",
            "refund.created",
            "refund.updated",
            "refund.failed",
        }
    ),
)
