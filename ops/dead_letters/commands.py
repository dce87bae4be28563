"""`ringbook dead-letters list | groups | show | discard | edit | replay`."""

import asyncio
import sys
from typing import Annotated, Final, TypeAlias

import typer

from ops.dead_letters import acts, changes, lines, story
from ops.dead_letters.filters import filtered
from ops.moments import Since, Until
from ops.operating import By, Reason, operating
from ops.replays.commands import replay_dead_letters
from ops.replays.options import Actor, EndedToo, Error, Fingerprint, Ids, Provider, Tenant, Text
from ops.replays.order import Json, Yes
from ops.settings import DatabaseSettings, read
from storage import dead_letter_lists
from storage.dead_letter_lists import Group, Listed
from storage.dead_letter_selection import Selection

PATIENCE: Final = 300  # seconds; a group may be a million letters

Limit: TypeAlias = Annotated[int, typer.Option(min=1, max=10_000, help="At most so many.")]
DryRun: TypeAlias = Annotated[
    bool, typer.Option("--dry-run", help="Show what would be done, and change nothing.")
]
One: TypeAlias = Annotated[
    str, typer.Argument(metavar="ID", help="Of the letter; its beginning is enough.")
]

app = typer.Typer(no_args_is_help=True, help="Messages that nobody could handle, and why.")
app.command("replay")(replay_dead_letters)


@app.command("list")
def show_list(
    *,
    actor: Actor = None, tenant: Tenant = None, provider: Provider = None, error: Error = None,
    fingerprint: Fingerprint = None, since: Since = None, until: Until = None, text: Text = None,
    ended_too: EndedToo = False, limit: Limit = 50, as_json: Json = False,
) -> None:  # fmt: skip
    """What died and has not ended since, newest first."""
    selection = filtered(
        actor=actor, tenant=tenant, provider=provider, error=error, fingerprint=fingerprint,
        since=since, until=until, text=text, ended_too=ended_too,
    )  # fmt: skip
    found = asyncio.run(_newest(read(DatabaseSettings), selection, limit + 1))
    shown = found[:limit]
    if as_json:
        lines.say_json(lines.facts(shown))
    else:
        lines.say_letters(shown)
    if len(found) > limit:
        sys.stderr.write(f"there are more than {limit}: --limit shows more, `groups` counts them\n")


@app.command()
def groups(
    *,
    actor: Actor = None, tenant: Tenant = None, provider: Provider = None, error: Error = None,
    fingerprint: Fingerprint = None, since: Since = None, until: Until = None, text: Text = None,
    ended_too: EndedToo = False, limit: Limit = 50, as_json: Json = False,
) -> None:  # fmt: skip
    """The same by what they died of, the largest group first."""
    selection = filtered(
        actor=actor, tenant=tenant, provider=provider, error=error, fingerprint=fingerprint,
        since=since, until=until, text=text, ended_too=ended_too,
    )  # fmt: skip
    found = asyncio.run(_groups(read(DatabaseSettings), selection, limit))
    if as_json:
        lines.say_json(lines.facts(found))
    else:
        lines.say_groups(found)


@app.command()
def show(
    letter: One,
    *,
    raw: Annotated[bool, typer.Option("--raw", help="The body alone, byte for byte.")] = False,
    as_json: Json = False,
) -> None:
    """Everything about one letter, its body too: it may be about a person."""
    told = asyncio.run(_story(read(DatabaseSettings), letter))
    if raw:
        sys.stdout.buffer.write(told.letter.body)
    elif as_json:
        lines.say_json(story.as_json(told))
    else:
        sys.stdout.writelines(f"{line}\n" for line in story.as_lines(told))


@app.command()
def discard(
    ids: Ids = None,
    *,
    reason: Reason, by: By,
    actor: Actor = None, tenant: Tenant = None, provider: Provider = None, error: Error = None,
    fingerprint: Fingerprint = None, since: Since = None, until: Until = None, text: Text = None,
    dry_run: DryRun = False, yes: Yes = False, as_json: Json = False,
) -> None:  # fmt: skip
    """End letters for good, without their message being handled. They can still be shown."""
    selection = filtered(
        actor=actor, tenant=tenant, provider=provider, error=error, fingerprint=fingerprint,
        since=since, until=until, text=text,
    )  # fmt: skip
    order = changes.Order(by=by, reason=reason, dry_run=dry_run, yes=yes, as_json=as_json)
    asyncio.run(changes.discard(read(DatabaseSettings), ids or (), selection, order))


@app.command()
def edit(
    letter: One,
    *,
    reason: Reason,
    by: By,
    body: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="The new body; - reads it; $EDITOR opens without."),
    ] = None,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Make a new letter from this one, with another body, to be replayed in its place."""
    order = changes.Order(by=by, reason=reason, dry_run=dry_run, yes=True, as_json=as_json)
    changes.edit(read(DatabaseSettings), letter, body, order)


async def _newest(settings: DatabaseSettings, selection: Selection, limit: int) -> list[Listed]:
    async with operating(settings, patience=PATIENCE) as operator:
        await dead_letter_lists.have_room(operator)
        return await dead_letter_lists.newest(operator, selection, limit=limit)


async def _groups(settings: DatabaseSettings, selection: Selection, limit: int) -> list[Group]:
    async with operating(settings, patience=PATIENCE) as operator:
        await dead_letter_lists.have_room(operator)
        return await dead_letter_lists.groups(operator, selection, limit=limit)


async def _story(settings: DatabaseSettings, letter: str) -> story.Story:
    async with operating(settings) as operator:
        return await acts.one(operator, letter)
