"""How much waits in PostgreSQL, and since when."""

from dataclasses import dataclass

from storage.dead_letter_selection import OPEN
from storage.postgres import Crossing


@dataclass(frozen=True, slots=True, kw_only=True)
class Backlog:
    """Entries that wait; `seconds` is the age of the oldest, 0 if there is none."""

    entries: int
    seconds: float


async def outbox(relay: Crossing) -> Backlog:
    """What was announced and not yet published."""
    row = await relay.row(
        """
        SELECT count(*) AS entries,
               coalesce(extract(epoch FROM now() - min(written_at)), 0)::float8 AS seconds
          FROM outbox
        """
    )
    return Backlog(**row) if row else Backlog(entries=0, seconds=0)


async def spool(relay: Crossing) -> Backlog:
    """What was accepted while RabbitMQ was away."""
    row = await relay.row(
        """
        SELECT count(*) AS entries,
               coalesce(extract(epoch FROM now() - min(spooled_at)), 0)::float8 AS seconds
          FROM webhook_spool
        """
    )
    return Backlog(**row) if row else Backlog(entries=0, seconds=0)


async def parked(relay: Crossing) -> Backlog:
    """What arrived for something that is paused, or has not been sent on since it is no more."""
    row = await relay.row(
        """
        SELECT count(*) AS entries,
               coalesce(extract(epoch FROM now() - min(parked_at)), 0)::float8 AS seconds
          FROM parked_messages
        """
    )
    return Backlog(**row) if row else Backlog(entries=0, seconds=0)


async def dead_letters(operator: Crossing, *, at_most: int) -> int:
    """How many dead letters are open, or `at_most` if they are more."""
    return int(
        await operator.value(
            f"""
            SELECT count(*)
              FROM (SELECT FROM dead_letters AS letter WHERE {OPEN} LIMIT $1) AS open
            """,  # noqa: S608 -- our own words
            at_most,
        )
    )
