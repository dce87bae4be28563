"""`ringbook dead-letters replay`."""

from ops.dead_letters.filters import filtered, with_ids
from ops.moments import Since, Until
from ops.operating import By
from ops.replays import terminal
from ops.replays.options import Actor, EndedToo, Error, Fingerprint, Ids, Provider, Tenant, Text
from ops.replays.order import PER_SECOND, DryRun, Json, Name, PerSecond, Why, Yes, order_of
from storage.dead_letter_selection import Selection
from storage.postgres import Crossing


def replay_dead_letters(
    ids: Ids = None,
    *,
    name: Name = None,
    reason: Why = None,
    by: By,
    actor: Actor = None,
    tenant: Tenant = None,
    provider: Provider = None,
    error: Error = None,
    fingerprint: Fingerprint = None,
    since: Since = None,
    until: Until = None,
    text: Text = None,
    ended_too: EndedToo = False,
    per_second: PerSecond = PER_SECOND,
    dry_run: DryRun = False,
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """Show what would be sent once more, freeze it, and send it to the handlers that gave up.

    What has succeeded since, or was discarded or edited, is left out. It goes on the bulk lane:
    live messages come first.
    """
    selection = filtered(
        actor=actor,
        tenant=tenant,
        provider=provider,
        error=error,
        fingerprint=fingerprint,
        since=since,
        until=until,
        text=text,
        ended_too=ended_too,
    )

    async def selecting(operator: Crossing) -> Selection:
        return await with_ids(operator, ids or (), selection)

    if dry_run:
        terminal.plan(selecting, as_json=as_json)
    else:
        order = order_of(name=name, reason=reason, by=by, per_second=per_second)
        terminal.replay(selecting, order, yes=yes, as_json=as_json)
