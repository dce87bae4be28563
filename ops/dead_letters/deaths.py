"""What a message of a dead queue tells of its death: whatever it says, it can be kept."""

from datetime import UTC, datetime
from typing import Any, Final, TypeGuard
from uuid import UUID

import orjson
from aio_pika.abc import AbstractIncomingMessage
from pydantic import TypeAdapter, ValidationError

from messages import topology
from messages.lanes import without_lane
from messages.message import TenantId, id_of
from storage.dead_letters import DeadLetter

_TENANT: Final = TypeAdapter[str](TenantId)


def dead_letter_of(message: AbstractIncomingMessage) -> DeadLetter:
    """What the headers tell of a death.

    A message that killed its workers was moved by RabbitMQ itself, which only says how often it
    was delivered; it has no error of ours.
    """
    headers = _plain(dict(message.headers))
    said = {name: value for name, value in headers.items() if isinstance(value, str)}
    message_id = _uuid_or_none(message.message_id)
    queue = (message.routing_key or "").removesuffix(".dead")
    moved_by_us = "error_class" in headers
    death = {} if moved_by_us else _last_death(headers)
    died_at = (
        _moment_or_none(said.get("died_at") if moved_by_us else death.get("time"))
        or message.timestamp
        or datetime.now(UTC)
    )
    attempt = headers.get("attempt")
    return DeadLetter(
        dead_letter_id=id_of("dead_letters", queue, message.message_id, died_at.isoformat()),
        message_id=message_id,
        tenant_id=_tenant_or_none(said.get("tenant")) or _tenant_in(message.body),
        queue=queue,
        provider=said.get("provider"),
        kind=said.get("kind") or _key_of(death) or queue,
        fingerprint=said.get("fingerprint", f"{queue}|DeliveryLimit"),
        error_class=said.get("error_class", "DeliveryLimit"),
        error=said.get("error", "it was delivered again and again and never acknowledged"),
        stack=said.get("stack", ""),
        attempts=attempt if moved_by_us and _is_small(attempt) else topology.DELIVERY_LIMIT,
        died_at=died_at,
        headers=headers,
        content_type=message.content_type,
        body=message.body,
    )


def _tenant_in(body: bytes) -> str | None:
    """Our own messages name their tenant in the body; of a stranger's body nothing is believed."""
    try:
        said = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    return _tenant_or_none(said.get("tenant_id")) if isinstance(said, dict) else None


def _tenant_or_none(said: Any) -> str | None:
    try:
        return _TENANT.validate_python(said)
    except ValidationError:
        return None


def _last_death(headers: dict[str, Any]) -> dict[str, Any]:
    """What RabbitMQ notes where it moves a message itself, the last time first."""
    deaths = headers.get("x-death")
    last = deaths[0] if isinstance(deaths, list) and deaths else None
    return last if isinstance(last, dict) else {}


def _key_of(death: dict[str, Any]) -> str | None:
    """The key that the message was published with."""
    keys = death.get("routing-keys")
    first = keys[0] if isinstance(keys, list) and keys else None
    return without_lane(first) if isinstance(first, str) else None


def _is_small(number: Any) -> TypeGuard[int]:
    return isinstance(number, int) and 0 <= number < 2**31


def _plain(value: Any) -> Any:
    """AMQP's header types as JSON knows them."""
    if isinstance(value, dict):
        return {str(name): _plain(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, bytes):
        value = value.decode(errors="replace")
    if value is None or isinstance(value, bool | int | float):
        return value
    # PostgreSQL has no text with a zero byte in it.
    return str(value).replace("\0", "\N{REPLACEMENT CHARACTER}")


def _moment_or_none(text: Any) -> datetime | None:
    try:
        said = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        return None
    return said if said.tzinfo else said.replace(tzinfo=UTC)


def _uuid_or_none(text: str | None) -> UUID | None:
    try:
        return UUID(text or "")
    except ValueError:
        return None
