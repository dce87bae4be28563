"""What the endpoint must know of a provider: how its requests are proven and named."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any, Final, NamedTuple, TypeGuard

import orjson

from ingress.signatures import Verdict
from messages.message import id_of
from messages.webhook import UNREADABLE, Webhook

# A name comes from a stranger and becomes a routing key, which has at most 255 bytes.
_NAME: Final = re.compile(r"[A-Za-z0-9_.-]{1,100}")


class Named(NamedTuple):
    """What a request is called, and what a repeat of it has in common with it."""

    event: str
    identity: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """One who posts webhooks.

    `proof` judges body, header, live secrets and time; `named` reads a parsed body and its bytes,
    and is None for what it cannot name. `events` are those we expect: others are taken as well,
    but are counted together.
    """

    name: str
    header: str
    proof: Callable[[bytes, str | None, Sequence[str], datetime], Verdict]
    named: Callable[[dict[str, Any], bytes], Named | None]
    events: frozenset[str]


def webhook_of(
    provider: Provider,
    body: bytes,
    *,
    tenant: str | None,
    received_at: datetime,
    traceparent: str | None = None,
) -> Webhook:
    """Name a proven request. What has no name is unreadable, known by the hash of its bytes."""
    endpoint = f"{provider.name}/{tenant}" if tenant else provider.name
    event, identity = _named(provider, body) or Named(UNREADABLE, (digest_of(body),))
    return Webhook(
        message_id=id_of(provider.name, endpoint, *identity),
        provider=provider.name,
        endpoint=endpoint,
        event=event,
        received_at=received_at,
        body=body,
        tenant_id=tenant,
        traceparent=traceparent,
    )


def is_name(said: object) -> TypeGuard[str]:
    """Whether this can be the name of an event."""
    return isinstance(said, str) and _NAME.fullmatch(said) is not None


def digest_of(body: bytes) -> str:
    """What identifies a request that has no id."""
    return sha256(body).hexdigest()


def _named(provider: Provider, body: bytes) -> Named | None:
    try:
        said = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    return provider.named(said, body) if isinstance(said, dict) else None
