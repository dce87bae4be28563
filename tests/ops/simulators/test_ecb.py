from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from defusedxml.ElementTree import fromstring

from ops.simulators.ecb import RATES, Ecb, is_working_day
from ops.simulators.serving import listening
from ops.simulators.webhooks import client

SAMPLE = Path(__file__).parents[2] / "payloads/ecb/eurofxref-daily.sample.xml"
CUBE = "{http://www.ecb.int/vocabulary/2002-08-01/eurofxref}Cube"


async def fetch(ecb: Ecb, name: str) -> str:
    async with listening(ecb) as url, client() as http:
        return (await http.get(f"{url}/stats/eurofxref/eurofxref-{name}.xml")).text


async def test_the_daily_file_is_the_sample_to_the_byte() -> None:
    ecb = Ecb(now=lambda: datetime(2026, 11, 20, 16, tzinfo=UTC))

    assert (await fetch(ecb, "daily")).strip() == SAMPLE.read_text().strip()


@pytest.mark.parametrize(
    ("now", "published"),
    [
        ("2026-11-23T14:59:00Z", "2026-11-20"),  # Monday before four in Frankfurt: Friday's
        ("2026-11-23T15:00:00Z", "2026-11-23"),
        ("2026-11-22T20:00:00Z", "2026-11-20"),
        ("2026-04-06T20:00:00Z", "2026-04-02"),  # Easter Monday: Thursday's
    ],
)
async def test_the_daily_file_is_the_last_one_that_came_out(now: str, published: str) -> None:
    ecb = Ecb(now=lambda: datetime.fromisoformat(now))

    assert f"<Cube time='{published}'>" in await fetch(ecb, "daily")


async def test_a_published_rate_holds_until_the_next_working_day_and_reaches_the_history() -> None:
    ecb = Ecb(now=lambda: datetime(2026, 11, 24, 18, tzinfo=UTC))
    ecb.publish(date(2026, 11, 20), {"USD": "1.2000"})

    days = fromstring(await fetch(ecb, "hist-90d")).findall(f"{CUBE}/{CUBE}")

    assert ecb.at(date(2026, 11, 22))["USD"] == "1.2000"
    assert ecb.at(date(2026, 11, 23)) == RATES
    usd = {
        day.attrib["time"]: cube.attrib["rate"]
        for day in days
        for cube in day
        if cube.attrib["currency"] == "USD"
    }
    assert usd["2026-11-20"] == "1.2000"
    assert all(is_working_day(date.fromisoformat(day)) for day in usd)
    assert list(usd) == sorted(usd, reverse=True)
