"""Proofs that a request comes from whom it claims. Pure: bytes, header, secrets, now - a verdict.

    retell   v=<ms>,d=<hex>              HMAC-SHA256(body + ms), 5 minutes either way
    calcom   <hex>                       HMAC-SHA256(body), no time at all
    stripe   t=<s>,v1=<hex>[,v1=<hex>]   HMAC-SHA256(s + "." + body), 5 minutes either way

All live secrets are tried, each in constant time, so the time tells nothing of which one fits.
A signature is called stale only if it is otherwise right: then a clock is wrong, or it is a replay.
"""

import hmac
import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final

# Retell's window is symmetric. Stripe's library lets any future pass; we do not: whoever once
# obtained a signature for next year could replay it until then.
FRESH: Final = timedelta(minutes=5)

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_RETELL: Final = re.compile(r"v=([0-9]{1,15}),d=([0-9a-f]{64})")
_SECONDS: Final = re.compile(r"[0-9]{1,11}")
_DIGEST: Final = re.compile(r"[0-9a-f]{64}")
_NOT_SIGNED: Final = "no-secret-provided"  # Cal.com's word for a webhook without a secret


class Verdict(StrEnum):
    """What a signature is worth; the words stand in logs and metrics."""

    PROVEN = "proven"
    MISSING = "missing"
    MALFORMED = "malformed"
    WRONG = "wrong"
    STALE = "stale"
    NOT_SIGNED = "no_secret_provided"


def retell(body: bytes, header: str | None, secrets: Sequence[str], now: datetime) -> Verdict:
    """Retell signs the body followed by the time in milliseconds."""
    if not header:
        return Verdict.MISSING
    claim = _RETELL.fullmatch(header)
    if claim is None:
        return Verdict.MALFORMED
    millis, digest = claim.groups()
    if not _is_signed(body + millis.encode(), (digest,), secrets):
        return Verdict.WRONG
    return _fresh(now - _EPOCH - timedelta(milliseconds=int(millis)))


def calcom(body: bytes, header: str | None, secrets: Sequence[str], _now: datetime) -> Verdict:
    """Cal.com signs the body alone: a repeat proves as well as the first, now and for ever."""
    if not header:
        return Verdict.MISSING
    if header == _NOT_SIGNED:
        return Verdict.NOT_SIGNED
    if not _DIGEST.fullmatch(header):
        return Verdict.MALFORMED
    return Verdict.PROVEN if _is_signed(body, (header,), secrets) else Verdict.WRONG


def stripe(body: bytes, header: str | None, secrets: Sequence[str], now: datetime) -> Verdict:
    """Stripe sends one `v1` for each of its live secrets; other schemes prove nothing."""
    if not header:
        return Verdict.MISSING
    parts = [part.partition("=") for part in header.split(",")]
    times = [value for name, _, value in parts if name == "t"]
    digests = [value for name, _, value in parts if name == "v1" and _DIGEST.fullmatch(value)]
    if len(times) != 1 or not _SECONDS.fullmatch(times[0]) or not digests:
        return Verdict.MALFORMED
    if not _is_signed(times[0].encode() + b"." + body, digests, secrets):
        return Verdict.WRONG
    return _fresh(now - _EPOCH - timedelta(seconds=int(times[0])))


def _is_signed(text: bytes, digests: Sequence[str], secrets: Sequence[str]) -> bool:
    """Whether any digest is right by any secret. A list, so that none is left out."""
    ours = [hmac.digest(secret.encode(), text, "sha256").hex() for secret in secrets]
    return any([hmac.compare_digest(one, other) for one in ours for other in digests])  # noqa: C419 -- any() of a generator would stop at the first


def _fresh(age: timedelta) -> Verdict:
    return Verdict.PROVEN if abs(age) <= FRESH else Verdict.STALE
