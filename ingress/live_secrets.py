"""Whose secrets prove a sender: those of the settings, or at a tenant's endpoint the tenant's."""

from typing import Final, TypeAlias

import structlog
from pydantic import TypeAdapter, ValidationError

from ingress.provider import Provider
from ingress.refused import Refused
from ingress.remembered import NotToldYet, Remembered
from ingress.settings import Settings
from messages.message import TenantId
from storage import tenants
from storage.postgres import Pool, reader
from storage.secrets import KeyRing, SecretUnreadable

PATIENCE: Final = 1.0  # seconds; providers wait for ten, and come again

_TENANT: Final[TypeAdapter[str]] = TypeAdapter(TenantId)
_Account: TypeAlias = tuple[str, str]  # provider, tenant

log = structlog.get_logger()


class LiveSecrets:
    """The secrets that are live now, or at most as long ago as they are remembered."""

    def __init__(self, settings: Settings, pool: Pool, *, seconds: float) -> None:
        self._settings = settings
        self._pool = pool
        self._keys = KeyRing.parse(settings.master_keys.get_secret_value())
        self._tenants = Remembered[_Account, tuple[str, ...]](
            self._ask, seconds=seconds, patience=PATIENCE
        )

    async def of(self, provider: Provider, tenant: str | None) -> tuple[str, ...]:
        """At least one secret; raises Refused where there is none."""
        if tenant is None:
            secrets: tuple[str, ...] | None = self._settings.secrets_of(provider.name)
        else:
            secrets = await self._of_tenant(provider.name, tenant)
        if secrets is None:
            raise Refused(404, "unknown_tenant")
        if not secrets:
            raise Refused(401, "no_secret_configured")
        return secrets

    async def _of_tenant(self, provider: str, tenant: str) -> tuple[str, ...] | None:
        try:
            return await self._tenants.of((provider, tenant))
        except NotToldYet:
            raise Refused(503, "secrets_away") from None
        except SecretUnreadable as error:
            log.warning(
                "tenant_secret.unreadable", tenant=tenant, provider=provider, error=str(error)
            )
            raise Refused(503, "secret_unreadable") from None

    async def _ask(self, account: _Account) -> tuple[str, ...] | None:
        provider, tenant = account
        if not await tenants.exists(self._pool, tenant):
            return None
        async with reader(self._pool, tenant) as db:
            return await tenants.secrets(db, self._keys, f"{provider}_webhook")


def is_tenant_id(said: str) -> bool:
    """Whether a tenant could be called so; nobody else is looked for in the database."""
    try:
        _TENANT.validate_python(said)
    except ValidationError:
        return False
    return True
