"""What the providers send to the ingress under test, signed with secrets that it knows."""

import hmac
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

PAYLOADS = Path(__file__).parents[1] / "payloads"
RETELL_KEY = "key_of_the_test"
CALCOM_SECRET = "calcom_secret_of_the_test"
STRIPE_SECRET = "whsec_of_the_test"

CALL_ENDED = (PAYLOADS / "retell/wire/call_ended.de.json").read_bytes()
CALL_ANALYZED = (PAYLOADS / "retell/wire/call_analyzed.de.json").read_bytes()
CALL_INBOUND = (PAYLOADS / "retell/wire/call_inbound.de.request.json").read_bytes()
BOOKING_CREATED = (PAYLOADS / "calcom/booking_created.json").read_bytes()
SESSION_COMPLETED = (PAYLOADS / "stripe/checkout.session.completed.json").read_bytes()


def now() -> datetime:
    return datetime.now(UTC)


def by_retell(
    body: bytes, *, key: str = RETELL_KEY, old: timedelta = timedelta(0)
) -> dict[str, str]:
    millis = str(int((now() - old).timestamp() * 1000))
    return {"X-Retell-Signature": f"v={millis},d={_hmac(key, body + millis.encode())}"}


def by_calcom(body: bytes, *, secret: str = CALCOM_SECRET) -> dict[str, str]:
    return {"X-Cal-Signature-256": _hmac(secret, body)}


def by_stripe(
    body: bytes, *, secret: str = STRIPE_SECRET, old: timedelta = timedelta(0)
) -> dict[str, str]:
    seconds = str(int((now() - old).timestamp()))
    return {"Stripe-Signature": f"t={seconds},v1={_hmac(secret, seconds.encode() + b'.' + body)}"}


def _hmac(secret: str, text: bytes) -> str:
    return hmac.new(secret.encode(), text, sha256).hexdigest()
