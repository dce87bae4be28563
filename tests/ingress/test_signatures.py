import hmac
import json
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingress import signatures
from ingress.signatures import Verdict
from tests.ingress.senders import PAYLOADS, SESSION_COMPLETED

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
NOW = datetime(2026, 11, 21, 12, 0, 0, tzinfo=UTC)
MILLIS = str((NOW - EPOCH) // timedelta(milliseconds=1))
SECONDS = str((NOW - EPOCH) // timedelta(seconds=1))
LIVE = ("the old secret", "the new one")

RETELL: dict[str, Any] = json.loads((PAYLOADS / "retell/signature_vectors.json").read_bytes())
CALCOM: list[dict[str, Any]] = json.loads((PAYLOADS / "calcom/signature_vectors.json").read_bytes())


def digest(secret: str, text: bytes) -> str:
    return hmac.new(secret.encode(), text, sha256).hexdigest()


def of_retell(body: bytes, secret: str) -> str:
    return f"v={MILLIS},d={digest(secret, body + MILLIS.encode())}"


def of_stripe(body: bytes, secret: str) -> str:
    return f"t={SECONDS},v1={digest(secret, SECONDS.encode() + b'.' + body)}"


SIGNED = {
    "retell": (signatures.retell, of_retell),
    "calcom": (signatures.calcom, lambda body, secret: digest(secret, body)),
    "stripe": (signatures.stripe, of_stripe),
}


@pytest.mark.parametrize("vector", RETELL["vectors"], ids=lambda vector: vector["name"])
def test_every_vector_of_retell_is_judged_as_its_own_library_does(vector: dict[str, Any]) -> None:
    now = EPOCH + timedelta(milliseconds=vector["now_ms"])

    verdict = signatures.retell(vector["body"].encode(), vector["header"], [vector["api_key"]], now)

    assert (verdict == Verdict.PROVEN) == vector["accept"]


@pytest.mark.parametrize("vector", RETELL["wire_files"].values(), ids=RETELL["wire_files"])
def test_the_bytes_that_retell_really_sends_are_proven(vector: dict[str, Any]) -> None:
    body = (PAYLOADS / "retell" / vector["file"].removeprefix("samples/")).read_bytes()
    now = EPOCH + timedelta(milliseconds=vector["sign_timestamp_ms"])

    assert signatures.retell(body, vector["header"], [vector["api_key"]], now) == Verdict.PROVEN


@pytest.mark.parametrize("vector", CALCOM, ids=lambda vector: vector["name"])
def test_every_vector_of_calcom_is_judged_as_documented(vector: dict[str, Any]) -> None:
    header = vector["headers"]["X-Cal-Signature-256"]
    secret = vector["secret"] or "any"

    verdict = signatures.calcom(vector["body"].encode(), header, [secret], NOW)

    assert (verdict == Verdict.PROVEN) == vector["valid"]


def test_the_vector_of_stripe_is_proven() -> None:
    header = "t=1795170005,v1=c3b3d46e52960d9136df88d4269005e3590936fb12236e9d750c1e775ee10433"
    secret = "whsec_test_example_not_a_secret_0001"
    at = EPOCH + timedelta(seconds=1795170005)

    assert signatures.stripe(SESSION_COMPLETED, header, [secret], at) == Verdict.PROVEN


@pytest.mark.parametrize("provider", SIGNED)
@given(body=st.binary(max_size=200))
def test_any_live_secret_proves_the_sender(provider: str, body: bytes) -> None:
    proof, sign = SIGNED[provider]
    for secret in LIVE:
        assert proof(body, sign(body, secret), LIVE, NOW) == Verdict.PROVEN
    assert proof(body, sign(body, "a third"), LIVE, NOW) == Verdict.WRONG


@pytest.mark.parametrize("provider", SIGNED)
@given(
    body=st.binary(min_size=1, max_size=200),
    place=st.integers(min_value=0),
    flip=st.integers(min_value=1, max_value=255),
)
def test_a_body_with_one_byte_changed_is_refused(
    provider: str, body: bytes, place: int, flip: int
) -> None:
    proof, sign = SIGNED[provider]
    changed = bytearray(body)
    changed[place % len(body)] ^= flip

    assert proof(bytes(changed), sign(body, LIVE[0]), LIVE, NOW) == Verdict.WRONG


@pytest.mark.parametrize("provider", SIGNED)
@given(place=st.integers(min_value=0), letter=st.characters(codec="ascii"))
def test_a_header_with_one_letter_changed_is_refused(
    provider: str, place: int, letter: str
) -> None:
    proof, sign = SIGNED[provider]
    right = sign(b"body", LIVE[0])
    place %= len(right)
    changed = right[:place] + letter + right[place + 1 :]

    assert changed == right or proof(b"body", changed, LIVE, NOW) != Verdict.PROVEN


@pytest.mark.parametrize("provider", SIGNED)
@given(header=st.text())
def test_no_header_brings_a_proof_down(provider: str, header: str) -> None:
    proof, _ = SIGNED[provider]
    assert proof(b"body", header, LIVE, NOW) in {Verdict.MISSING, Verdict.MALFORMED, Verdict.WRONG}


@pytest.mark.parametrize("provider", SIGNED)
def test_a_verdict_says_what_is_wrong(provider: str) -> None:
    proof, sign = SIGNED[provider]
    assert proof(b"body", None, LIVE, NOW) == Verdict.MISSING
    assert proof(b"body", "", LIVE, NOW) == Verdict.MISSING
    assert proof(b"body", "nonsense", LIVE, NOW) == Verdict.MALFORMED
    assert proof(b"body", sign(b"body", "forged"), LIVE, NOW) == Verdict.WRONG


@pytest.mark.parametrize("provider", ["retell", "stripe"])
@pytest.mark.parametrize("away", [timedelta(minutes=5), timedelta(minutes=-5)])
def test_five_minutes_either_way_are_fresh_and_no_more(provider: str, away: timedelta) -> None:
    proof, sign = SIGNED[provider]
    header = sign(b"body", LIVE[0])
    beyond = away + timedelta(milliseconds=1) * (1 if away > timedelta(0) else -1)

    assert proof(b"body", header, LIVE, NOW + away) == Verdict.PROVEN
    assert proof(b"body", header, LIVE, NOW + beyond) == Verdict.STALE


def test_calcom_without_a_secret_is_told_apart_from_a_forgery() -> None:
    verdict = signatures.calcom(b"body", "no-secret-provided", LIVE, NOW)
    assert verdict == Verdict.NOT_SIGNED


def test_stripe_may_sign_with_several_secrets_of_which_we_know_one() -> None:
    known = of_stripe(b"body", LIVE[1]).partition(",")[2]
    header = f"{of_stripe(b'body', 'retired')},{known}"
    assert signatures.stripe(b"body", header, LIVE, NOW) == Verdict.PROVEN


def test_only_v1_proves_stripe() -> None:
    header = of_stripe(b"body", LIVE[0]).replace("v1=", "v0=")
    assert signatures.stripe(b"body", header, LIVE, NOW) == Verdict.MALFORMED


def test_two_times_in_the_header_of_stripe_are_refused() -> None:
    header = f"t={SECONDS},{of_stripe(b'body', LIVE[0])}"
    assert signatures.stripe(b"body", header, LIVE, NOW) == Verdict.MALFORMED
