"""The table `pauses`: what operators have stopped for a while."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import asyncpg

from storage.postgres import Crossing


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What is stopped: the messages to which everything applies that is named here."""

    tenant_id: str | None = None
    provider: str | None = None
    actor: str | None = None

    def __str__(self) -> str:
        """As an operator says it: `tenant salon-lotte, provider twilio`."""
        named = {"tenant": self.tenant_id, "provider": self.provider, "actor": self.actor}
        return ", ".join(f"{what} {name}" for what, name in named.items() if name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """A pause; `parked` is how many messages wait for its end, or to be sent on after it."""

    pause_id: UUID
    scope: Scope
    paused_by: str
    reason: str
    paused_at: datetime
    resumed_by: str | None
    resumed_at: datetime | None
    parked: int


_PAUSES: Final = """
    SELECT pause_id, tenant_id, provider, actor, paused_by, reason, paused_at,
           resumed_by, resumed_at,
           (SELECT count(*)
              FROM parked_messages
             WHERE parked_messages.pause_id = pauses.pause_id) AS parked
      FROM pauses
    """


async def begin(operator: Crossing, scope: Scope, *, by: str, reason: str) -> UUID | None:
    """Stop it; None if somebody has."""
    pause_id: UUID | None = await operator.value(
        """
        INSERT INTO pauses (pause_id, tenant_id, provider, actor, paused_by, reason)
        VALUES (gen_random_uuid(), $1, $2, $3, $4, $5)
        ON CONFLICT (coalesce(tenant_id, ''), coalesce(provider, ''), coalesce(actor, ''))
              WHERE resumed_at IS NULL
              DO NOTHING
        RETURNING pause_id
        """,
        scope.tenant_id,
        scope.provider,
        scope.actor,
        by,
        reason,
    )
    return pause_id


async def end(operator: Crossing, pause_id: UUID, *, by: str) -> bool:
    """Let it go on; False if it does."""
    ended = await operator.value(
        """
        UPDATE pauses
           SET resumed_by = $2, resumed_at = now()
         WHERE pause_id = $1 AND resumed_at IS NULL
        RETURNING true
        """,
        pause_id,
        by,
    )
    return ended is not None


async def in_force(router: Crossing) -> dict[Scope, UUID]:
    """What is stopped now."""
    rows = await router.rows(
        "SELECT pause_id, tenant_id, provider, actor FROM pauses WHERE resumed_at IS NULL"
    )
    return {_scope(row): row["pause_id"] for row in rows}


async def known(operator: Crossing, *, ended: bool) -> list[Pause]:
    """What is stopped, with `ended` also what has been; the latest first."""
    rows = await operator.rows(
        f"{_PAUSES} WHERE $1 OR resumed_at IS NULL ORDER BY paused_at DESC, pause_id", ended
    )
    return [_pause(row) for row in rows]


async def of(operator: Crossing, pause_id: UUID) -> Pause | None:
    """The pause of this id, ended or not."""
    row = await operator.row(f"{_PAUSES} WHERE pause_id = $1", pause_id)
    return _pause(row) if row else None


async def stopping(operator: Crossing, scope: Scope) -> Pause | None:
    """The pause that stops exactly this now."""
    row = await operator.row(
        f"""{_PAUSES}
         WHERE resumed_at IS NULL
           AND (tenant_id, provider, actor) IS NOT DISTINCT FROM ($1::text, $2::text, $3::text)
        """,
        scope.tenant_id,
        scope.provider,
        scope.actor,
    )
    return _pause(row) if row else None


async def is_tenant(operator: Crossing, tenant_id: str) -> bool:
    """Whether there is anything of this name to be stopped."""
    return bool(await operator.value("SELECT true FROM tenants WHERE tenant_id = $1", tenant_id))


def _pause(row: asyncpg.Record) -> Pause:
    facts: dict[str, Any] = {**row, "scope": _scope(row)}
    return Pause(**{name: facts[name] for name in Pause.__slots__})


def _scope(row: asyncpg.Record) -> Scope:
    return Scope(tenant_id=row["tenant_id"], provider=row["provider"], actor=row["actor"])
