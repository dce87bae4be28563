"""`ringbook resume`: a pause ends, and what was kept goes back to its handlers."""

import asyncio
import sys
from typing import Annotated
from uuid import UUID

import typer

from ops.operating import By, Reason, operating
from ops.pauses.scope import Actor, Provider, Tenant, scope_of
from ops.refused import Refused
from ops.settings import DatabaseSettings, read
from storage import operator_actions, pauses
from storage.pauses import Pause, Scope
from storage.postgres import Crossing

app = typer.Typer()


@app.command()
def resume(
    pause_id: Annotated[str | None, typer.Argument(help="As `ringbook pauses` names it.")] = None,
    *,
    tenant: Tenant = None,
    provider: Provider = None,
    actor: Actor = None,
    reason: Reason,
    by: By,
) -> None:
    """End a pause, named by its id or by exactly what was paused.

    What was kept goes back on the bulk lane, oldest first; live messages come before it.
    """
    named: UUID | Scope
    if pause_id is None:
        named = scope_of(tenant=tenant, provider=provider, actor=actor)
    elif tenant or provider or actor:
        raise Refused("name a pause by its id or by what was paused, not by both")
    else:
        named = _id(pause_id)
    ended = asyncio.run(_resumed(read(DatabaseSettings), named, by=by, reason=reason))
    going = "1 message goes" if ended.parked == 1 else f"{ended.parked:,} messages go"
    sys.stdout.write(f"resumed {ended.scope}; {going} back\n")


async def _resumed(
    settings: DatabaseSettings, named: UUID | Scope, *, by: str, reason: str
) -> Pause:
    async with operating(settings) as operator:
        pause = await _named(operator, named)
        if not await pauses.end(operator, pause.pause_id, by=by):
            raise Refused(f"{pause.scope} was just resumed by somebody else")
        await operator_actions.note(
            operator,
            by=by,
            action="pauses.resume",
            reason=reason,
            tenant=pause.scope.tenant_id,
            subject=f"pause:{pause.pause_id}",
            details={"parked": pause.parked},
        )
    return pause


async def _named(operator: Crossing, named: UUID | Scope) -> Pause:
    """The pause that is meant and still holds; raises Refused."""
    if isinstance(named, Scope):
        pause = await pauses.stopping(operator, named)
        if pause is None:
            raise Refused(f"{named} is not paused; `ringbook pauses` shows what is")
        return pause
    pause = await pauses.of(operator, named)
    if pause is None:
        raise Refused(f"no pause {named}; `ringbook pauses` shows what is paused")
    if pause.resumed_at:
        when = f"{pause.resumed_at:%Y-%m-%d %H:%M} UTC"
        raise Refused(f"{pause.scope} was resumed by {pause.resumed_by} at {when}")
    return pause


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise Refused(f"{text!r} is no id of a pause; `ringbook pauses` shows them") from error
