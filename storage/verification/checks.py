"""All checks of the tables, promise by promise."""

from typing import Final, TypeAlias

from storage.verification import (
    bookings,
    calls,
    constraints,
    isolation,
    money,
    notifications,
    tenants,
    waiting,
    webhooks,
)
from storage.verification.announcement import Announcement
from storage.verification.announcements import ANNOUNCEMENTS
from storage.verification.question import Question

TableCheck: TypeAlias = Question | Announcement

_FAMILIES: Final[tuple[tuple[TableCheck, ...], ...]] = (
    webhooks.QUESTIONS,
    waiting.QUESTIONS,
    ANNOUNCEMENTS,
    notifications.QUESTIONS,
    bookings.QUESTIONS,
    calls.QUESTIONS,
    constraints.QUESTIONS,
    tenants.QUESTIONS,
    isolation.QUESTIONS,
    money.QUESTIONS,
)
ALL: Final = tuple(
    sorted((check for family in _FAMILIES for check in family), key=lambda check: check.promise)
)
