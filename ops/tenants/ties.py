"""What speaks against applying a tenants file, though it is right in itself."""

from collections.abc import Iterator, Mapping

from ops.tenants.file import TenantEntry
from ops.tenants.problems import Path, Problem
from storage.owner import Owner
from storage.tenant_descriptions import Description
from storage.tenant_ties import (
    calls_without_final_cost,
    holders_of_event_types,
    holders_of_numbers,
    upcoming_appointments,
)


async def taken(owner: Owner, tenants: Mapping[Path, TenantEntry]) -> list[Problem]:
    """Numbers and event types of tenants that the file does not speak of, and so cannot move."""
    numbers = {
        (*path, "phone_numbers", place, "number"): entry.number
        for path, tenant in tenants.items()
        for place, entry in enumerate(tenant.phone_numbers)
    }
    event_types = {
        (*path, "services", place, "staff", staff): event_type
        for path, tenant in tenants.items()
        for place, entry in enumerate(tenant.services)
        for staff, event_type in entry.staff.items()
    }
    ours = {tenant.id for tenant in tenants.values()}
    number_holders = await holders_of_numbers(owner, list(numbers.values()))
    type_holders = await holders_of_event_types(owner, list(event_types.values()))
    held = [(path, number_holders.get(number)) for path, number in numbers.items()]
    held += [(path, type_holders.get(each)) for path, each in event_types.items()]
    return [
        Problem(path, f"belongs to {holder}, which is not in this file")
        for path, holder in held
        if holder and holder not in ours
    ]


async def needed(
    owner: Owner, path: Path, before: Description, after: Description
) -> list[Problem]:
    """What would go, while appointments or calls still need it."""
    tenant = after.profile.tenant_id
    problems: list[Problem] = []
    if gone := _offers(before) - _offers(after):
        appointments = await upcoming_appointments(owner, tenant)
        problems += _booked(path, gone, appointments)
    if lost := _numbers(before) - _numbers(after):
        calls = await calls_without_final_cost(owner, tenant)
        problems += [
            Problem((*path, "phone_numbers"), f"{number} cannot go yet: {_calls(calls[number])}")
            for number in sorted(lost & calls.keys())
        ]
    return problems


def _booked(
    path: Path, gone: set[tuple[str, str, int]], appointments: Mapping[tuple[str, str], int]
) -> Iterator[Problem]:
    """Cal.com speaks of a booking by its event type: without it, nobody would know whose it is."""
    for service, staff, event_type in sorted(gone):
        if count := appointments.get((service, staff)):
            what = f"event type {event_type} ({service} with {staff})"
            yield Problem(
                (*path, "services"), f"{what} cannot go yet: {count} upcoming appointments"
            )


def _offers(description: Description) -> set[tuple[str, str, int]]:
    return {
        (service.service, offer.staff, offer.event_type_id)
        for service in description.services
        for offer in service.offers
    }


def _numbers(description: Description) -> set[str]:
    return {number.number for number in description.phone_numbers}


def _calls(count: int) -> str:
    return f"{count} calls of the last day have no final cost"
