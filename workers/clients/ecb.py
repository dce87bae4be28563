"""The European Central Bank: what one euro is worth in other currencies.

Rates come out at about 16:00 in Frankfurt on working days; on all others the file of the last day
is still answered, so its own date counts and never the day on which it was fetched.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Final
from xml.etree.ElementTree import Element, ParseError

import httpx
from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from workers.clients.breakers import Breakers
from workers.clients.errors import ProviderUnanswered
from workers.clients.http import ask

_CUBE: Final = "{http://www.ecb.int/vocabulary/2002-08-01/eurofxref}Cube"


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """The rates of one day: units of each currency for one euro. The euro itself is absent."""

    day: date
    per_euro: dict[str, Decimal]


class Ecb:
    """The public files; no key is needed."""

    def __init__(self, http: httpx.AsyncClient, *, url: str) -> None:
        self._http = http
        self.breakers = Breakers("ecb")
        self._folder = f"{url.rstrip('/')}/stats/eurofxref"

    async def latest(self) -> list[Publication]:
        """The last day that was published, alone."""
        return await self._file("eurofxref-daily.xml")

    async def ninety_days(self) -> list[Publication]:
        """Every publication of the last ninety days."""
        return await self._file("eurofxref-hist-90d.xml")

    async def _file(self, name: str) -> list[Publication]:
        answer = await ask(self._http, self.breakers, "GET", f"{self._folder}/{name}")
        try:
            return list(_publications(fromstring(answer.content)))
        except (ParseError, DefusedXmlException, KeyError, ValueError, InvalidOperation) as error:
            raise ProviderUnanswered("ecb", f"unreadable {name}") from error


def _publications(root: Element) -> Iterator[Publication]:
    for cube in root.iterfind(f"{_CUBE}/{_CUBE}[@time]"):
        yield Publication(
            day=date.fromisoformat(cube.attrib["time"]),
            per_euro={rate.attrib["currency"]: Decimal(rate.attrib["rate"]) for rate in cube},
        )
