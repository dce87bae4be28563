"""Ids as operators write them: whole, or so much of the beginning as is like no other."""

from collections.abc import Iterable
from typing import Final, Protocol
from uuid import UUID

from ops.refused import Refused
from storage.postgres import Crossing

_DIGITS: Final = 32
_FEWEST: Final = 4  # digits; fewer would be a guess


class Beginning(Protocol):
    """A query for ids in a range."""

    async def __call__(
        self, operator: Crossing, first: UUID, last: UUID, *, limit: int
    ) -> list[UUID]:
        """The ids from the first to the last."""
        ...


async def ids_of(
    operator: Crossing, texts: Iterable[str], beginning_with: Beginning, *, what: str
) -> tuple[UUID, ...]:
    """The ids that are meant; refuses what is none, is unknown, or is the beginning of several."""
    found: dict[UUID, None] = {}
    for text in texts:
        first, last = range_of(text, what=what)
        ids = await beginning_with(operator, first, last, limit=2)
        if not ids:
            raise Refused(f"no {what} {text}")
        if len(ids) > 1:
            raise Refused(f"several {what}s begin with {text}: write more of it")
        found[ids[0]] = None
    return tuple(found)


def range_of(text: str, *, what: str) -> tuple[UUID, UUID]:
    """The first and the last id that begin so."""
    digits = text.replace("-", "").lower()
    if not _FEWEST <= len(digits) <= _DIGITS or set(digits) - set("0123456789abcdef"):
        raise Refused(
            f"{text!r} is no id of a {what}: write it, or at least its first {_FEWEST} digits"
        )
    return UUID(digits.ljust(_DIGITS, "0")), UUID(digits.ljust(_DIGITS, "f"))
