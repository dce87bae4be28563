import asyncpg
import pytest

from tests.command import Command


@pytest.fixture
def ringbook(database: str, rabbitmq_url: str) -> Command:
    """The command, on the servers of this test."""
    return Command(POSTGRES_URL=database, RABBITMQ_URL=rabbitmq_url)


@pytest.fixture
async def untouched(owner: asyncpg.Connection) -> "Untouched":
    """Sees whether anything was changed."""
    return Untouched(owner)


class Untouched:
    """Nothing of what a replay changes."""

    def __init__(self, owner: asyncpg.Connection) -> None:
        self._owner = owner

    async def is_true(self) -> bool:
        found = await self._owner.fetchval(
            "SELECT NOT EXISTS (SELECT FROM replays) AND NOT EXISTS (SELECT FROM replay_items)"
            " AND NOT EXISTS (SELECT FROM operator_actions)"
        )
        return bool(found)
