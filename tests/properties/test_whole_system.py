"""A day over a real broker, with every actor at work: doubled, shuffled, and with gaps."""

import asyncio
import random
from collections.abc import Sequence
from datetime import UTC, datetime

from messages.publisher import Publisher
from messages.webhook import Webhook
from ops.simulators.calcom_calendar import Booking
from tests.journeys.conftest import System
from tests.properties import promises, reference, telling
from tests.properties.promises import Seen
from tests.properties.ringbook import seen_by
from tests.properties.telling import Calendars, Told
from tests.seeds import seed

BERLIN = "Europe/Berlin"
LOST = 0.1


async def test_a_day_over_a_real_broker_ends_as_the_reference_model_says(
    system: System, publisher: Publisher
) -> None:
    chance = random.Random(seed())
    told = Told(begins=datetime.now(UTC))
    await appointments(Calendars(system.world.calcom, told))
    for number in (*reference.NUMBERS, *reference.NUMBERS, "+4930999999"):
        telling.call(told, number, connected=chance.random() < 0.7, cost_known_early=False)
        telling.payment(told)
    arriving = [webhook for webhook in told.taken() if chance.random() > LOST]
    heard = list({webhook.message_id: webhook for webhook in arriving}.values())
    await arrive(publisher, [*arriving, *chance.choices(arriving, k=len(arriving))], chance)

    closed = {call: cents[-1] for call, cents in reference.costs(heard).items()
              if call in reference.calls(heard)}  # fmt: skip
    await system.has(len(heard), "webhook_events")
    await system.has(len(closed), "platform_costs")
    final = sum("analyzed_at" in call for call in reference.calls(heard).values())
    await system.has(final, "platform_costs", "final")
    await system.settled()

    seen: Seen = await seen_by(system.owner)
    promises.check_appointments(seen, heard, [], set())
    promises.check_that_nobody_is_in_two_places(seen)
    promises.check_calls(seen, heard)
    promises.check_archive(seen, heard)
    assert {row["call_id"]: row["retell_cents"] for row in seen.platform_costs} == closed
    assert await system.count("dead_letters") == 0


async def appointments(calendars: Calendars) -> None:
    """Booked, moved twice, cancelled, and confirmed by the salon; each at a time of its own."""
    for hour in (9, 11):
        await calendars.book(101, telling.at(hour, BERLIN), said_to_be=None)
    for hour in (13, 15):
        await calendars.move(last(calendars, "accepted"), telling.at(hour, BERLIN))
    await calendars.book(111, telling.at(9, BERLIN), said_to_be=None)
    await calendars.cancel(last(calendars, "accepted"))
    await calendars.book(telling.NEEDS_A_YES, telling.at(17, BERLIN), said_to_be=None)
    await calendars.answer(last(calendars, "pending"), yes=True)
    await calendars.book(212, telling.at(9, "America/New_York"), said_to_be=None)
    calendars.collect()


def last(calendars: Calendars, status: str) -> Booking:
    return calendars.with_status(status)[-1]


async def arrive(publisher: Publisher, webhooks: Sequence[Webhook], chance: random.Random) -> None:
    shuffled = chance.sample(webhooks, k=len(webhooks))
    await asyncio.gather(*map(publisher.post_webhook, shuffled))
