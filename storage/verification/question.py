"""A check in SQL: a statement whose rows are what is wrong, counted there and shown in part."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Any

from storage.postgres import Crossing


class Promise(StrEnum):
    """The promises of DESIGN.md that data can prove or refute."""

    P2 = "P2"  # nothing disappears
    P3 = "P3"  # once in effect
    P4 = "P4"  # order does not matter
    P5 = "P5"  # no double booking
    P6 = "P6"  # never the wrong tenant
    P7 = "P7"  # money adds up


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What is looked at, how many wrong rows are shown, and what is given time to come."""

    tenant: str | None = None
    rows: int = 20
    grace: timedelta = timedelta(minutes=15)


@dataclass(slots=True)
class Found:
    """How much is wrong, and the first of it."""

    count: int = 0
    rows: list[dict[str, Any]] = field(default_factory=list)

    def add(self, wrong: Iterable[dict[str, Any]], *, most: int) -> None:
        """More of it, of which so many are kept."""
        for row in wrong:
            self.count += 1
            if len(self.rows) < most:
                self.rows.append(row)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A check. Rows of `sql` are wrong, and name their tenant, unless it is about no tenant's data.

    `passes`: what is wrong may come right by itself. `graced`: rows say `since` when, and count
    once the grace is over. `waits_for`: the handlers in whose queues it may be until then.
    `notice`: worth knowing, and no promise is broken.
    """

    name: str
    promise: Promise
    holds: str
    sql: str
    of_tenants: bool = True
    passes: bool = False
    graced: bool = False
    notice: bool = False
    waits_for: tuple[str, ...] = ()

    async def wrong(self, verifier: Crossing, scope: Scope) -> Found:
        """What is wrong now. All of it is counted by the server, which sends the first rows."""
        found = await verifier.rows(
            f"""
            SELECT wrong.*, count(*) OVER () AS verify_count
              FROM ({self.sql}) AS wrong
             WHERE ($1::text IS NULL OR {"tenant_id = $1" if self.of_tenants else "true"})
               AND {"since < now() - $3::interval" if self.graced else "$3::interval IS NOT NULL"}
             LIMIT $2
            """,  # noqa: S608 -- all parts are ours
            scope.tenant,
            scope.rows,
            scope.grace,
        )
        rows = [{k: v for k, v in row.items() if k != "verify_count"} for row in found]
        return Found(found[0]["verify_count"] if found else 0, rows)
