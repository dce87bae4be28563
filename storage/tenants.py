"""What processes know of a tenant: who it is, what it sells, its secrets, which number is whose."""

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal

from storage.postgres import Duty, Pool, Reader, crossing
from storage.secrets import KeyRing


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """One business, as a whole."""

    tenant_id: str
    name: str
    country: str  # ISO 3166: DE
    currency: str  # what it is billed in
    time_zone: str  # IANA: Europe/Berlin
    language: str
    contact_email: str
    sms_sender: str  # E.164, or up to 11 letters and digits
    markup_percent: Decimal
    threshold: float  # a booking agreed with less confidence goes to a person
    agent_id: str | None  # the voice agent at Retell
    variables: dict[str, str]  # what the agent is told when it answers


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """Who does a service, and which event type of Cal.com sells it."""

    staff: str
    event_type_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """What can be booked; the first offer is asked first."""

    service: str
    name: str
    minutes: int
    aliases: tuple[str, ...]
    offers: tuple[Offer, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffMember:
    """Somebody who does what can be booked."""

    staff: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """Everything that can be booked, and with whom, in the order of their codes."""

    services: tuple[Service, ...]
    staff: tuple[StaffMember, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TelephonyPrice:
    """What a started minute on a number costs the operator."""

    per_minute: Decimal
    currency: str


class NoSuchTenant(Exception):
    """The tenant is not described, or not any more."""

    def __init__(self, tenant: str | None) -> None:
        super().__init__(f"no tenant {tenant}")
        self.tenant = tenant


async def profile(db: Reader) -> Profile:
    """Who this is; raises NoSuchTenant."""
    row = await db.row(
        """
        SELECT tenant_id, name, country, currency, time_zone, language, contact_email, sms_sender,
               markup_percent, threshold::float8 AS threshold, agent_id, variables
          FROM tenants
         WHERE tenant_id = $1
        """,
        db.tenant,
    )
    if row is None:
        raise NoSuchTenant(db.tenant)
    return Profile(**row)


async def catalogue(db: Reader) -> Catalogue:
    """What it sells, and who does it."""
    return Catalogue(services=await _services(db), staff=await _staff(db))


async def telephony(db: Reader, number: str) -> TelephonyPrice | None:
    """What calls on this number of the tenant cost; None if the number is not its own."""
    row = await db.row(
        """
        SELECT telephony_per_minute AS per_minute, telephony_currency AS currency
          FROM phone_numbers
         WHERE tenant_id = $1 AND number = $2
        """,
        db.tenant,
        number,
    )
    return TelephonyPrice(**row) if row else None


async def secrets(db: Reader, keys: KeyRing, name: str) -> tuple[str, ...]:
    """All live secrets of that name, the newest first; raises SecretUnreadable."""
    tenant = db.tenant or ""
    return tuple(
        keys.open(sealed, tenant=tenant, name=name) for sealed in await sealed_secrets(db, name)
    )


async def sealed_secrets(db: Reader, name: str) -> list[bytes]:
    """The secrets of that name as they lie in the database, in the order of the tenants file."""
    rows = await db.rows(
        "SELECT sealed FROM tenant_secrets WHERE tenant_id = $1 AND name = $2 ORDER BY position",
        db.tenant,
        name,
    )
    return [row["sealed"] for row in rows]


async def exists(pool: Pool, tenant_id: str) -> bool:
    """Whether an address that names this tenant is one of ours."""
    async with crossing(pool, Duty.ROUTER) as router:
        found = await router.value("SELECT tenant_id FROM tenants WHERE tenant_id = $1", tenant_id)
    return found is not None


async def tenant_of_number(pool: Pool, number: str) -> str | None:
    """Whose telephone number (E.164) this is; crosses tenants, and tells nothing else."""
    tenant: str | None = await pool.fetchval("SELECT ringbook.tenant_of_number($1)", number)
    return tenant


async def tenant_of_event_type(pool: Pool, event_type_id: int) -> str | None:
    """Whose event type at Cal.com this is."""
    async with crossing(pool, Duty.ROUTER) as router:
        tenant: str | None = await router.value(
            "SELECT tenant_id FROM event_types WHERE event_type_id = $1", event_type_id
        )
    return tenant


async def sold_as(db: Reader, event_type_id: int) -> tuple[str, str] | None:
    """Which service this event type of the tenant sells, and who of the staff does it."""
    row = await db.row(
        "SELECT service, staff FROM event_types WHERE tenant_id = $1 AND event_type_id = $2",
        db.tenant,
        event_type_id,
    )
    return (row["service"], row["staff"]) if row else None


async def _services(db: Reader) -> tuple[Service, ...]:
    offers = await _offers(db)
    rows = await db.rows(
        """
        SELECT service, name, minutes, aliases
          FROM services
         WHERE tenant_id = $1
         ORDER BY service COLLATE "C"
        """,
        db.tenant,
    )
    return tuple(
        Service(
            service=row["service"],
            name=row["name"],
            minutes=row["minutes"],
            aliases=tuple(row["aliases"]),
            offers=tuple(offers[row["service"]]),
        )
        for row in rows
    )


async def _offers(db: Reader) -> defaultdict[str, list[Offer]]:
    offers: defaultdict[str, list[Offer]] = defaultdict(list)
    for row in await db.rows(
        """
        SELECT service, staff, event_type_id
          FROM event_types
         WHERE tenant_id = $1
         ORDER BY service, position
        """,
        db.tenant,
    ):
        offers[row["service"]].append(Offer(staff=row["staff"], event_type_id=row["event_type_id"]))
    return offers


async def _staff(db: Reader) -> tuple[StaffMember, ...]:
    rows = await db.rows(
        'SELECT staff, name FROM staff WHERE tenant_id = $1 ORDER BY staff COLLATE "C"', db.tenant
    )
    return tuple(StaffMember(**row) for row in rows)
