"""The tenants file as types: every field there is, and what it may hold.

`examples/tenants.yaml` shows it with comments. What one entry says of another (a number of its
branch) is checked in `references.py`.
"""

from decimal import Decimal
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from ops.tenants.values import (
    Code,
    Country,
    CurrencyCode,
    EventType,
    Mail,
    Number,
    SecretReference,
    Sender,
    TenantCode,
    Text,
    Zone,
)


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class TelephonyEntry(_Entry):
    """What the carrier takes for a started minute."""

    per_minute: Decimal = Field(ge=0)
    currency: CurrencyCode


class PhoneNumberEntry(_Entry):
    """A number that callers dial."""

    number: Number
    branch: Code
    telephony: TelephonyEntry


class BranchEntry(_Entry):
    """A place of the business."""

    id: Code
    name: Text
    address: str = ""


class StaffEntry(_Entry):
    """Somebody who does what can be booked."""

    id: Code
    name: Text
    branch: Code


class ServiceEntry(_Entry):
    """What can be booked; `staff` says by whom, with the event type of Cal.com that sells it."""

    id: Code
    name: Text
    minutes: int = Field(gt=0, le=24 * 60)
    aliases: tuple[Text, ...] = ()
    staff: dict[Code, EventType] = Field(min_length=1)


class SecretsEntry(_Entry):
    """Where secrets come from; webhooks may have several at once, the newest first."""

    retell_webhook: tuple[SecretReference, ...] = ()
    calcom_webhook: tuple[SecretReference, ...] = ()
    stripe_webhook: tuple[SecretReference, ...] = ()
    calcom_api_key: SecretReference | None = None

    def references(self) -> dict[str, tuple[str, ...]]:
        """All of them alike, by name."""
        key = self.calcom_api_key
        return {
            "retell_webhook": self.retell_webhook,
            "calcom_webhook": self.calcom_webhook,
            "stripe_webhook": self.stripe_webhook,
            "calcom_api_key": () if key is None else (key,),
        }


class TenantEntry(_Entry):
    """One business."""

    id: TenantCode
    name: Text
    country: Country
    currency: CurrencyCode
    time_zone: Zone
    language: Literal["de", "en"]
    contact_email: Mail
    sms_sender: Sender
    markup_percent: Decimal = Field(ge=0)
    booking_threshold: float = Field(default=0.80, ge=0, le=1)
    agent_id: Text | None = None
    variables: dict[Text, str] = {}
    secrets: SecretsEntry = SecretsEntry()
    branches: tuple[BranchEntry, ...]
    phone_numbers: tuple[PhoneNumberEntry, ...]
    staff: tuple[StaffEntry, ...]
    services: tuple[ServiceEntry, ...]


class TenantsFile(_Entry):
    """The whole file."""

    tenants: tuple[TenantEntry, ...] = Field(min_length=1)
