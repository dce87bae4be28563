"""A database in which every promise holds, and how it is verified."""

import asyncpg
import pytest

from tests.ops.verify import history
from tests.ops.verify.verifying import Verifier
from tests.world import describe_tenants

CALLS = 16


@pytest.fixture
async def settled(database: str, owner: asyncpg.Connection) -> asyncpg.Connection:
    """The owner of a database with a history, which is left to be broken."""
    await describe_tenants(database)
    await history.write(owner, calls=CALLS)
    return owner


@pytest.fixture
def verify(database: str, rabbitmq_url: str) -> Verifier:
    """Verify it."""
    return Verifier(database, rabbitmq_url)
