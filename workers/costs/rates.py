"""Which exchange rates hold on a day, looked up at the European Central Bank when we lack them.

The rates of a day are those of the last publication on it or before it. On weekends, on holidays
and before 16:00 in Frankfurt there is nothing newer to be had, so nobody asks more than once an
hour; rates that are a week old mean that something is wrong, and then the call waits.
"""

import asyncio
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Final

import structlog

from storage import exchange_rates
from storage.exchange_rates import Rates
from workers.clients.ecb import Publication
from workers.clients.errors import ProviderError, ProviderUnavailable
from workers.context import Context
from workers.costs.amounts import day_of

log = structlog.get_logger()

OLDEST: Final = timedelta(days=7)  # the longest regular gap is that of Easter, five days
AGAIN: Final = timedelta(hours=1)  # between two looks for something newer
SOON: Final = timedelta(seconds=10)  # between two looks while a call cannot be priced
_NEVER: Final = datetime.min.replace(tzinfo=UTC)


class _File(StrEnum):
    LATEST = "latest"
    NINETY_DAYS = "ninety_days"


class RateBoard:
    """The rates, and when this process last looked for newer ones."""

    def __init__(self) -> None:
        self._looking = asyncio.Lock()
        self._looked_at: dict[_File, datetime] = {}

    async def on(self, context: Context, day: date) -> Rates:
        """The rates of a day; raises ProviderUnavailable if there are none that may be used."""
        known = await _known(context, day)
        if known is not None and known.day == day:
            return known
        async with self._looking:
            if self._is_time(context.now(), day, usable=_usable(known, day)):
                await self._look(context, day)
        known = await _known(context, day)
        if known is None or not _usable(known, day):
            raise ProviderUnavailable("ecb", f"no rates of {day}, nor of the week before")
        return known

    def _is_time(self, now: datetime, day: date, *, usable: bool) -> bool:
        last = self._looked_at.get(_file_for(day, now), _NEVER)
        return now - last >= (AGAIN if usable else SOON)

    async def _look(self, context: Context, day: date) -> None:
        file = _file_for(day, context.now())
        try:
            published = await _fetch(context, file)
        except ProviderError as error:
            log.warning("rates.not_fetched", file=file, error=error.reason)
        else:
            await _keep(context, published)
            log.info("rates.fetched", file=file, days=len(published))
        self._looked_at[file] = context.now()


def _usable(rates: Rates | None, day: date) -> bool:
    return rates is not None and day - rates.day <= OLDEST


def _file_for(day: date, now: datetime) -> _File:
    """The small file has the last day alone, which may be later than one that is past."""
    return _File.NINETY_DAYS if day < day_of(now) else _File.LATEST


async def _known(context: Context, day: date) -> Rates | None:
    async with context.reader(None) as db:
        return await exchange_rates.latest(db, until=day)


async def _fetch(context: Context, file: _File) -> list[Publication]:
    if file is _File.LATEST:
        return await context.ecb.latest()
    return await context.ecb.ninety_days()


async def _keep(context: Context, published: list[Publication]) -> None:
    async with context.transaction(None) as tx:
        for publication in published:
            await exchange_rates.add(tx, Rates(day=publication.day, per_euro=publication.per_euro))
