"""`ringbook pause`: what arrives is kept, and nobody works on it until it is resumed."""

import asyncio
import sys
from uuid import UUID

import typer

from ops.operating import By, Reason, operating
from ops.pauses.scope import Actor, Provider, Tenant, scope_of
from ops.refused import Refused
from ops.settings import DatabaseSettings, read
from storage import operator_actions, pauses
from storage.pauses import Scope
from storage.postgres import Crossing

app = typer.Typer()


@app.command()
def pause(
    *,
    tenant: Tenant = None,
    provider: Provider = None,
    actor: Actor = None,
    reason: Reason,
    by: By,
) -> None:
    """Stop the work for a tenant, a provider or an actor; with several, for what is of them all.

    Every process knows it within 2 seconds. What arrives is kept; what is in hand is finished.
    """
    scope = scope_of(tenant=tenant, provider=provider, actor=actor)
    pause_id = asyncio.run(_paused(read(DatabaseSettings), scope, by=by, reason=reason))
    sys.stdout.write(f"paused {scope}\nresume it with: ringbook resume {pause_id} --reason ...\n")


async def _paused(settings: DatabaseSettings, scope: Scope, *, by: str, reason: str) -> UUID:
    async with operating(settings) as operator:
        if scope.tenant_id and not await pauses.is_tenant(operator, scope.tenant_id):
            raise Refused(f"no tenant {scope.tenant_id!r}")
        pause_id = await pauses.begin(operator, scope, by=by, reason=reason)
        if pause_id is None:
            raise Refused(await _by_whom(operator, scope))
        await operator_actions.note(
            operator,
            by=by,
            action="pauses.pause",
            reason=reason,
            tenant=scope.tenant_id,
            subject=f"pause:{pause_id}",
            details={"provider": scope.provider, "actor": scope.actor},
        )
    return pause_id


async def _by_whom(operator: Crossing, scope: Scope) -> str:
    known = await pauses.stopping(operator, scope)
    if known is None:  # it has been resumed since we looked
        return f"{scope} was just resumed: try again"
    since = f"{known.paused_at:%Y-%m-%d %H:%M} UTC"
    return f"{scope} is paused already, by {known.paused_by} since {since}: {known.reason}"
