"""What every message is: a fact or a command, said once, never changed, safe to hear twice."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Final, TypeAlias
from uuid import UUID, uuid5

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from messages.lanes import Lane

TenantId: TypeAlias = Annotated[
    str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{1,62}$", strict=True)
]

_OURS: Final = UUID("5d7f3a52-6f0c-5b5e-9a9e-7c1f6f0d2b11")  # the namespace of all our ids


class Message(BaseModel):
    """The part that all messages share.

    `kind` is both the discriminator in the body and the routing key on the wire.
    `message_id` derives from what caused the message, so a repeated cause repeats the id.
    Unknown fields are ignored, so an old worker can read what a newer one wrote:
    add fields with a default, never rename or remove one while messages are in flight.
    """

    model_config = ConfigDict(frozen=True)

    kind: str
    message_id: UUID
    call_id: str | None = None
    said_at: AwareDatetime = Field(default_factory=lambda: datetime.now(UTC))

    def posted(self, lane: Lane = Lane.LIVE) -> "Posted":
        """The message as it travels."""
        return Posted(
            message_id=self.message_id,
            kind=self.kind,
            call_id=self.call_id,
            body=self.model_dump_json().encode(),
            lane=lane,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """A message as it travels: its body is JSON that nobody on the way needs to understand."""

    message_id: UUID
    kind: str
    call_id: str | None
    body: bytes
    lane: Lane = Lane.LIVE


class TenantMessage(Message):
    """A message about one business."""

    tenant_id: TenantId


def id_of(*parts: object) -> UUID:
    """Name something by what caused it: the same parts, in the same order, give the same id."""
    return uuid5(_OURS, "\x1f".join(map(str, parts)))
