"""The values of a tenants file: each says what is wrong with what it was given."""

import re
from collections.abc import Collection
from typing import Annotated, Final, TypeAlias
from zoneinfo import available_timezones

from babel.core import get_global
from babel.numbers import get_territory_currencies
from phonenumbers import SUPPORTED_REGIONS
from pydantic import AfterValidator, Field, StringConstraints

from messages.phones import NotAPhoneNumber, parse_phone

CURRENCIES: Final = frozenset(
    currency
    for territory in get_global("territory_currencies")
    for currency in get_territory_currencies(territory)
)  # those that are tender somewhere today


def _matches(pattern: str, said: str) -> AfterValidator:
    """A text of this form; `said` is the sentence about another one."""
    form = re.compile(pattern)

    def check(text: str) -> str:
        if not form.fullmatch(text):
            raise ValueError(said)
        return text

    return AfterValidator(check)


def _one_of(known: Collection[str], said: str) -> AfterValidator:
    def check(text: str) -> str:
        if text not in known:
            raise ValueError(said)
        return text

    return AfterValidator(check)


def _e164(said: str) -> str:
    return parse_phone(said, region=None)


def _sender(said: str) -> str:
    """Letters need not be reachable: an alphanumeric sender cannot be answered."""
    if re.fullmatch(r"(?=.*[A-Za-z])[A-Za-z0-9 ]{1,11}", said):
        return said
    try:
        return parse_phone(said, region=None)
    except NotAPhoneNumber:
        raise ValueError(
            "must be a phone number such as +493023125000, or up to 11 letters, digits and spaces"
        ) from None


Text: TypeAlias = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
TenantCode: TypeAlias = Annotated[
    str,
    _matches("[a-z0-9][a-z0-9_-]{1,62}", "must be 2 to 63 of a-z, 0-9, - and _"),
]
Code: TypeAlias = Annotated[
    str, _matches("[a-z0-9][a-z0-9_-]{0,62}", "must be 1 to 63 of a-z, 0-9, - and _")
]
Number: TypeAlias = Annotated[str, AfterValidator(_e164)]
Sender: TypeAlias = Annotated[str, AfterValidator(_sender)]
EventType: TypeAlias = Annotated[int, Field(gt=0, lt=2**63)]  # as Cal.com counts them
Mail: TypeAlias = Annotated[str, _matches(r"[^@\s]+@[^@\s]+\.[^@\s]+", "not an e-mail address")]
Country: TypeAlias = Annotated[
    str, _one_of(SUPPORTED_REGIONS, "not an ISO 3166 country code such as DE")
]
CurrencyCode: TypeAlias = Annotated[
    str, _one_of(CURRENCIES, "not an ISO 4217 currency in use, such as EUR")
]
Zone: TypeAlias = Annotated[
    str, _one_of(available_timezones(), "not an IANA time zone such as Europe/Berlin")
]
SecretReference: TypeAlias = Annotated[
    str,
    _matches(
        r"env:[A-Za-z_][A-Za-z0-9_]*|stored:[1-9][0-9]*|plain:\S.*",
        "must be env:NAME (of an environment variable), stored:N (the Nth secret as it lies in"
        " the database) or plain:VALUE (for demonstrations)",
    ),
]
