"""Which archived webhooks are meant: the filters of an operator, as SQL."""

from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any, Final
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookSelection:
    """What a webhook must be; None asks for nothing.

    `text` is looked for in the body, and A to Z are as a to z. Unless `ended_too`,
    only those count that may still be done: what was ignored or died, and nobody has discarded
    or edited since.
    """

    ids: tuple[UUID, ...] | None = None
    provider: str | None = None
    tenant: str | None = None
    event: str | None = None
    outcome: str | None = None
    reason: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    text: str | None = None
    ended_too: bool = False

    @property
    def is_scoped(self) -> bool:
        """Whether anything was asked for; a bulk action on everything is refused."""
        return any(
            getattr(self, each.name) is not None
            for each in fields(self)
            if each.name not in ("ended_too", "until")
        )

    def values(self) -> tuple[object, ...]:
        """The values of SELECTED, $1 to $10."""
        return tuple(getattr(self, each.name) for each in fields(self))

    def as_json(self) -> dict[str, Any]:
        """What was asked for, to be kept with a replay."""
        said = {name: value for name, value in asdict(self).items() if value}
        return {name: _plain(value) for name, value in said.items()}


# A webhook may still be done: as said in WebhookSelection.
OPEN: Final = """
    webhook.outcome <> 'done'
    AND NOT EXISTS (
        SELECT FROM dead_letters AS letter
          JOIN dead_letter_ends AS ended USING (dead_letter_id)
         WHERE letter.message_id = webhook.message_id AND ended.how IN ('discarded', 'edited')
    )
    """

# The rows that are meant, of `webhook_events AS webhook`.
SELECTED: Final = f"""
        ($1::uuid[] IS NULL OR webhook.message_id = ANY($1))
    AND ($2::text IS NULL OR webhook.provider = $2)
    AND ($3::text IS NULL OR webhook.tenant_id = $3)
    AND ($4::text IS NULL OR webhook.event = $4)
    AND ($5::text IS NULL OR webhook.outcome = $5)
    AND ($6::text IS NULL OR webhook.reason = $6)
    AND ($7::timestamptz IS NULL OR webhook.received_at >= $7)
    AND ($8::timestamptz IS NULL OR webhook.received_at < $8)
    AND ($9::text IS NULL
         OR position(convert_to(lower($9 COLLATE "C"), 'UTF8')
                     IN decode(lower(encode(webhook.body, 'escape') COLLATE "C"), 'escape')) > 0)
    AND ($10 OR ({OPEN}))
    """


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    return [str(each) for each in value] if isinstance(value, tuple) else value
