"""The answer to a ringing call: which business was dialled, and what its agent should know."""

from typing import Any, Final

import structlog

from ingress.remembered import NotToldYet, Remembered
from storage import tenants
from storage.postgres import Pool, reader

PATIENCE: Final = 0.4  # seconds; the caller hears ringing meanwhile

log = structlog.get_logger()


class Greetings:
    """Answers `call_inbound`. Whom we do not know, the agent of the number itself will greet."""

    def __init__(self, pool: Pool, *, seconds: float) -> None:
        self._pool = pool
        self._profiles = Remembered[str, tenants.Profile](
            self._ask, seconds=seconds, patience=PATIENCE
        )

    async def answer(self, number: str | None, *, asked_by: str | None) -> dict[str, Any]:
        """What to say for a dialled number; a tenant's endpoint asks for its own numbers only."""
        try:
            profile = await self._profiles.of(number) if number else None
        except NotToldYet:
            log.warning("greeting.not_found_in_time")
            profile = None
        if profile is None or asked_by not in (None, profile.tenant_id):
            return {"call_inbound": {}}
        return {"call_inbound": greeting_of(profile)}

    async def _ask(self, number: str) -> tenants.Profile | None:
        tenant = await tenants.tenant_of_number(self._pool, number)
        if tenant is None:
            return None
        try:
            async with reader(self._pool, tenant) as db:
                return await tenants.profile(db)
        except tenants.NoSuchTenant:  # taken away between the two looks
            return None


def greeting_of(profile: tenants.Profile) -> dict[str, Any]:
    """What Retell is told; a variable of the tenant's own goes before ours of the same name."""
    variables = {
        "business_name": profile.name,
        "time_zone": profile.time_zone,
        "language": profile.language,
        **profile.variables,
    }
    greeting: dict[str, Any] = {
        "dynamic_variables": {name: str(value) for name, value in variables.items()},
        "metadata": {"tenant_id": profile.tenant_id},
    }
    if profile.agent_id:
        greeting["override_agent_id"] = profile.agent_id
    return greeting
