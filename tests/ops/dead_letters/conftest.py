import pytest

from tests.command import Command


@pytest.fixture
def ringbook(database: str) -> Command:
    """The command, on the database of this test."""
    return Command(POSTGRES_URL=database)
