"""An ECB of our own: publishes euro reference rates on its working days, invented ones."""

from datetime import date, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from aiohttp import web

from ops.simulators.refusals import Refused
from ops.simulators.simulator import CONTROL, Clock, Simulator, utc_now

FRANKFURT: Final = ZoneInfo("Europe/Berlin")
PUBLISHED_AT: Final = time(16)  # local time in Frankfurt
HISTORY: Final = timedelta(days=90)
SATURDAY: Final = 5
CLOSED: Final = frozenset({(1, 1), (5, 1), (12, 25), (12, 26)})  # and Easter
RATES: Final = {
    "USD": "1.1402",
    "JPY": "179.85",
    "CZK": "24.371",
    "DKK": "7.4731",
    "GBP": "0.86125",
    "HUF": "368.40",
    "PLN": "4.3915",
    "RON": "5.2660",
    "SEK": "11.1920",
    "CHF": "0.9384",
    "ISK": "138.50",
    "NOK": "10.8345",
    "TRY": "56.1180",
    "AUD": "1.6240",
    "BRL": "5.9120",
    "CAD": "1.6103",
    "CNY": "7.6544",
    "HKD": "8.9402",
    "IDR": "20411.55",
    "ILS": "3.4710",
    "INR": "109.4425",
    "KRW": "1561.20",
    "MXN": "20.0155",
    "MYR": "4.6620",
    "NZD": "2.0115",
    "PHP": "71.450",
    "SGD": "1.4602",
    "THB": "38.190",
    "ZAR": "18.7420",
}
_HEAD: Final = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<gesmes:Envelope xmlns:gesmes="http://www.gesmes.org/xml/2002-08-01" '
    'xmlns="http://www.ecb.int/vocabulary/2002-08-01/eurofxref">\n'
    "\t<gesmes:subject>Reference rates</gesmes:subject>\n"
    "\t<gesmes:Sender>\n\t\t<gesmes:name>European Central Bank</gesmes:name>\n\t</gesmes:Sender>\n"
    "\t<Cube>\n"
)
_FOOT: Final = "\t</Cube>\n</gesmes:Envelope>\n"


class Ecb(Simulator):
    """The two files. Every working day has the same rates until `publish` says otherwise."""

    def __init__(self, *, now: Clock = utc_now) -> None:
        super().__init__(now=now)
        self._changed: dict[date, dict[str, str]] = {}

    def publish(self, day: date, rates: dict[str, str]) -> None:
        """Set some rates of a day, on a free day those of the last working day before it."""
        self._changed.setdefault(working_day(day), {}).update(rates)

    def at(self, day: date) -> dict[str, str]:
        """The rates that hold on a day: those of the last working day up to it."""
        return {**RATES, **self._changed.get(working_day(day), {})}

    def routes(self) -> list[web.RouteDef]:
        """The daily file and the last ninety days."""
        folder = "/stats/eurofxref/"
        return [
            web.get(folder + "eurofxref-daily.xml", self._daily),
            web.get(folder + "eurofxref-hist-90d.xml", self._history),
        ]

    def controls(self) -> list[web.RouteDef]:
        """Other rates, from other processes."""
        return [web.post(CONTROL + "rates", self._publish)]

    def failure(self, request: web.Request, refused: Refused) -> web.Response:
        """A web server's plain page."""
        del request
        text = f"<html><body><h1>{refused.status} {refused.message}</h1></body></html>"
        return web.Response(text=text, status=refused.status, content_type="text/html")

    def state(self) -> dict[str, Any]:
        """The day whose rates are out, and the rates that were changed."""
        changed = {day.isoformat(): rates for day, rates in self._changed.items()}
        return {"published": self._last().isoformat(), "changed": changed}

    def forget(self) -> None:
        """Go back to the rates that every day has."""
        self._changed.clear()

    async def _daily(self, _request: web.Request) -> web.Response:
        return self._file([self._last()])

    async def _history(self, _request: web.Request) -> web.Response:
        last = self._last()
        days = [last - timedelta(days=back) for back in range(HISTORY.days)]
        return self._file([day for day in days if is_working_day(day)])

    def _last(self) -> date:
        there = self.now().astimezone(FRANKFURT)
        out = there.time() >= PUBLISHED_AT
        return working_day(there.date() if out else there.date() - timedelta(days=1))

    def _file(self, days: list[date]) -> web.Response:
        text = _HEAD + "".join(_cube(day, self.at(day)) for day in days) + _FOOT
        return web.Response(text=text, content_type="text/xml")

    async def _publish(self, request: web.Request) -> web.Response:
        for day, rates in (await request.json()).items():
            self.publish(date.fromisoformat(day), rates)
        return web.json_response(self.state())


def working_day(day: date) -> date:
    """The day itself if rates come out on it, else the last one before it."""
    while not is_working_day(day):
        day -= timedelta(days=1)
    return day


def is_working_day(day: date) -> bool:
    """Whether TARGET works: no weekend, New Year, Easter, May Day, Christmas."""
    easter = _easter(day.year)
    easter_closed = (easter - timedelta(days=2), easter + timedelta(days=1))
    return (
        day.weekday() < SATURDAY and (day.month, day.day) not in CLOSED and day not in easter_closed
    )


def _easter(year: int) -> date:
    """Easter Sunday by the Gregorian algorithm (Meeus, Astronomical Algorithms, ch. 8)."""
    golden = year % 19
    century, rest = divmod(year, 100)
    leap = (century - (century + 8) // 25 + 1) // 3
    epact = (19 * golden + century - century // 4 - leap + 15) % 30
    weekday = (32 + 2 * (century % 4) + 2 * (rest // 4) - epact - rest % 4) % 7
    shift = (golden + 11 * epact + 22 * weekday) // 451
    month, day = divmod(epact + weekday - 7 * shift + 114, 31)
    return date(year, month, day + 1)


def _cube(day: date, rates: dict[str, str]) -> str:
    lines = "".join(
        f"\t\t\t<Cube currency='{name}' rate='{rate}'/>\n" for name, rate in rates.items()
    )
    return f"\t\t<Cube time='{day.isoformat()}'>\n{lines}\t\t</Cube>\n"
