"""`ringbook pauses`: what is paused, by whom, since when, and how much waits."""

import asyncio
import sys
from dataclasses import asdict
from typing import Annotated, Final

import orjson
import typer
from rich.console import Console
from rich.table import Table

from ops.operating import operating
from ops.settings import DatabaseSettings, read
from storage import pauses
from storage.pauses import Pause

HEAD: Final = ("pause", "what", "since (UTC)", "by", "parked", "reason", "resumed")

app = typer.Typer()


@app.command("pauses")
def listed(
    *,
    ended: Annotated[bool, typer.Option("--all", help="With those that have ended.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Show it as JSON.")] = False,
) -> None:
    """What is paused, by whom, since when, and how many messages wait for its end."""
    found = asyncio.run(_known(read(DatabaseSettings), ended=ended))
    if as_json:
        sys.stdout.write(_json(found))
    elif not found:
        sys.stdout.write("nothing is paused\n" if not ended else "nothing was ever paused\n")
    elif sys.stdout.isatty():
        Console().print(_table(found))
    else:
        sys.stdout.writelines("\t".join(_row(pause)) + "\n" for pause in found)


async def _known(settings: DatabaseSettings, *, ended: bool) -> list[Pause]:
    async with operating(settings) as operator:
        return await pauses.known(operator, ended=ended)


def _row(pause: Pause) -> tuple[str, ...]:
    resumed = f"{pause.resumed_at:%Y-%m-%d %H:%M} by {pause.resumed_by}" if pause.resumed_at else ""
    return (
        str(pause.pause_id),
        str(pause.scope),
        f"{pause.paused_at:%Y-%m-%d %H:%M}",
        pause.paused_by,
        f"{pause.parked}",
        pause.reason,
        resumed,
    )


def _table(found: list[Pause]) -> Table:
    table = Table(*HEAD)
    for pause in found:
        table.add_row(*_row(pause))
    return table


def _json(found: list[Pause]) -> str:
    shown = []
    for pause in found:
        facts = asdict(pause)
        scope = facts.pop("scope")
        shown.append({"pause_id": facts.pop("pause_id"), **scope, **facts})
    return orjson.dumps(shown, default=str, option=orjson.OPT_INDENT_2).decode() + "\n"
