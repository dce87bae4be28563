"""A tenant as its operator describes it in the tenants file; secrets lie apart."""

from dataclasses import dataclass
from decimal import Decimal

from storage.owner import Owner
from storage.postgres import Reader
from storage.tenants import NoSuchTenant, Profile, Service, catalogue, profile


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch:
    """A place of the business."""

    branch: str
    name: str
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneNumber:
    """A number that callers dial, and what its started minute costs the operator."""

    number: str
    branch: str
    per_minute: Decimal
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Employee:
    """Somebody who does what can be booked, and where."""

    staff: str
    name: str
    branch: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Description:
    """One tenant; every tuple is in the order of its codes."""

    profile: Profile
    branches: tuple[Branch, ...]
    phone_numbers: tuple[PhoneNumber, ...]
    staff: tuple[Employee, ...]
    services: tuple[Service, ...]


async def tenant_ids(owner: Owner) -> list[str]:
    """All tenants there are."""
    rows = await owner.rows('SELECT tenant_id FROM tenants ORDER BY tenant_id COLLATE "C"')
    return [row["tenant_id"] for row in rows]


async def description(owner: Owner, tenant: str) -> Description | None:
    """The tenant as it stands; None if there is none."""
    db = owner.reader(tenant)
    try:
        known = await profile(db)
    except NoSuchTenant:
        return None
    return Description(
        profile=known,
        branches=await _branches(db),
        phone_numbers=await _phone_numbers(db),
        staff=await _employees(db),
        services=(await catalogue(db)).services,
    )


async def _branches(db: Reader) -> tuple[Branch, ...]:
    rows = await db.rows(
        """
        SELECT branch, name, address FROM branches WHERE tenant_id = $1 ORDER BY branch COLLATE "C"
        """,
        db.tenant,
    )
    return tuple(Branch(**row) for row in rows)


async def _phone_numbers(db: Reader) -> tuple[PhoneNumber, ...]:
    rows = await db.rows(
        """
        SELECT number, branch, telephony_per_minute AS per_minute, telephony_currency AS currency
          FROM phone_numbers
         WHERE tenant_id = $1
         ORDER BY number COLLATE "C"
        """,
        db.tenant,
    )
    return tuple(PhoneNumber(**row) for row in rows)


async def _employees(db: Reader) -> tuple[Employee, ...]:
    rows = await db.rows(
        'SELECT staff, name, branch FROM staff WHERE tenant_id = $1 ORDER BY staff COLLATE "C"',
        db.tenant,
    )
    return tuple(Employee(**row) for row in rows)
