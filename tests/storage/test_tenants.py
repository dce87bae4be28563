from decimal import Decimal

import asyncpg
import pytest

from storage import tenants
from storage.owner import NotTheOwner, describing_tenants
from storage.postgres import Pool, reader
from storage.secrets import KeyRing, SecretUnreadable, new_key
from storage.tenant_changes import put, replace_secrets
from storage.tenant_descriptions import Branch, Description, Employee, PhoneNumber, description
from storage.tenants import Offer, Profile, Service, StaffMember, TelephonyPrice

KEYS = KeyRing.parse(new_key())


def described(tenant: str, *, number: str, event_type: int) -> Description:
    return Description(
        profile=Profile(
            tenant_id=tenant,
            name=tenant.title(),
            country="DE",
            currency="EUR",
            time_zone="Europe/Berlin",
            language="de",
            contact_email=f"office@{tenant}.example",
            sms_sender="Salon",
            markup_percent=Decimal("12.5"),
            threshold=0.8,
            agent_id=None,
            variables={"greeting": "Guten Tag!"},
        ),
        branches=(Branch(branch="main", name="Main", address=""),),
        phone_numbers=(
            PhoneNumber(number=number, branch="main", per_minute=Decimal("0.0085"), currency="USD"),
        ),
        staff=(
            Employee(staff="anna", name="Anna", branch="main"),
            Employee(staff="ben", name="Ben", branch="main"),
        ),
        services=(
            Service(
                service="cut",
                name="Haarschnitt",
                minutes=30,
                aliases=("Schnitt",),
                offers=(
                    Offer(staff="ben", event_type_id=event_type),
                    Offer(staff="anna", event_type_id=event_type + 1),
                ),
            ),
        ),
    )


SALON = described("salon", number="+493023125001", event_type=101)
STUDIO = described("studio", number="+493023125002", event_type=201)


@pytest.fixture(autouse=True)
async def two_tenants(database: str) -> None:
    async with describing_tenants(database) as owner:
        await put(owner, [SALON, STUDIO])


async def test_a_profile_comes_back_as_it_was_described(pool: Pool) -> None:
    async with reader(pool, "salon") as db:
        assert await tenants.profile(db) == SALON.profile


async def test_a_tenant_that_is_not_described_has_no_profile(pool: Pool) -> None:
    async with reader(pool, "nobody") as db:
        with pytest.raises(tenants.NoSuchTenant):
            await tenants.profile(db)


async def test_a_catalogue_keeps_the_order_in_which_staff_is_asked(pool: Pool) -> None:
    async with reader(pool, "salon") as db:
        catalogue = await tenants.catalogue(db)
    assert catalogue.services == SALON.services
    assert catalogue.staff == (
        StaffMember(staff="anna", name="Anna"),
        StaffMember(staff="ben", name="Ben"),
    )


async def test_telephony_is_priced_for_the_tenants_own_numbers_alone(pool: Pool) -> None:
    async with reader(pool, "salon") as db:
        price = await tenants.telephony(db, "+493023125001")
        assert price == TelephonyPrice(per_minute=Decimal("0.0085"), currency="USD")
        assert await tenants.telephony(db, "+493023125002") is None


async def test_numbers_and_event_types_lead_to_their_tenant(pool: Pool) -> None:
    assert await tenants.tenant_of_number(pool, "+493023125001") == "salon"
    assert await tenants.tenant_of_number(pool, "+493023125002") == "studio"
    assert await tenants.tenant_of_number(pool, "+493023125003") is None
    assert await tenants.tenant_of_event_type(pool, 102) == "salon"
    assert await tenants.tenant_of_event_type(pool, 202) == "studio"
    assert await tenants.tenant_of_event_type(pool, 303) is None
    assert await tenants.exists(pool, "salon")
    assert not await tenants.exists(pool, "nobody")


async def test_secrets_come_in_their_order_and_only_to_their_tenant(
    database: str, pool: Pool
) -> None:
    async with describing_tenants(database) as owner:
        sealed = [KEYS.seal(each, tenant="salon", name="retell_webhook") for each in ("new", "old")]
        await replace_secrets(owner, "salon", "retell_webhook", sealed)
    async with reader(pool, "salon") as db:
        assert await tenants.secrets(db, KEYS, "retell_webhook") == ("new", "old")
        assert await tenants.secrets(db, KEYS, "calcom_webhook") == ()
    async with reader(pool, "studio") as db:
        assert await tenants.secrets(db, KEYS, "retell_webhook") == ()


async def test_a_secret_copied_into_another_tenants_row_does_not_open(
    database: str, pool: Pool
) -> None:
    async with describing_tenants(database) as owner:
        sealed = [KEYS.seal("key", tenant="salon", name="calcom_api_key")]
        await replace_secrets(owner, "studio", "calcom_api_key", sealed)
    async with reader(pool, "studio") as db:
        with pytest.raises(SecretUnreadable):
            await tenants.secrets(db, KEYS, "calcom_api_key")


async def test_a_description_that_fails_leaves_everything_as_it_was(database: str) -> None:
    thief = described("thief", number="+493023125001", event_type=301)
    with pytest.raises(asyncpg.UniqueViolationError):
        async with describing_tenants(database) as owner:
            await put(owner, [thief])
    async with describing_tenants(database) as owner:
        assert await description(owner, "thief") is None
        assert await description(owner, "salon") == SALON


async def test_two_tenants_may_swap_their_numbers_and_event_types(database: str) -> None:
    swapped = [
        described("salon", number="+493023125002", event_type=201),
        described("studio", number="+493023125001", event_type=101),
    ]
    async with describing_tenants(database) as owner:
        await put(owner, swapped)
        assert [await description(owner, each) for each in ("salon", "studio")] == swapped


async def test_a_trial_changes_nothing(database: str) -> None:
    other = described("salon", number="+493023125009", event_type=901)
    async with describing_tenants(database, keep=False) as owner:
        await put(owner, [other])
        assert await description(owner, "salon") == other
    async with describing_tenants(database) as owner:
        assert await description(owner, "salon") == SALON


async def test_a_login_that_may_not_write_is_told_that_the_owner_is_needed(
    database: str, owner: asyncpg.Connection
) -> None:
    await owner.execute("CREATE ROLE onlooker LOGIN PASSWORD 'onlooker'")
    await owner.execute("GRANT SELECT, INSERT ON tenants TO onlooker")  # still no owner
    try:
        address = database.rpartition("@")[2]
        with pytest.raises(NotTheOwner, match="onlooker"):
            async with describing_tenants(f"postgresql://onlooker:onlooker@{address}"):
                pass
    finally:
        await owner.execute("DROP OWNED BY onlooker")
        await owner.execute("DROP ROLE onlooker")
