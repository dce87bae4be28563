"""The day to play: who calls whom, for what, and how it goes; `day.yaml` with dates."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from random import Random
from typing import Final, TypeAlias
from zoneinfo import ZoneInfo

import yaml
from pydantic import BaseModel, ConfigDict, Field

from ops.demo.spoken import working_day
from ops.tenants.file import ServiceEntry, TenantEntry, TenantsFile

FILE: Final = Path(__file__).with_name("day.yaml")
# Numbers that their countries reserve for fiction: for each country the first of a hundred.
CALLERS: Final = {"DE": 491713920000, "US": 12015550100, "GB": 447700900000}
US_CENTS_A_SECOND: Final = {"voice_engine": "0.0916", "tts": "0.0666", "gpt-4.1-mini": "0.0266"}
JUST_NOW: Final = timedelta(minutes=1)  # ago, the call that is told of ended

Cents: TypeAlias = Mapping[str, Decimal]


class Does(StrEnum):
    """How a call goes; `day.yaml` explains the words."""

    BOOKS = "books"
    ASKS = "asks"
    WITHDRAWS = "withdraws"
    VOICEMAIL = "voicemail"
    NOT_CONNECTED = "not_connected"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """A service at a time; `staff` is who was asked for."""

    service: ServiceEntry
    staff: str | None
    starts_at: datetime

    @property
    def ends_at(self) -> datetime:
        """When it would be over."""
        return self.starts_at + timedelta(minutes=self.service.minutes)

    @property
    def served_by(self) -> str:
        """Whose time it takes: without a name, that of the first who does it."""
        return self.staff or next(iter(self.service.staff))

    @property
    def event_type(self) -> int:
        """What the calendar sells it as."""
        return self.service.staff[self.served_by]


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A booking that is in the calendar before anybody calls."""

    tenant: TenantEntry
    name: str
    email: str
    wish: Wish


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call. `cents` are what Retell charges, in US cents, by product."""

    call_id: str
    tenant: TenantEntry | None
    dialled: str
    language: str
    name: str
    phone: str
    email: str | None
    does: Does
    wish: Wish | None
    ended_at: datetime
    lasted: timedelta
    cents: Cents
    together: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """Everything that happens, in order."""

    seen: tuple[Seen, ...]
    calls: tuple[Call, ...]


class _Line(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    tenant: str | None = None
    service: str | None = None
    staff: str | None = None
    day: int = Field(default=1, ge=1)
    at: time | None = None
    email: str | None = None


class _SeenLine(_Line):
    name: str


class _CallLine(_Line):
    caller: str
    does: Does
    number: str | None = None
    language: str | None = None
    seconds: int = 0
    together: str | None = None
    days_ago: int = 0


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    seen_first_in_the_calendar: list[_SeenLine]
    calls: list[_CallLine]


def read(tenants: TenantsFile, *, now: datetime, seed: int, file: Path = FILE) -> Day:
    """The day of the file, with dates counted from `now`."""
    lines = _File.model_validate(yaml.safe_load(file.read_text(encoding="utf-8")))
    known = {tenant.id: tenant for tenant in tenants.tenants}
    return Day(
        seen=tuple(_seen(line, known, now) for line in lines.seen_first_in_the_calendar),
        calls=tuple(
            _call(place, line, known, now=now, seed=seed) for place, line in enumerate(lines.calls)
        ),
    )


def again(day: Day, *, now: datetime, rounds: int) -> Iterator[Call]:
    """The calls of the day once more, for later days: the same people, other appointments."""
    for call in day.calls:
        yield replace(
            call,
            call_id=f"{call.call_id}_{rounds}",
            ended_at=now - JUST_NOW,
            wish=call.wish and replace(
                call.wish, starts_at=call.wish.starts_at + timedelta(weeks=rounds)
            ),
        )  # fmt: skip


def _seen(line: _SeenLine, known: Mapping[str, TenantEntry], now: datetime) -> Seen:
    tenant = known[line.tenant or ""]
    wish = _wish(line, tenant, now)
    if wish is None or line.email is None:
        raise ValueError(f"{line.name} needs a service, a time and an e-mail address")
    return Seen(tenant=tenant, name=line.name, email=line.email, wish=wish)


def _call(
    place: int, line: _CallLine, known: Mapping[str, TenantEntry], *, now: datetime, seed: int
) -> Call:
    tenant = known[line.tenant] if line.tenant else None
    call_id = f"call_demo_{place + 1:02}"
    return Call(
        call_id=call_id,
        tenant=tenant,
        dialled=tenant.phone_numbers[0].number if tenant else line.number or "",
        language=line.language or (tenant.language if tenant else "en"),
        name=line.caller,
        phone=f"+{CALLERS[tenant.country if tenant else 'DE'] + place}",
        email=line.email,
        does=line.does,
        wish=_wish(line, tenant, now) if tenant else None,
        ended_at=now - timedelta(days=line.days_ago) - JUST_NOW,
        lasted=timedelta(seconds=line.seconds),
        cents=_cents(line.seconds, Random(f"{seed} {call_id}")),  # noqa: S311 -- prices, no secret
        together=line.together,
    )


def _wish(line: _Line, tenant: TenantEntry, now: datetime) -> Wish | None:
    if line.service is None or line.at is None:
        return None
    zone = ZoneInfo(tenant.time_zone)
    day = working_day(now.astimezone(zone).date(), line.day)
    return Wish(
        service=next(each for each in tenant.services if each.id == line.service),
        staff=line.staff,
        starts_at=datetime.combine(day, line.at, zone),
    )


def _cents(seconds: int, chance: Random) -> Cents:
    """About what Retell takes for a second, never the same for two calls."""
    return {
        product: Decimal(price) * seconds + Decimal(chance.randrange(10_000)) / 10_000
        for product, price in US_CENTS_A_SECOND.items()
    } if seconds else {}  # fmt: skip
