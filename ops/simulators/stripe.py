"""A sender of Stripe's webhooks: events of the kinds we listen to, signed as Stripe signs them."""

import hmac
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from ops.simulators.simulator import utc_now
from ops.simulators.webhooks import Webhook, stringified

API_VERSION: Final = "2026-10-28.endive"
_OBJECTS: Final = Path(__file__).with_name("stripe_objects")  # whole objects, to be filled in


def signature(body: bytes, secrets: str | Sequence[str], *, at_s: int) -> str:
    """The value of Stripe-Signature: one `v1` for every secret that is live."""
    live = [secrets] if isinstance(secrets, str) else secrets
    text = f"{at_s}.".encode() + body
    digests = [hmac.new(secret.encode(), text, sha256).hexdigest() for secret in live]
    return ",".join([f"t={at_s}", *(f"v1={digest}" for digest in digests)])


def signed(
    event: dict[str, Any] | bytes,
    *,
    url: str,
    secrets: str | Sequence[str],
    at: datetime | None = None,
) -> Webhook:
    """Any Stripe webhook, ready to be sent; signed now unless told otherwise."""
    body = event if isinstance(event, bytes) else stringified(event)
    at_s = int((at or utc_now()).timestamp())
    return Webhook(url, body, {"Stripe-Signature": signature(body, secrets, at_s=at_s)})


def checkout_session_completed(
    number: int,
    *,
    amount: int,
    tax: int = 0,
    currency: str = "eur",
    at: datetime,
    metadata: Mapping[str, str] | None = None,
    payment_status: str = "paid",
) -> dict[str, Any]:
    """Somebody paid on Stripe's page: `amount` without and `tax` on top, in minor units."""
    session = {
        "id": f"cs_test_{number:058d}",
        "amount_subtotal": amount,
        "amount_total": amount + tax,
        "currency": currency,
        "created": int(at.timestamp()) - 95,
        "metadata": dict(metadata or {}),
        "payment_intent": f"pi_{number:024d}",
        "payment_status": payment_status,
        "total_details": {"amount_discount": 0, "amount_shipping": 0, "amount_tax": tax},
    }
    kind = "checkout.session.completed"
    return event(kind, _filled("checkout_session", session), number=number, at=at)


def payment_intent_succeeded(
    number: int,
    *,
    amount: int,
    currency: str = "eur",
    at: datetime,
    fee: int | None = None,
    account: str | None = None,
    metadata: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """A payment went through; `account` if it was made on a connected account."""
    intent = {
        "id": f"pi_{number:024d}",
        "amount": amount,
        "amount_received": amount,
        "application_fee_amount": fee,
        "currency": currency,
        "created": int(at.timestamp()) - 40,
        "latest_charge": f"ch_{number:024d}",
        "metadata": dict(metadata or {}),
    }
    filled = _filled("payment_intent", intent)
    return event("payment_intent.succeeded", filled, number=number, at=at, account=account)


def charge_refunded(
    number: int,
    *,
    amount: int,
    refunded: int,
    currency: str = "eur",
    at: datetime,
    account: str | None = None,
    metadata: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Money went back: `refunded` is the total so far, not what this refund added."""
    charge = {
        "id": f"ch_{number:024d}",
        "amount": amount,
        "amount_captured": amount,
        "amount_refunded": refunded,
        "refunded": refunded == amount,
        "currency": currency,
        "created": int(at.timestamp()) - 3600,
        "payment_intent": f"pi_{number:024d}",
        "metadata": dict(metadata or {}),
    }
    filled = _filled("charge", charge)
    return event("charge.refunded", filled, number=number, at=at, account=account)


def event(
    kind: str,
    about: Mapping[str, Any],
    *,
    number: int,
    at: datetime,
    account: str | None = None,
) -> dict[str, Any]:
    """A snapshot event. The same kind and number make the same event id."""
    digest = sha256(f"{kind}:{number}".encode()).hexdigest()[:24]
    envelope: dict[str, Any] = {"id": f"evt_{digest}", "object": "event"}
    if account:
        envelope["account"] = account
    return envelope | {
        "api_version": API_VERSION,
        "created": int(at.timestamp()),
        "data": {"object": dict(about)},
        "livemode": False,
        "pending_webhooks": 1,
        "request": {"id": None, "idempotency_key": None},
        "type": kind,
    }


def _filled(name: str, values: Mapping[str, Any]) -> dict[str, Any]:
    return {**json.loads(_OBJECTS.joinpath(f"{name}.json").read_text()), **values}
