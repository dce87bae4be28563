"""`ringbook webhooks list | show | replay`."""

import asyncio
import sys
from dataclasses import asdict
from typing import Annotated

import typer

from ops.moments import Since, Until, in_order
from ops.operating import By, operating
from ops.refused import Refused
from ops.replays import terminal
from ops.replays.ids import ids_of
from ops.replays.order import PER_SECOND, DryRun, Json, Name, PerSecond, Why, Yes, order_of
from ops.replays.show import text_of
from ops.settings import DatabaseSettings, read
from ops.webhooks import show
from ops.webhooks.options import Because, DoneToo, Event, Ids, Outcome, Provider, Tenant, Text
from storage import webhook_events
from storage.postgres import Crossing
from storage.webhook_events import Archived
from storage.webhook_selection import WebhookSelection

app = typer.Typer(
    no_args_is_help=True, help="The archive of webhooks: what was accepted, what became of it."
)


@app.command("list")
def show_all(
    *,
    provider: Provider = None,
    tenant: Tenant = None,
    event: Event = None,
    outcome: Outcome = None,
    because: Because = None,
    since: Since = None,
    until: Until = None,
    text: Text = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many.")] = 50,
    as_json: Json = False,
) -> None:
    """What was accepted, newest first; without bodies."""
    in_order(since, until)
    selection = WebhookSelection(
        provider=provider,
        tenant=tenant,
        event=event,
        outcome=outcome,
        reason=because,
        since=since,
        until=until,
        text=text,
        ended_too=True,
    )
    found = asyncio.run(_listed(read(DatabaseSettings), selection, limit))
    if as_json:
        sys.stdout.write(text_of([asdict(each) for each in found]))
    else:
        sys.stdout.writelines(f"{show.line(each)}\n" for each in found)


@app.command("show")
def show_one(
    webhook: Annotated[str, typer.Argument(metavar="ID", help="Or the beginning of one.")],
    *,
    raw: Annotated[bool, typer.Option("--raw", help="Nothing but the body, byte by byte.")] = False,
    as_json: Json = False,
) -> None:
    """A webhook with its body, as the provider posted it."""
    found, body = asyncio.run(_found(read(DatabaseSettings), webhook))
    if raw:
        sys.stdout.buffer.write(body)
    elif as_json:
        sys.stdout.write(text_of(show.as_json(found, body)))
    else:
        sys.stdout.writelines(f"{line}\n" for line in show.lines(found, body))


@app.command()
def replay(
    ids: Ids = None,
    *,
    name: Name = None,
    reason: Why = None,
    by: By,
    provider: Provider = None,
    tenant: Tenant = None,
    event: Event = None,
    outcome: Outcome = None,
    because: Because = None,
    since: Since = None,
    until: Until = None,
    text: Text = None,
    done_too: DoneToo = False,
    per_second: PerSecond = PER_SECOND,
    dry_run: DryRun = False,
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """Show what would be sent once more, freeze it, and send it to whoever hears it today.

    Only what was ignored or died, unless --all; a webhook that is done changes nothing. It goes
    on the bulk lane: live messages come first.
    """
    in_order(since, until)

    async def selecting(operator: Crossing) -> WebhookSelection:
        meant = await ids_of(operator, ids or (), webhook_events.beginning_with, what="webhook")
        return WebhookSelection(
            ids=meant or None,
            provider=provider,
            tenant=tenant,
            event=event,
            outcome=outcome,
            reason=because,
            since=since,
            until=until,
            text=text,
            ended_too=done_too,
        )

    if dry_run:
        terminal.plan(selecting, as_json=as_json)
    else:
        order = order_of(name=name, reason=reason, by=by, per_second=per_second)
        terminal.replay(selecting, order, yes=yes, as_json=as_json)


async def _listed(
    settings: DatabaseSettings, selection: WebhookSelection, limit: int
) -> list[Archived]:
    async with operating(settings) as operator:
        return await webhook_events.archived(operator, selection, limit=limit)


async def _found(settings: DatabaseSettings, text: str) -> tuple[Archived, bytes]:
    async with operating(settings) as operator:
        ids = await ids_of(operator, (text,), webhook_events.beginning_with, what="webhook")
        found = await webhook_events.archived(
            operator, WebhookSelection(ids=ids, ended_too=True), limit=1
        )
        body = await webhook_events.body_of(operator, ids[0])
    if not found or body is None:
        raise Refused(f"no webhook {text}")
    return found[0], body
