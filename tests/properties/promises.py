"""What holds at every moment of every history, by the reference model."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any, TypeAlias
from uuid import UUID

from messages.webhook import Webhook
from tests.properties import reference
from tests.properties.reference import Appointment, Calendar

Row: TypeAlias = Any  # of asyncpg


@dataclass(frozen=True)
class Seen:
    """The tables at one moment."""

    appointments: Sequence[Row]
    calls: Sequence[Row]
    webhook_events: Sequence[Row]
    outbox: Sequence[Row]
    platform_costs: Sequence[Row]

    @property
    def live(self) -> Calendar:
        """What stands in the calendar, by its uid."""
        return {row["calcom_uid"]: _appointment(row) for row in self._live() if row["calcom_uid"]}

    @property
    def held(self) -> list[Appointment]:
        """What we have asked for."""
        return [_appointment(row) for row in self._live() if not row["calcom_uid"]]

    @property
    def gone(self) -> set[str]:
        return {row["calcom_uid"] for row in self.appointments if row["cancelled_at"]}

    @property
    def closings(self) -> list[Row]:
        """What was told to the costs actor."""
        of_costs = [row for row in self.outbox if row["kind"] in ("calls.ended", "calls.analyzed")]
        return sorted(of_costs, key=lambda row: (row["call_id"], row["kind"]))

    def _live(self) -> list[Row]:
        return [row for row in self.appointments if not (row["released_at"] or row["cancelled_at"])]


def check_appointments(
    seen: Seen, heard: Iterable[Webhook], refused: Iterable[Webhook], ours: set[str]
) -> None:
    """What was refused and will come back may have closed what it closes, and has opened nothing.

    `ours` are entries that the calendar may have told of in its answer to us.
    """
    known = [*heard]
    opened = reference.opened(known)
    told = {uid: entry for uid, entry in opened.items() if uid not in seen.gone}
    answered = {uid: seen.live[uid] for uid in seen.live.keys() & ours - opened.keys()}
    assert reference.closed(known) <= seen.gone <= reference.closed([*known, *refused])
    assert seen.live == told | answered


def check_that_nobody_is_in_two_places(seen: Seen) -> None:
    places = [*seen.live.values(), *seen.held]
    assert not any(one.overlaps(other) for one, other in combinations(places, 2))


def check_calls(seen: Seen, heard: Iterable[Webhook]) -> None:
    told = reference.calls(heard)
    assert {row["call_id"] for row in seen.calls} == told.keys()
    for row in seen.calls:
        call = dict.fromkeys(reference.TOLD_OF_A_CALL) | told[row["call_id"]]
        assert {name: row[name] for name in call} == call


def check_archive(seen: Seen, heard: Iterable[Webhook]) -> None:
    """Each is accounted for once, for whom it is about and with the reason if it was ignored."""
    archived = {
        row["message_id"]: (row["tenant_id"], row["outcome"], row["reason"])
        for row in seen.webhook_events
    }
    assert archived == {webhook.message_id: reference.fate(webhook) for webhook in heard}


def check_announcements(seen: Seen, heard: Iterable[Webhook]) -> None:
    """Each turn once, though any of several webhooks may have told of it."""
    told = reference.calls(heard).values()
    kinds = Counter(row["kind"] for row in seen.outbox)
    assert kinds["bookings.cancelled"] == len(seen.gone)
    for kind, turn in reference.TURNS.items():
        assert kinds[kind] == sum(turn in call for call in told)
    assert kinds["calls.quarantined"] <= 1


def check_costs(seen: Seen, heard: Iterable[Webhook], carried: set[UUID]) -> None:
    """One for each call whose end was told to costs, final if its analysis was."""
    arrived = [row for row in seen.closings if row["message_id"] in carried]
    final = {row["call_id"] for row in arrived if row["kind"] == "calls.analyzed"}
    told = reference.costs(heard)
    assert Counter(row["call_id"] for row in seen.platform_costs) == Counter(
        {row["call_id"] for row in arrived}
    )
    for row in seen.platform_costs:
        assert row["final"] == (row["call_id"] in final)
        cents = told[row["call_id"]]
        assert row["retell_cents"] in (cents[-1:] if row["final"] else cents)


def _appointment(row: Row) -> Appointment:
    return Appointment(
        row["tenant_id"], row["service"], row["staff"], row["starts_at"], row["ends_at"]
    )
