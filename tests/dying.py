"""Dead letters for a test: as the archivist keeps them."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from messages import topology
from messages.message import id_of
from storage import dead_letters
from storage.dead_letters import DeadLetter
from storage.postgres import Duty, Pool, crossing

DIED: Final = datetime(2027, 3, 1, 12, tzinfo=UTC)


def letter(number: int = 0, **facts: Any) -> DeadLetter:
    """The n-th that died, a second after the one before."""
    message_id = facts.pop("message_id", id_of("dying", number))
    said: dict[str, Any] = {
        "dead_letter_id": id_of("dying", "letter", number),
        "message_id": message_id,
        "tenant_id": None,
        "queue": topology.CALLS_RETELL.name,
        "provider": "retell",
        "kind": "retell.call_ended",
        "fingerprint": "f" * 16,
        "error_class": "KeyError",
        "error": "'call'",
        "stack": "Traceback ...",
        "attempts": 3,
        "died_at": DIED + timedelta(seconds=number),
        "headers": {
            "provider": "retell",
            "endpoint": "retell",
            "event": "call_ended",
            "received_at": DIED.isoformat(),
            "kind": "retell.call_ended",
            "attempt": 3,
            "error": "'call'",
            "error_class": "KeyError",
            "fingerprint": "f" * 16,
            "stack": "Traceback ...",
            "died_at": DIED.isoformat(),
            "x-death": [],
        },
        "content_type": "application/json",
        "body": b"{}",
    }
    return DeadLetter(**said | facts)


async def bury(pool: Pool, *letters: DeadLetter) -> list[UUID]:
    """Keep them; return their ids."""
    async with crossing(pool, Duty.ARCHIVIST) as archivist:
        for each in letters:
            await dead_letters.archive(archivist, each)
    return [each.dead_letter_id for each in letters]
