"""Which dead letters are meant: the filters of an operator, as SQL."""

from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from messages import topology


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """What a dead letter must be; None asks for nothing.

    `provider` is who sent it, or who is asked on its account. `text` is looked for in the error
    and in the body; A to Z are as a to z. Only letters that are still open count, unless
    `ended_too`: their message has not succeeded since, nobody discarded or edited them, and no
    later letter tells of the same message.
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
            getattr(self, each.name)
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


# The message of a letter was handled, before it died or since. The archive is the inbox of
# webhooks; asking only where the answer can be halves the time for a million letters.
SUCCEEDED: Final = """
    CASE WHEN letter.provider IS NULL
         THEN EXISTS (
             SELECT FROM inbox AS heard
              WHERE heard.message_id = letter.message_id AND heard.handler = letter.queue
         )
         ELSE EXISTS (
             SELECT FROM webhook_events AS webhook
              WHERE webhook.message_id = letter.message_id AND webhook.outcome = 'done'
         )
    END
    """
# The message of a letter died once more.
DIED_AGAIN: Final = """
    EXISTS (
        SELECT FROM dead_letters AS later
         WHERE later.message_id = letter.message_id AND later.queue = letter.queue
           AND (later.died_at, later.dead_letter_id) > (letter.died_at, letter.dead_letter_id)
    )
    """

# A letter is open: as said in Selection. What is cheap to know for many letters is asked first.
OPEN: Final = f"""
    CASE WHEN EXISTS (
             SELECT FROM dead_letter_ends AS ended
              WHERE ended.dead_letter_id = letter.dead_letter_id
         ) THEN false
         WHEN {SUCCEEDED} THEN false
         ELSE NOT {DIED_AGAIN}
    END
    """

_ASKS: Final = ", ".join(
    f"('{work.name}', '{work.provider}')" for work in topology.ALL if work.provider
)

# The rows that are meant, of `dead_letters AS letter`.
SELECTED: Final = f"""
        ($1::uuid[] IS NULL OR letter.dead_letter_id = ANY($1))
    AND ($2::text IS NULL OR split_part(letter.queue, '.', 1) = $2)
    AND ($3::text IS NULL OR letter.tenant_id = $3)
    AND ($4::text IS NULL OR letter.provider = $4 OR letter.queue IN (
             SELECT work.queue FROM (VALUES {_ASKS}) AS work (queue, provider)
              WHERE work.provider = $4))
    AND ($5::text IS NULL OR letter.error_class = $5)
    AND ($6::text IS NULL OR letter.fingerprint = $6)
    AND ($7::timestamptz IS NULL OR letter.died_at >= $7)
    AND ($8::timestamptz IS NULL OR letter.died_at < $8)
    AND ($9::text IS NULL
         OR position(lower($9 COLLATE "C") IN lower(letter.error COLLATE "C")) > 0
         OR position(convert_to(lower($9 COLLATE "C"), 'UTF8')
                     IN decode(lower(encode(letter.body, 'escape') COLLATE "C"), 'escape')) > 0)
    AND ($10 OR ({OPEN}))
    """  # noqa: S608 -- the parts are ours

# What has become of a letter, in a word; `open` is what Selection says.
STATUS: Final = f"""
    coalesce(
        (SELECT ended.how FROM dead_letter_ends AS ended
          WHERE ended.dead_letter_id = letter.dead_letter_id),
        CASE WHEN {SUCCEEDED} THEN 'succeeded' WHEN {DIED_AGAIN} THEN 'died_again' ELSE 'open' END
    )
    """  # noqa: S608 -- as above


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    return [str(each) for each in value] if isinstance(value, tuple) else value
