"""The commands that change something: what is asked first, and what is said afterwards."""

import asyncio
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final

import typer

from ops.dead_letters import acts, editor
from ops.dead_letters.edited import edited
from ops.dead_letters.filters import with_ids
from ops.dead_letters.lines import say_json
from ops.dead_letters.plain import harmless
from ops.operating import operating, operators_pool
from ops.refused import Refused
from ops.settings import DatabaseSettings
from storage.dead_letter_selection import Selection
from storage.dead_letters import DeadLetter
from storage.postgres import Duty, crossing

PATIENCE: Final = 300  # seconds; a selection may be a million letters


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """Who wants it and why, and how it is talked about."""

    by: str
    reason: str
    dry_run: bool
    yes: bool
    as_json: bool


async def discard(
    settings: DatabaseSettings, ids: Iterable[str], selection: Selection, order: Order
) -> None:
    """Discard what is meant, and say how many that were."""
    async with operators_pool(settings, patience=PATIENCE) as pool:
        async with crossing(pool, Duty.OPERATOR) as operator:
            selection = await with_ids(operator, ids, selection)
            meant = await acts.how_many(operator, selection)
        if order.dry_run:
            _say(order, f"{_letters(meant)} would be discarded", discarded=0, would_be=meant)
            return
        _ask(order, f"Discard {_letters(meant)}?")
        done = await acts.discarded(
            pool, selection, meant, by=order.by, reason=order.reason, say=_progress
        )
    _say(order, f"{_letters(done)} discarded", discarded=done)


def edit(settings: DatabaseSettings, text: str, file: str | None, order: Order) -> None:
    """Make an edit, and show how it differs."""
    origin = asyncio.run(_open(settings, text))
    made = partial(edited, origin, now=datetime.now(UTC))
    edit = made(editor.read_body(file)) if file else editor.written(origin.body, made)
    if not order.dry_run:
        asyncio.run(_keep(settings, edit, order))
    if order.as_json:
        said = {"dead_letter_id": edit.dead_letter_id, "message_id": edit.message_id}
        say_json({**said, "difference": edit.difference, "dry_run": order.dry_run})
        return
    sys.stdout.write(f"{harmless(edit.difference or '')}\n\n")
    if order.dry_run:
        sys.stdout.write("nothing was changed (dry run)\n")
    else:
        sys.stdout.write(f"edited as {edit.dead_letter_id}: replay that one\n")


async def _open(settings: DatabaseSettings, text: str) -> DeadLetter:
    async with operating(settings) as operator:
        told = await acts.one(operator, text)
    if told.fate.status != "open":
        how = told.fate.status.replace("_", " ")
        raise Refused(f"{told.letter.dead_letter_id} is not open: {how}")
    return told.letter


async def _keep(settings: DatabaseSettings, edit: DeadLetter, order: Order) -> None:
    async with operating(settings) as operator:
        await acts.keep_edit(operator, edit, by=order.by, reason=order.reason)


def _ask(order: Order, question: str) -> None:
    if sys.stdin.isatty() and not order.yes and not typer.confirm(question, err=True):
        raise Refused("nothing was changed")


def _progress(done: int) -> None:
    if sys.stderr.isatty():
        sys.stderr.write(f"\r{done} discarded ")


def _say(order: Order, line: str, **facts: Any) -> None:
    if order.as_json:
        say_json(facts)
    else:
        sys.stdout.write(f"{line}\n")


def _letters(number: int) -> str:
    return f"{number} dead letter{'s' if number != 1 else ''}"
