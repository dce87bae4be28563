"""From an entry of the tenants file to what the database keeps of it."""

from ops.tenants.file import TenantEntry
from storage.tenant_descriptions import Branch, Description, Employee, PhoneNumber
from storage.tenants import Offer, Profile, Service


def described(tenant: TenantEntry) -> Description:
    """The tenant in the order of its codes, as the database gives it back."""
    return Description(
        profile=_profile(tenant),
        branches=tuple(
            Branch(branch=branch.id, name=branch.name, address=branch.address)
            for branch in sorted(tenant.branches, key=lambda each: each.id)
        ),
        phone_numbers=tuple(
            PhoneNumber(
                number=number.number,
                branch=number.branch,
                per_minute=number.telephony.per_minute,
                currency=number.telephony.currency,
            )
            for number in sorted(tenant.phone_numbers, key=lambda each: each.number)
        ),
        staff=tuple(
            Employee(staff=employee.id, name=employee.name, branch=employee.branch)
            for employee in sorted(tenant.staff, key=lambda each: each.id)
        ),
        services=tuple(
            Service(
                service=service.id,
                name=service.name,
                minutes=service.minutes,
                aliases=service.aliases,
                offers=tuple(
                    Offer(staff=staff, event_type_id=event_type)
                    for staff, event_type in service.staff.items()
                ),
            )
            for service in sorted(tenant.services, key=lambda each: each.id)
        ),
    )


def _profile(tenant: TenantEntry) -> Profile:
    return Profile(
        tenant_id=tenant.id,
        name=tenant.name,
        country=tenant.country,
        currency=tenant.currency,
        time_zone=tenant.time_zone,
        language=tenant.language,
        contact_email=tenant.contact_email,
        sms_sender=tenant.sms_sender,
        markup_percent=tenant.markup_percent,
        threshold=tenant.booking_threshold,
        agent_id=tenant.agent_id,
        variables=tenant.variables,
    )
