"""The demo's tenants and their day, as it would be played at a known moment."""

from datetime import UTC, datetime

import pytest

from ops.demo.costs import Published, published
from ops.demo.day import Day, read
from ops.demo.system import TENANTS
from ops.simulators.ecb import Ecb
from ops.tenants.file import TenantsFile
from ops.tenants.load import load

NOW = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)  # a Friday


@pytest.fixture(scope="session")
def tenants() -> TenantsFile:
    return load(TENANTS)


@pytest.fixture
def day(tenants: TenantsFile) -> Day:
    return read(tenants, now=NOW, seed=1)


@pytest.fixture(scope="session")
def rates() -> Published:
    ecb = Ecb(now=lambda: NOW)
    days = [datetime(2026, 11, number, tzinfo=UTC).date() for number in range(12, 21)]
    text = ecb._file([each for each in days if each.weekday() < 5]).body  # noqa: SLF001 -- its own text of a publication
    assert isinstance(text, bytes)
    return published(text)
