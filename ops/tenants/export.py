"""Write tenants as the file that describes them: applied again, it changes nothing."""

from decimal import Decimal
from typing import Any, Final

import yaml

from ops.refused import Refused
from ops.tenants.file import SecretsEntry
from storage.owner import Owner, describing_tenants
from storage.tenant_descriptions import Description, description, tenant_ids
from storage.tenants import sealed_secrets

_HEAD: Final = (
    "# stored:N keeps the Nth secret as it lies, sealed, in the database;"
    " env:NAME in its place sets a new one.\n"
)


class _Writer(yaml.SafeDumper):
    """Decimals are written as they are, sequences with an indent."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002, FBT001, FBT002 -- the signature is PyYAML's
        super().increase_indent(flow, indentless=False)


def _number(writer: yaml.SafeDumper, value: Decimal) -> yaml.ScalarNode:
    text = format(value, "f")
    kind = "float" if "." in text else "int"
    return writer.represent_scalar(f"tag:yaml.org,2002:{kind}", text)


_Writer.add_representer(Decimal, _number)


async def export(url: str, tenant: str | None = None) -> str:
    """The YAML of one tenant, or of all; raises Refused if there is none of that name."""
    async with describing_tenants(url, keep=False) as owner:
        ids = [each for each in await tenant_ids(owner) if tenant in (None, each)]
        if tenant is not None and not ids:
            raise Refused(f"no tenant {tenant}")
        entries = [await _entry(owner, each) for each in ids]
    text = yaml.dump(
        {"tenants": entries}, Dumper=_Writer, sort_keys=False, allow_unicode=True, width=100
    )
    return _HEAD + text


async def _entry(owner: Owner, tenant: str) -> dict[str, Any]:
    found = await description(owner, tenant)
    assert found is not None, "its id was read in this transaction, which locks the table"  # noqa: S101 -- as said
    return _profile(found) | {"secrets": await _secrets(owner, tenant)} | _parts(found)


def _profile(tenant: Description) -> dict[str, Any]:
    profile = tenant.profile
    return {
        "id": profile.tenant_id,
        "name": profile.name,
        "country": profile.country,
        "currency": profile.currency,
        "time_zone": profile.time_zone,
        "language": profile.language,
        "contact_email": profile.contact_email,
        "sms_sender": profile.sms_sender,
        "markup_percent": profile.markup_percent,
        "booking_threshold": profile.threshold,
        "agent_id": profile.agent_id,
        "variables": profile.variables,
    }


async def _secrets(owner: Owner, tenant: str) -> dict[str, Any]:
    db = owner.reader(tenant)
    stored: dict[str, Any] = {
        name: [f"stored:{place}" for place, _ in enumerate(await sealed_secrets(db, name), 1)]
        for name in SecretsEntry().references()
    }
    return stored | {"calcom_api_key": next(iter(stored["calcom_api_key"]), None)}


def _parts(tenant: Description) -> dict[str, Any]:
    return {
        "branches": [
            {"id": branch.branch, "name": branch.name, "address": branch.address}
            for branch in tenant.branches
        ],
        "phone_numbers": [
            {
                "number": number.number,
                "branch": number.branch,
                "telephony": {"per_minute": number.per_minute, "currency": number.currency},
            }
            for number in tenant.phone_numbers
        ],
        "staff": [
            {"id": employee.staff, "name": employee.name, "branch": employee.branch}
            for employee in tenant.staff
        ],
        "services": [
            {
                "id": service.service,
                "name": service.name,
                "minutes": service.minutes,
                "aliases": list(service.aliases),
                "staff": {offer.staff: offer.event_type_id for offer in service.offers},
            }
            for service in tenant.services
        ],
    }
