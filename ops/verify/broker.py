"""P2 over the broker: every queue is there, and somebody empties those where something waits."""

from collections.abc import Callable, Iterator
from typing import Any, Final

from messages import topology
from ops.verify.check import Check, World
from ops.verify.queues import Queues
from storage.verification.question import Found, Promise

_BURIED: Final = (*(work.dead for work in topology.ALL), topology.UNROUTED)


def _missing(queues: Queues) -> Iterator[dict[str, Any]]:
    for name in topology.EVERY_QUEUE:
        if name not in queues.now:
            yield {"queue": name}


def _unattended(queues: Queues) -> Iterator[dict[str, Any]]:
    for name in topology.OF_HANDLERS:
        depth = queues.now.get(name)
        if depth and depth.messages and not depth.consumers:
            yield {"queue": name, "messages": depth.messages}


def _unarchived(queues: Queues) -> Iterator[dict[str, Any]]:
    """The least that was seen: what is being archived right now does not count."""
    for name in _BURIED:
        if least := queues.always(name):
            yield {"queue": name, "messages": least}


def _check(
    name: str, holds: str, wrong: Callable[[Queues], Iterator[dict[str, Any]]], *, passes: bool
) -> Check:
    async def look(world: World) -> Found:
        found = Found()
        if world.queues:
            await world.queues.look()
            found.add(wrong(world.queues), most=world.scope.rows)
        return found

    return Check(
        name=name, promise=Promise.P2, holds=holds, look=look, of_tenants=False, passes=passes
    )


THERE: Final = _check("queues.there", "every queue is there", _missing, passes=False)
ATTENDED: Final = _check(
    "queues.attended", "somebody works on each queue where messages wait", _unattended, passes=True
)
ARCHIVED: Final = _check(
    "queues.archived",
    "what died, or is heard by nobody, is taken from its queue to the archive",
    _unarchived,
    passes=True,
)

CHECKS: Final = (THERE, ATTENDED, ARCHIVED)
