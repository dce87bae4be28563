from collections.abc import AsyncIterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Final

import httpx
import pytest
from aiohttp.test_utils import TestServer

from ops.simulators.ecb import Ecb as Simulator
from tests.workers.clocked import Clock, utc
from workers.clients.ecb import Ecb
from workers.clients.errors import ProviderUnanswered

SAMPLE: Final = Path(__file__).parents[2] / "payloads/ecb/eurofxref-daily.sample.xml"
BOMB: Final = (
    '<!DOCTYPE bomb [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>'
    "<gesmes:Envelope xmlns:gesmes='http://www.gesmes.org/xml/2002-08-01'>&b;</gesmes:Envelope>"
)


@pytest.fixture
def bank() -> Simulator:
    return Simulator(now=Clock(utc("2026-11-22T12:00")))


@pytest.fixture
async def ecb(bank: Simulator) -> AsyncIterator[Ecb]:
    async with TestServer(bank.app()) as server, httpx.AsyncClient() as http:
        yield Ecb(http, url=str(server.make_url("/")))


async def test_the_file_of_a_sunday_is_that_of_friday(ecb: Ecb) -> None:
    (published,) = await ecb.latest()

    assert published.day == date(2026, 11, 20)
    assert published.per_euro["USD"] == Decimal("1.1402")
    assert "EUR" not in published.per_euro


async def test_the_history_has_every_working_day(ecb: Ecb) -> None:
    published = await ecb.ninety_days()

    assert len(published) > 60
    assert {each.day.weekday() for each in published} == set(range(5))


async def test_the_sample_of_the_contract_is_read(ecb: Ecb, bank: Simulator) -> None:
    bank.faults.plan(status=200, body=SAMPLE.read_text())
    (published,) = await ecb.latest()

    assert published.day == date(2026, 11, 20)
    assert len(published.per_euro) == 29


@pytest.mark.parametrize(
    "body",
    [
        "<html><p>maintenance",
        BOMB,
        SAMPLE.read_text().replace("1.1402", "n/a"),
        SAMPLE.read_text().replace("2026-11-20", "yesterday"),
    ],
)
async def test_a_file_that_cannot_be_read_proves_nothing(
    ecb: Ecb, bank: Simulator, body: str
) -> None:
    bank.faults.plan(status=200, body=body)
    with pytest.raises(ProviderUnanswered):
        await ecb.latest()
