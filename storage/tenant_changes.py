"""Writing what describes tenants.

A number or an event type may move from one tenant to another: `put` is called for all tenants
of one description, so that what leaves has left before it arrives.
"""

from collections.abc import Sequence
from dataclasses import astuple

from storage.owner import Owner
from storage.tenant_descriptions import Description


async def put(owner: Owner, descriptions: Sequence[Description]) -> None:
    """Make these tenants what they are described as; others are left alone."""
    await _put_profiles(owner, descriptions)
    await _put_branches(owner, descriptions)
    await _put_staff(owner, descriptions)
    await _put_services(owner, descriptions)
    await _replace_phone_numbers(owner, descriptions)
    await _replace_event_types(owner, descriptions)
    await _forget_unlisted(owner, descriptions)


async def replace_secrets(owner: Owner, tenant: str, name: str, sealed: Sequence[bytes]) -> None:
    """Make these the secrets of that name."""
    await owner.execute(
        "DELETE FROM tenant_secrets WHERE tenant_id = $1 AND name = $2", tenant, name
    )
    await owner.execute_many(
        "INSERT INTO tenant_secrets (tenant_id, name, position, sealed) VALUES ($1, $2, $3, $4)",
        [(tenant, name, position, secret) for position, secret in enumerate(sealed)],
    )


async def _put_profiles(owner: Owner, descriptions: Sequence[Description]) -> None:
    await owner.execute_many(
        """
        INSERT INTO tenants
               (tenant_id, name, country, currency, time_zone, language, contact_email,
                sms_sender, markup_percent, threshold, agent_id, variables)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10::float8::numeric, $11, $12)
        ON CONFLICT (tenant_id) DO UPDATE
           SET name = EXCLUDED.name,
               country = EXCLUDED.country,
               currency = EXCLUDED.currency,
               time_zone = EXCLUDED.time_zone,
               language = EXCLUDED.language,
               contact_email = EXCLUDED.contact_email,
               sms_sender = EXCLUDED.sms_sender,
               markup_percent = EXCLUDED.markup_percent,
               threshold = EXCLUDED.threshold,
               agent_id = EXCLUDED.agent_id,
               variables = EXCLUDED.variables
        """,
        [astuple(each.profile) for each in descriptions],
    )


async def _put_branches(owner: Owner, descriptions: Sequence[Description]) -> None:
    await owner.execute_many(
        """
        INSERT INTO branches (tenant_id, branch, name, address) VALUES ($1, $2, $3, $4)
        ON CONFLICT (tenant_id, branch) DO UPDATE
           SET name = EXCLUDED.name, address = EXCLUDED.address
        """,
        [
            (each.profile.tenant_id, branch.branch, branch.name, branch.address)
            for each in descriptions
            for branch in each.branches
        ],
    )


async def _put_staff(owner: Owner, descriptions: Sequence[Description]) -> None:
    await owner.execute_many(
        """
        INSERT INTO staff (tenant_id, staff, name, branch) VALUES ($1, $2, $3, $4)
        ON CONFLICT (tenant_id, staff) DO UPDATE
           SET name = EXCLUDED.name, branch = EXCLUDED.branch
        """,
        [
            (each.profile.tenant_id, employee.staff, employee.name, employee.branch)
            for each in descriptions
            for employee in each.staff
        ],
    )


async def _put_services(owner: Owner, descriptions: Sequence[Description]) -> None:
    await owner.execute_many(
        """
        INSERT INTO services (tenant_id, service, name, minutes, aliases)
        VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (tenant_id, service) DO UPDATE
           SET name = EXCLUDED.name, minutes = EXCLUDED.minutes, aliases = EXCLUDED.aliases
        """,
        [
            (each.profile.tenant_id, service.service, service.name, service.minutes,
             service.aliases)
            for each in descriptions
            for service in each.services
        ],
    )  # fmt: skip


async def _replace_phone_numbers(owner: Owner, descriptions: Sequence[Description]) -> None:
    await owner.execute(
        "DELETE FROM phone_numbers WHERE tenant_id = ANY($1)", _tenants(descriptions)
    )
    await owner.execute_many(
        """
        INSERT INTO phone_numbers
               (number, tenant_id, branch, telephony_per_minute, telephony_currency)
        VALUES ($1, $2, $3, $4, $5)
        """,
        [
            (number.number, each.profile.tenant_id, number.branch, number.per_minute,
             number.currency)
            for each in descriptions
            for number in each.phone_numbers
        ],
    )  # fmt: skip


async def _replace_event_types(owner: Owner, descriptions: Sequence[Description]) -> None:
    await owner.execute("DELETE FROM event_types WHERE tenant_id = ANY($1)", _tenants(descriptions))
    await owner.execute_many(
        """
        INSERT INTO event_types (event_type_id, tenant_id, service, staff, position)
        VALUES ($1, $2, $3, $4, $5)
        """,
        [
            (offer.event_type_id, each.profile.tenant_id, service.service, offer.staff, position)
            for each in descriptions
            for service in each.services
            for position, offer in enumerate(service.offers)
        ],
    )


async def _forget_unlisted(owner: Owner, descriptions: Sequence[Description]) -> None:
    """What a tenant has and its description has not; staff before the branch it works in."""
    for each in descriptions:
        tenant = each.profile.tenant_id
        await owner.execute(
            "DELETE FROM services WHERE tenant_id = $1 AND service <> ALL($2)",
            tenant,
            [service.service for service in each.services],
        )
        await owner.execute(
            "DELETE FROM staff WHERE tenant_id = $1 AND staff <> ALL($2)",
            tenant,
            [employee.staff for employee in each.staff],
        )
        await owner.execute(
            "DELETE FROM branches WHERE tenant_id = $1 AND branch <> ALL($2)",
            tenant,
            [branch.branch for branch in each.branches],
        )


def _tenants(descriptions: Sequence[Description]) -> list[str]:
    return [each.profile.tenant_id for each in descriptions]
