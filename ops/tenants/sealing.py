"""The secrets of a tenants file: looked up where it points, sealed where they differ."""

from collections.abc import Mapping, Sequence

from ops.tenants.compare import Change, Kind
from ops.tenants.file import SecretsEntry
from ops.tenants.problems import Path, Problem
from storage.owner import Owner
from storage.secrets import KeyRing, SecretUnreadable
from storage.tenant_changes import replace_secrets
from storage.tenants import sealed_secrets


class Sealing:
    """Compares and seals the secrets of one tenant after the other."""

    def __init__(self, owner: Owner, keys: KeyRing, environment: Mapping[str, str]) -> None:
        self._owner = owner
        self._keys = keys
        self._environment = environment
        self.problems: list[Problem] = []
        self._waiting: list[tuple[str, str, list[bytes]]] = []

    async def compare(self, path: Path, tenant: str, secrets: SecretsEntry) -> list[Change]:
        """What would change; what an older key sealed counts, so that it is sealed anew."""
        changes = []
        for name, references in secrets.references().items():
            sealed = await sealed_secrets(self._owner.reader(tenant), name)
            known = [self._opened(each, tenant, name) for each in sealed]
            wanted = self._wanted((*path, "secrets", name), references, known)
            if wanted != known or not all(map(self._keys.seals_like, sealed)):
                kind: Kind = "changed" if known and wanted else "added" if wanted else "removed"
                changes.append(Change(tenant=tenant, what="secret", code=name, kind=kind))
                anew = [self._keys.seal(each, tenant=tenant, name=name) for each in wanted]
                self._waiting.append((tenant, name, anew))
        return changes

    async def write(self) -> None:
        """Seal what was found to differ."""
        for tenant, name, sealed in self._waiting:
            await replace_secrets(self._owner, tenant, name, sealed)

    def _opened(self, sealed: bytes, tenant: str, name: str) -> str | None:
        try:
            return self._keys.open(sealed, tenant=tenant, name=name)
        except SecretUnreadable:
            return None  # its key is lost: the file may bring the secret again

    def _wanted(
        self, path: Path, references: Sequence[str], known: Sequence[str | None]
    ) -> list[str]:
        wanted = []
        for place, reference in enumerate(references):
            try:
                wanted.append(_looked_up(reference, self._environment, known))
            except LookupError as error:
                at = path if path[-1] == "calcom_api_key" else (*path, place)
                self.problems.append(Problem(at, str(error.args[0])))
        return wanted


def _looked_up(reference: str, environment: Mapping[str, str], known: Sequence[str | None]) -> str:
    """The secret a reference points at; LookupError says in a sentence why there is none."""
    form, _, rest = reference.partition(":")
    if form == "plain":
        return rest
    if form == "env":
        if found := environment.get(rest):
            return found
        raise LookupError(f"the environment variable {rest} is not set")
    if int(rest) > len(known):
        raise LookupError(f"the database has {len(known)} secrets here, none is number {rest}")
    if (kept := known[int(rest) - 1]) is None:
        raise LookupError("that secret does not open with RINGBOOK_MASTER_KEYS: give it anew")
    return kept
