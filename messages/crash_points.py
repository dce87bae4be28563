"""Named places between two steps where a fault test makes a process die, as by SIGKILL.

A test puts a file with the name of the point into the folder `RINGBOOK_CRASH_POINTS`: the first
process to come by takes the file away and dies. Without that setting a point does nothing.

     provider answers ──▶ commit ──▶ publish ──▶ confirmed ──▶ ack
                      ▲          ▲           ▲             ▲
"""

import os
import signal
from pathlib import Path
from typing import Final

SETTING: Final = "RINGBOOK_CRASH_POINTS"

ANSWERED: Final = "provider_answered"  # before what it answered is committed
COMMITTED: Final = "committed"  # before what it announced is published
PUBLISHED: Final = "published"  # before it is forgotten in the outbox
HANDLED: Final = "handled"  # before the message is acknowledged
RETRY_PLACED: Final = "retry_placed"  # in the retry queue, the original not acknowledged
DEAD_LETTER_PLACED: Final = "dead_letter_placed"  # in the dead queue, the original neither
INTENDED: Final = "intended"  # the intention is committed, the provider not asked yet
KEPT: Final = "kept"  # a webhook is confirmed, its sender not answered
RELAYED: Final = "relayed"  # published by the relay, not forgotten yet
ARCHIVED: Final = "archived"  # a dead letter is in its table, and still in its queue
PARKED: Final = "parked"  # a message of a pause is in its table, and still in its queue
REPLAYED: Final = "replayed"  # published by a replay, not marked as sent yet

ALL: Final = (
    ANSWERED,
    COMMITTED,
    PUBLISHED,
    HANDLED,
    RETRY_PLACED,
    DEAD_LETTER_PLACED,
    INTENDED,
    KEPT,
    RELAYED,
    ARCHIVED,
    PARKED,
    REPLAYED,
)

_FOLDER: Final = os.environ.get(SETTING)


def crash_point(name: str) -> None:
    """Die here if a test asked for it."""
    if _FOLDER is None:
        return
    try:
        (Path(_FOLDER) / name).unlink()
    except FileNotFoundError:
        return
    os.kill(os.getpid(), signal.SIGKILL)
