"""The filters of an operator, checked: what is a slip of the pen is refused, not looked for."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from messages import topology
from ops.moments import in_order
from ops.refused import Refused
from ops.replays.ids import ids_of
from storage.dead_letter_history import beginning_with
from storage.dead_letter_selection import Selection
from storage.postgres import Crossing

ACTORS: Final = sorted({work.actor for work in topology.ALL})
PROVIDERS: Final = sorted({work.provider for work in topology.ALL if work.provider})


def filtered(
    *, since: datetime | None, until: datetime | None, ended_too: bool = False, **words: str | None
) -> Selection:
    """The selection without ids; raises Refused."""
    for name, word in words.items():
        _is_something(name, word)
    _is_one_of("actor", words.get("actor"), ACTORS)
    _is_one_of("provider", words.get("provider"), PROVIDERS)
    in_order(since, until)
    fits: dict[str, Any] = words
    return Selection(since=since, until=until, ended_too=ended_too, **fits)


async def with_ids(operator: Crossing, texts: Iterable[str], selection: Selection) -> Selection:
    """The same, of these letters only, if any are named."""
    ids = await ids_of(operator, texts, beginning_with, what="dead letter")
    return replace(selection, ids=ids or None)


def _is_something(name: str, word: str | None) -> None:
    if word is None:
        return
    if not word.strip():
        raise Refused(f"--{name} says nothing")
    try:
        word.encode()
    except UnicodeEncodeError as error:
        raise Refused(f"--{name} is no UTF-8") from error


def _is_one_of(name: str, word: str | None, known: list[str]) -> None:
    if word is not None and word not in known:
        raise Refused(f"no {name} {word!r}: there are {', '.join(known)}")
