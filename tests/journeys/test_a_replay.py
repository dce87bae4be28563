"""What died or was ignored is sent once more, and takes effect as if it came now."""

from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest

from messages.message import id_of
from ops.simulators.webhooks import stringified
from tests.command import Command
from tests.dying import bury, letter
from tests.journeys.conftest import System, tomorrow
from tests.journeys.test_a_caller_books import booked_by_phone, webhooks
from tests.waiting import eventually
from tests.world import SALON_NUMBER

CALLER = "+4915228817386"


@pytest.fixture
def ringbook(database: str, rabbitmq_url: str) -> Command:
    return Command(POSTGRES_URL=database, RABBITMQ_URL=rabbitmq_url)


async def shown(ringbook: Command, name: str) -> dict[str, Any]:
    answer = await ringbook("replays", "show", name, "--json")
    assert answer.code == 0, answer.err
    found: dict[str, Any] = orjson.loads(answer.out)
    return found


async def comes_to(ringbook: Command, name: str, **wanted: int) -> None:
    async def there() -> bool:
        found = await shown(ringbook, name)
        return {each: found[each] for each in wanted} == wanted

    await eventually(there, within=60)


async def test_dead_webhooks_of_a_call_become_a_booking_once_and_are_dead_no_more(
    system: System, ringbook: Command
) -> None:
    talk = booked_by_phone("Sabine Krause", tomorrow("14:30"), number=CALLER)
    told = {event: said for event, said in webhooks(talk).items() if event != "call_inbound"}
    now = datetime.now(UTC)
    await bury(
        system.pool,
        *(
            letter(
                number,
                message_id=id_of("retell", "retell", event, talk.call_id),
                body=stringified(said),
                died_at=now,
                headers={
                    "provider": "retell",
                    "endpoint": "retell",
                    "event": event,
                    "received_at": (now - timedelta(minutes=1)).isoformat(),
                },
            )
            for number, (event, said) in enumerate(told.items())
        ),
        letter(9, message_id=id_of("hopeless"), body=b"{}", died_at=now),
    )
    answer = await ringbook(
        "dead-letters", "replay", "--error", "KeyError", "--name", "again", "--reason", "repaired"
    )
    assert answer.code == 0, answer.err
    await comes_to(ringbook, "again", succeeded=3, died_again=1, under_way=0)
    await system.has(1, "notifications", "sent_at IS NOT NULL")
    await system.has(1, "platform_costs", "final")
    await system.settled()
    assert len(system.world.calcom.accepted) == 1

    left = orjson.loads((await ringbook("dead-letters", "list", "--json")).out)
    assert [each["error_class"] for each in left] == ["ValidationError"]
    again = await ringbook(
        "dead-letters", "replay", "--error", "KeyError", "--all", "--name", "twice", "--reason", "?"
    )
    assert "3 are known as done: nothing happens; 1 would act" in again.out
    await comes_to(ringbook, "twice", succeeded=3)
    await system.settled()
    assert len(system.world.calcom.accepted) == 1
    assert await system.count("appointments") == 1


async def test_a_number_that_was_assigned_gets_its_calls(system: System, ringbook: Command) -> None:
    await system.owner.execute(
        "UPDATE phone_numbers SET number = '+4930999' WHERE number = $1", SALON_NUMBER
    )
    talk = booked_by_phone("Sabine Krause", tomorrow("14:30"), number=CALLER)
    for event, said in webhooks(talk).items():
        if event != "call_inbound":
            assert await system.hear(said) == 204
    await system.has(3, "webhook_events", "reason = 'unknown_number'")
    await system.owner.execute(
        "UPDATE phone_numbers SET number = $1 WHERE number = '+4930999'", SALON_NUMBER
    )
    words = ("webhooks", "replay", "--because", "unknown_number")
    answer = await ringbook(*words, "--name", "assigned", "--reason", "the salon has its number")
    assert answer.code == 0, answer.err
    assert answer.out.count("1 would act") == 3
    await comes_to(ringbook, "assigned", succeeded=3)
    await system.has(1, "notifications", "channel = 'sms' AND sent_at IS NOT NULL")
    assert await system.count("calls", "tenant_id = 'salon-kastanie'") == 1
    refused = await ringbook(*words, "--name", "twice", "--reason", "?")
    assert refused.code == 2
    assert "nothing to replay" in refused.err
