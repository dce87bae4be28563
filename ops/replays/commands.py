"""`ringbook replays list | show | resume | cancel`."""

import asyncio
import sys
from typing import Annotated

import typer

from ops.operating import By, Reason, operating
from ops.refused import Refused
from ops.replays import show, terminal
from ops.replays.dead_letters import replay_dead_letters
from ops.replays.order import Json
from ops.replays.running import open_replay
from ops.settings import DatabaseSettings, read
from storage import operator_actions, replay_items, replays
from storage.postgres import Crossing
from storage.replay_sources import DEAD_LETTERS

__all__ = ["app", "replay_dead_letters"]

Called = Annotated[str, typer.Argument(metavar="NAME", help="What the replay is called.")]

app = typer.Typer(no_args_is_help=True, help="Replays of dead letters and of webhooks.")


@app.command("list")
def show_all(
    *,
    limit: Annotated[int, typer.Option(min=1, help="At most so many.")] = 50,
    as_json: Json = False,
) -> None:
    """The replays that were made last, newest first."""
    found = asyncio.run(_latest(read(DatabaseSettings), limit))
    if as_json:
        sys.stdout.write(show.text_of([show.facts(each) for each in found]))
    else:
        sys.stdout.writelines(f"{show.line(each)}\n" for each in found)


@app.command("show")
def show_one(name: Called, *, as_json: Json = False) -> None:
    """How far a replay has come, and what became of what it sent."""
    sys.stdout.write(asyncio.run(_shown(read(DatabaseSettings), name, as_json=as_json)))


@app.command()
def resume(name: Called, *, by: By, as_json: Json = False) -> None:
    """Go on with a replay that was cut off, where it was."""
    terminal.resume(name, by=by, as_json=as_json)


@app.command()
def cancel(name: Called, *, reason: Reason, by: By) -> None:
    """End a replay where it is; whoever runs it stops within a second."""
    asyncio.run(_cancelled(read(DatabaseSettings), name, by=by, reason=reason))
    sys.stdout.write(f"{name} is cancelled\n")


async def _latest(settings: DatabaseSettings, limit: int) -> list[replays.Replay]:
    async with operating(settings) as operator:
        return await replays.latest(operator, limit=limit)


async def _shown(settings: DatabaseSettings, name: str, *, as_json: bool) -> str:
    async with operating(settings) as operator:
        replay = await replays.find(operator, name)
        if replay is None:
            raise Refused(f"no replay is called {name}")
        fates_of = (
            replay_items.fates_of_letters
            if replay.source == DEAD_LETTERS
            else replay_items.fates_of_webhooks
        )
        found = show.Found(
            replay=replay,
            come=await replay_items.progress(operator, replay.replay_id),
            fates=await fates_of(operator, replay.replay_id),
            actions=await operator_actions.history(operator, [f"replay:{name}"]),
            runs=await replays.runs(operator, replay.replay_id),
        )
    if as_json:
        return show.text_of(show.as_json(found))
    return "".join(f"{line}\n" for line in show.lines(found))


async def _cancelled(settings: DatabaseSettings, name: str, *, by: str, reason: str) -> None:
    async with operating(settings) as operator:
        replay = await open_replay(operator, name)
        if await replays.cancel(operator, replay.replay_id):
            await _note(operator, name, by=by, reason=reason)


async def _note(operator: Crossing, name: str, *, by: str, reason: str) -> None:
    await operator_actions.note(
        operator, by=by, action="replays.cancel", reason=reason, subject=f"replay:{name}"
    )
