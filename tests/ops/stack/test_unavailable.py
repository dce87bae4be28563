"""What is said, in one line, when there can be no stack; no server is started here."""

from pathlib import Path

import pytest

from ops.stack import kept
from ops.stack.find import Search
from ops.stack.stack import Stack
from ops.stack.unavailable import StackUnavailable

NOWHERE = Search("", places=())
GIVEN = {
    "RINGBOOK_POSTGRES_URL": "postgresql://me:secret@127.0.0.1:{port}/ringbook",
    "RINGBOOK_RABBITMQ_URL": "amqp://me:secret@127.0.0.1:{port}/",
    "RINGBOOK_REDIS_URL": "redis://:secret@127.0.0.1:{port}/0",
}


@pytest.mark.parametrize("setting", GIVEN)
async def test_a_dead_url_is_named_without_its_password(tmp_path: Path, setting: str) -> None:
    port = kept.port(tmp_path / "port")
    given = {setting: GIVEN[setting].format(port=port)}
    said = await _refusal(Stack(tmp_path, environment=given, search=NOWHERE))
    assert setting in said
    assert f"127.0.0.1:{port}" in said
    assert "secret" not in said


async def test_missing_servers_that_may_not_be_installed_are_named(tmp_path: Path) -> None:
    said = await _refusal(Stack(tmp_path, environment={}, search=NOWHERE, may_install=False))
    assert said.startswith("PostgreSQL, RabbitMQ, Redis: not on this machine")


async def test_a_refused_stack_lets_the_next_one_in(tmp_path: Path) -> None:
    for _ in range(2):
        said = await _refusal(Stack(tmp_path, environment={}, search=NOWHERE, may_install=False))
        assert "not on this machine" in said


async def _refusal(stack: Stack) -> str:
    with pytest.raises(StackUnavailable) as refused:
        await stack.start()
    assert "\n" not in str(refused.value)
    return str(refused.value)
