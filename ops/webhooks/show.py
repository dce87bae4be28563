"""Archived webhooks as an operator sees them: a line each in a list, everything of a single one."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from ops.dead_letters.plain import for_json, harmless, in_a_line, pretty
from storage.webhook_events import Archived


def line(webhook: Archived) -> str:
    """One of a list."""
    end = f"{webhook.outcome}: {webhook.reason}" if webhook.reason else webhook.outcome
    return (
        f"{webhook.message_id}  {webhook.received_at:%Y-%m-%d %H:%M:%SZ}"
        f"  {in_a_line(webhook.tenant_id):<20}"
        f"  {in_a_line(f'{webhook.provider}.{webhook.event}'):<28}"
        f"  {webhook.size:>9,} bytes  {in_a_line(end)}"
    )


def lines(webhook: Archived, body: bytes) -> Iterator[str]:
    """Everything of one."""
    for name, value in asdict(webhook).items():
        yield f"{name:<12}  {in_a_line(None if value is None else str(value))}"
    yield ""
    yield harmless(pretty(body))


def as_json(webhook: Archived, body: bytes) -> dict[str, Any]:
    """The same for programs."""
    return {**asdict(webhook), **for_json(body)}
