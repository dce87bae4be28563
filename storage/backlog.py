"""How much waits in PostgreSQL to be published, and since when."""

from dataclasses import dataclass

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
