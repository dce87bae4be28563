"""Which dead letters are meant: the filters of an operator, as SQL."""

from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any, Final
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """What a dead letter must be; None asks for nothing.

    `text` is looked for in the error and in the body, without regard to case. Only letters that
    are still open count, unless `ended_too`: their message has not succeeded since, nobody
    discarded or edited them, and no later letter tells of the same message.
    """

    ids: tuple[UUID, ...] | None = None
    actor: str | None = None
    tenant: str | None = None
    provider: str | None = None
    error: str | None = None
    fingerprint: str | None = None
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
        return tuple(asdict(self).values())

    def as_json(self) -> dict[str, Any]:
        """What was asked for, to be kept with a replay."""
        said = {name: value for name, value in asdict(self).items() if value}
        return {name: _plain(value) for name, value in said.items()}


# A letter is open: as said in Selection.
OPEN: Final = """
    NOT EXISTS (
        SELECT FROM dead_letter_ends AS ended WHERE ended.dead_letter_id = letter.dead_letter_id
    )
    AND NOT EXISTS (
        SELECT FROM dead_letters AS later
         WHERE later.message_id = letter.message_id AND later.queue = letter.queue
           AND (later.died_at, later.dead_letter_id) > (letter.died_at, letter.dead_letter_id)
    )
    AND NOT EXISTS (
        SELECT FROM webhook_events AS webhook
         WHERE webhook.message_id = letter.message_id AND webhook.outcome = 'done'
    )
    AND NOT EXISTS (
        SELECT FROM inbox AS heard
         WHERE heard.message_id = letter.message_id AND heard.handler = letter.queue
    )
    """

# The rows that are meant, of `dead_letters AS letter`.
SELECTED: Final = f"""
        ($1::uuid[] IS NULL OR letter.dead_letter_id = ANY($1))
    AND ($2::text IS NULL OR split_part(letter.queue, '.', 1) = $2)
    AND ($3::text IS NULL OR letter.tenant_id = $3)
    AND ($4::text IS NULL OR letter.provider = $4)
    AND ($5::text IS NULL OR letter.error_class = $5)
    AND ($6::text IS NULL OR letter.fingerprint = $6)
    AND ($7::timestamptz IS NULL OR letter.died_at >= $7)
    AND ($8::timestamptz IS NULL OR letter.died_at < $8)
    AND ($9::text IS NULL OR position(lower($9) IN lower(letter.error)) > 0
         OR position(lower($9)::bytea IN lower(encode(letter.body, 'escape'))::bytea) > 0)
    AND ($10 OR ({OPEN}))
    """


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    return [str(each) for each in value] if isinstance(value, tuple) else value
