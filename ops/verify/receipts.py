"""P2 from an independent receipt: each webhook that the ingress says it accepted is somewhere.

The ingress writes a line of JSON for each request. Its logs are read line by line, in the batches
in which they are looked for; only what was not found is remembered, to be looked for again.
"""

import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from itertools import islice
from pathlib import Path
from typing import IO, Any, Final
from uuid import UUID

import orjson

from messages import topology
from ops.refused import Refused
from ops.verify.check import Check, World
from ops.verify.queues import queues_of
from storage.verification import accepted
from storage.verification.question import Found, Promise
from storage.verification.snapshot import snapshot

BATCH: Final = 1_000
REMEMBERED: Final = 100_000  # webhooks that were not found; of more than these only the number
STDIN: Final = Path("-")
NAME: Final = "webhooks.accepted"
_SUCCESS: Final = range(200, 300)
_QUEUES: Final = (
    *(
        queue
        for work in topology.ALL
        if work.exchange == topology.WEBHOOKS
        for queue in queues_of(work)
    ),
    topology.UNROUTED,
)

Receipt = tuple[UUID, dict[str, Any]]


class Receipts:
    """The receipts of some logs, and which of them are still looked for."""

    def __init__(self, logs: Sequence[Path]) -> None:
        self._logs = logs
        self._read = False
        self._missing: dict[UUID, dict[str, Any]] = {}
        self._beyond = 0
        self.count = 0

    async def look(self, world: World) -> Found:
        """What is nowhere: the first time of all receipts, then of those that were nowhere."""
        if self._read:
            await self._look_again(world)
        else:
            await self._look_at_all(world)
        found = Found()
        found.add(self._missing.values(), most=world.scope.rows)
        found.count += self._beyond
        return found

    async def _look_at_all(self, world: World) -> None:
        with ExitStack() as stack:
            lines = (line for log in self._logs for line in stack.enter_context(_opened(log)))
            receipts = _receipts(lines)
            while batch := dict(islice(receipts, BATCH)):
                self.count += len(batch)
                for id_ in await _nowhere(world, list(batch)):
                    self._remember(id_, batch[id_])
        self._read = True
        if not self.count:
            names = ", ".join(map(str, self._logs))
            raise Refused(f"{names}: no line of an ingress that accepted a webhook")

    async def _look_again(self, world: World) -> None:
        looked_for = iter(list(self._missing))
        while batch := list(islice(looked_for, BATCH)):
            still = set(await _nowhere(world, batch))
            for id_ in batch:
                if id_ not in still:
                    del self._missing[id_]

    def _remember(self, id_: UUID, facts: dict[str, Any]) -> None:
        if len(self._missing) < REMEMBERED:
            self._missing[id_] = facts
        elif id_ not in self._missing:
            self._beyond += 1


def check_of(receipts: Receipts) -> Check:
    """The check of these receipts."""
    return Check(
        name=NAME,
        promise=Promise.P2,
        holds="each webhook that was accepted, as the logs say, is accounted for",
        look=receipts.look,
        passes=True,
        waits_in=_QUEUES,
    )


async def _nowhere(world: World, ids: Sequence[UUID]) -> list[UUID]:
    async with snapshot(world.pool) as verifier:
        return await accepted.nowhere(verifier, ids)


def _opened(log: Path) -> IO[bytes]:
    if log == STDIN:
        return sys.stdin.buffer
    try:
        return log.open("rb")
    except OSError as error:
        raise Refused(f"{log}: {error.strerror or error}") from error


def _receipts(lines: Iterable[bytes]) -> Iterator[Receipt]:
    """What was accepted. Other lines, and one that was cut off, are none of these."""
    for line in lines:
        said = _said(line)
        if said.get("event") != "webhook.accepted" or said.get("status") not in _SUCCESS:
            continue
        try:
            id_ = UUID(said["message_id"])
        except (KeyError, TypeError, ValueError, AttributeError):
            continue
        yield (
            id_,
            {
                "message_id": id_,
                "endpoint": said.get("endpoint"),
                "event": said.get("webhook_event"),
                "kept_in": said.get("kept_in"),
                "answered_at": said.get("timestamp"),
            },
        )


def _said(line: bytes) -> dict[str, Any]:
    """The object of a line; what collects logs may have put its own words before it."""
    try:
        said = orjson.loads(line[max(line.find(b"{"), 0) :])
    except orjson.JSONDecodeError:
        return {}
    return said if isinstance(said, dict) else {}
