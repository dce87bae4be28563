"""Make the database what a tenants file says: all of it in one transaction, or nothing."""

from collections.abc import Mapping
from dataclasses import dataclass

from ops.tenants.compare import Change, compare
from ops.tenants.describe import described
from ops.tenants.file import TenantEntry, TenantsFile
from ops.tenants.problems import Path, TenantsFileWrong
from ops.tenants.sealing import Sealing
from ops.tenants.ties import needed, taken
from storage.owner import describing_tenants
from storage.secrets import KeyRing
from storage.tenant_changes import put
from storage.tenant_descriptions import description, tenant_ids


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """What the file changed, or would change."""

    changes: tuple[Change, ...]
    unchanged: tuple[str, ...]
    left_alone: tuple[str, ...]  # tenants that the file does not speak of


async def apply(
    url: str,
    keys: KeyRing,
    file: TenantsFile,
    *,
    environment: Mapping[str, str],
    dry_run: bool = False,
) -> Applied:
    """Write what differs; raises TenantsFileWrong, DatabaseAway, NotMigrated or NotTheOwner.

    A tenant that is not in the file is left alone: removing one is a separate act.
    """
    tenants: dict[Path, TenantEntry] = {
        ("tenants", place): each for place, each in enumerate(file.tenants)
    }
    async with describing_tenants(url, keep=not dry_run) as owner:
        sealing = Sealing(owner, keys, environment)
        problems = await taken(owner, tenants)
        changes: list[Change] = []
        changed = []
        for path, tenant in tenants.items():
            before, after = await description(owner, tenant.id), described(tenant)
            if before is not None:
                problems += await needed(owner, path, before, after)
            if found := compare(before, after):
                changed.append(after)
            changes += found + await sealing.compare(path, tenant.id, tenant.secrets)
        if problems := problems + sealing.problems:
            raise TenantsFileWrong(problems)
        known = await tenant_ids(owner)
        await put(owner, changed)
        await sealing.write()
    ids = [tenant.id for tenant in file.tenants]
    touched = {change.tenant for change in changes}
    return Applied(
        changes=tuple(changes),
        unchanged=tuple(each for each in ids if each not in touched),
        left_alone=tuple(each for each in known if each not in ids),
    )
