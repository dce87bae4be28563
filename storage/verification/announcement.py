"""P2: what was announced was heard, or is where one can see it. Asked batch by batch.

The ids of messages derive from what caused them by a hash that PostgreSQL does not have. So the
causes are read some thousands at a time, in one snapshot, and their ids are looked for.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from storage.postgres import Crossing
from storage.verification.question import Found, Promise, Scope

BATCH: Final = 5_000

Cause = dict[str, Any]

# $1 and $2: places, and an id at each; an id of several at one place is enough. $3: handlers.
_HEARD: Final = """
    EXISTS (SELECT FROM inbox
             WHERE inbox.message_id = due.id AND inbox.handler = ANY($3))
    """
_VISIBLE: Final = """
    EXISTS (SELECT FROM outbox WHERE outbox.message_id = due.id)
    OR EXISTS (SELECT FROM parked_messages AS parked
                WHERE parked.message_id = due.id AND parked.queue = ANY($3))
    OR EXISTS (SELECT FROM dead_letters AS letter
                WHERE letter.message_id = due.id AND letter.queue = ANY($3)
                  AND NOT EXISTS (SELECT FROM dead_letter_ends AS ended
                                   WHERE ended.dead_letter_id = letter.dead_letter_id
                                     AND ended.how = 'succeeded'))
    """
_UNHEARD: Final = f"""
    SELECT place
      FROM unnest($1::integer[], $2::uuid[]) AS due (place, id)
     GROUP BY place
    HAVING NOT bool_or({_HEARD} OR {_VISIBLE})
     ORDER BY place
    """  # noqa: S608 -- all parts are ours
_HEARD_ALREADY: Final = f"""
    SELECT place
      FROM unnest($1::integer[], $2::uuid[]) AS due (place, id)
     GROUP BY place
    HAVING bool_or({_HEARD})
     ORDER BY place
    """  # noqa: S608 -- as above


@dataclass(frozen=True, slots=True, kw_only=True)
class Announcement:
    """A check. Rows of `sql` are causes: their `key` is unique text, `since` says when it was.

    Of each, one of the messages `ids` must have been heard by one of `handlers`. Where the cause
    is a missing effect that is turned round: then `heard` ones are wrong, and unheard ones are
    the business of another check.
    """

    name: str
    promise: Promise
    holds: str
    sql: str
    ids: Callable[[Cause], tuple[UUID, ...]]
    handlers: tuple[str, ...]
    heard: bool = False
    of_tenants: bool = True
    notice: bool = False

    @property
    def passes(self) -> bool:
        """Whether what is wrong may come right by itself: who heard has done it, or never will."""
        return not self.heard

    @property
    def waits_for(self) -> tuple[str, ...]:
        """The handlers in whose queues the messages may be."""
        return () if self.heard else self.handlers

    async def wrong(self, verifier: Crossing, scope: Scope) -> Found:
        """What is wrong now, in as much memory as a batch needs."""
        found, last = Found(), None
        while causes := await self._causes(verifier, scope, after=last):
            last = causes[-1]["key"]
            places = await self._wrong_places(verifier, causes)
            found.add((_shown(causes[place]) for place in places), most=scope.rows)
        return found

    async def _causes(self, verifier: Crossing, scope: Scope, *, after: str | None) -> list[Cause]:
        rows = await verifier.rows(
            f"""
            SELECT *
              FROM ({self.sql}) AS cause
             WHERE key > coalesce($1, '')
               AND ($2::text IS NULL OR tenant_id = $2)
               AND since < now() - $3::interval
             ORDER BY key
             LIMIT {BATCH}
            """,  # noqa: S608 -- all parts are ours
            after,
            scope.tenant,
            scope.grace,
        )
        return [dict(row) for row in rows]

    async def _wrong_places(self, verifier: Crossing, causes: list[Cause]) -> list[int]:
        asked = [(place, id_) for place, cause in enumerate(causes) for id_ in self.ids(cause)]
        rows = await verifier.rows(
            _HEARD_ALREADY if self.heard else _UNHEARD,
            [place for place, _ in asked],
            [id_ for _, id_ in asked],
            self.handlers,
        )
        return [row["place"] for row in rows]


def _shown(cause: Cause) -> Cause:
    return {name: value for name, value in cause.items() if name != "key"}
