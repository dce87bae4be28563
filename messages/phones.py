"""Telephone numbers in the one form we keep: E.164, such as +4915112345678."""

from functools import lru_cache
from typing import Annotated, TypeAlias

import phonenumbers
from pydantic import StringConstraints

PhoneNumber: TypeAlias = Annotated[str, StringConstraints(pattern=r"^\+[1-9]\d{6,14}$")]


class NotAPhoneNumber(ValueError):
    """What was said cannot be dialled."""

    def __init__(self, said: str) -> None:
        super().__init__("not a phone number")  # the number itself may not reach a log
        self.said = said


@lru_cache(maxsize=10_000)  # the same few numbers come again and again, and reading one is slow
def parse_phone(said: str, *, region: str | None) -> PhoneNumber:
    """Turn a number as people say it, in the region they say it (`DE`), into E.164.

    A number in the international form needs no region. Only the form is asked for, not whether
    the numbering plan has given the number to somebody: test numbers may be dialled too.
    """
    try:
        number = phonenumbers.parse(said, region)
    except phonenumbers.NumberParseException as error:
        raise NotAPhoneNumber(said) from error
    if not phonenumbers.is_possible_number(number):
        raise NotAPhoneNumber(said)
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def phone_or_none(said: str | None, *, region: str | None = None) -> PhoneNumber | None:
    """The number in our form, or None for what is anonymous, missing or no number."""
    try:
        return parse_phone(said, region=region) if said else None
    except NotAPhoneNumber:
        return None
