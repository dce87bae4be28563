"""What must be true once a set of webhooks was heard: a plain model that knows no order.

A lost webhook tells nothing. What a later one implies, it tells as well: who is moved from A to B
has B and no more A, whether A was ever heard of or not; who is analyzed has ended. What somebody
said is gone is gone, whoever says afterwards that it is there.

Two entries that overlap are the one thing that a set of webhooks cannot decide: the first stays,
and the webhook of the other comes back until one of them is gone, or dies for a person to see.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final, TypeAlias

from messages.webhook import Webhook
from tests.world import DENTIST, SALON

OPENS: Final = {"BOOKING_CREATED", "BOOKING_RESCHEDULED"}
CLOSES: Final = {"BOOKING_CANCELLED", "BOOKING_REJECTED"}
ENDS: Final = {"call_ended", "call_analyzed"}
SOLD: Final = {  # by event type: whose it is, what it is and who does it
    101: (SALON, "haircut-women", "anna"),
    112: (SALON, "haircut-men", "anna"),
    121: (SALON, "colour", "anna"),
    111: (SALON, "haircut-men", "mehmet"),
    212: (DENTIST, "cleaning", "dr-lee"),
}
NUMBERS: Final = {"+493023125000": SALON, "+12125550100": DENTIST}
TURNS: Final = {
    "calls.started": "started_at",
    "calls.ended": "ended_at",
    "calls.analyzed": "analyzed_at",
}
TOLD_OF_A_CALL: Final = (*TURNS.values(), "rang_at", "ended_by", "recording_url", "analysis_id")


@dataclass(frozen=True)
class Appointment:
    """An appointment as the calendar tells of it."""

    tenant: str
    service: str
    staff: str
    start: datetime
    end: datetime

    def overlaps(self, other: "Appointment") -> bool:
        return (
            (self.tenant, self.staff) == (other.tenant, other.staff)
            and self.start < other.end
            and other.start < self.end
        )


Calendar: TypeAlias = dict[str, Appointment]
Call: TypeAlias = dict[str, Any]


def fate(webhook: Webhook) -> tuple[str | None, str, str | None]:
    """Whose it is, whether it is done or ignored, and why."""
    said = json.loads(webhook.body)
    if webhook.provider == "stripe":
        return None, "ignored", "nobody_hears_it"
    if webhook.provider == "retell":
        tenant = NUMBERS.get((said.get("call") or said["call_inbound"])["to_number"])
        return (tenant, "done", None) if tenant else (None, "ignored", "unknown_number")
    payload = said["payload"]
    if webhook.event in OPENS | CLOSES or payload.get("rescheduleUid"):
        return SOLD[payload["eventTypeId"]][0], "done", None
    return None, "ignored", "not_confirmed_yet"


def opened(heard: Iterable[Webhook]) -> Calendar:
    """Every entry that some webhook said there is."""
    told = [said for _, said in _told("calcom", heard) if said["triggerEvent"] in OPENS]
    return {said["payload"]["uid"]: _appointment(said["payload"]) for said in told}


def closed(heard: Iterable[Webhook]) -> set[str]:
    """Every entry that some webhook said is gone: called off, declined, or moved away."""
    told = [said for _, said in _told("calcom", heard)]
    moved = {said["payload"].get("rescheduleUid") for said in told}
    called_off = {said["payload"]["uid"] for said in told if said["triggerEvent"] in CLOSES}
    return (moved | called_off) - {None}


def calls(heard: Iterable[Webhook]) -> dict[str, Call]:
    """Every call of a number that is somebody's; of what differs the earliest or the greatest."""
    known: dict[str, Call] = {}
    for webhook, said in _told("retell", heard):
        facts = said.get("call") or said["call_inbound"]
        if facts["to_number"] not in NUMBERS:
            continue
        call = known.setdefault(facts["call_id"], {})
        call["tenant_id"] = NUMBERS[facts["to_number"]]
        call["customer_number"] = facts["from_number"]
        _add(call, min, rang_at=_moment(said.get("event_timestamp")))
        _add(call, min, started_at=_moment(facts.get("start_timestamp")))
        if webhook.event in ENDS:
            ended_at = _moment(facts.get("end_timestamp")) or webhook.received_at
            _add(call, max, ended_at=ended_at, ended_by=facts["disconnection_reason"])
            _add(call, max, recording_url=facts.get("recording_url"))
        if webhook.event == "call_analyzed":
            _add(call, min, analyzed_at=webhook.received_at, analysis_id=webhook.message_id)
    return known


def costs(heard: Iterable[Webhook]) -> dict[str, list[Decimal]]:
    """What Retell said that each call costs, in cents; the last is final if it was analyzed."""
    told = [(webhook.event, said["call"]) for webhook, said in _told("retell", heard)
            if webhook.event in ENDS]  # fmt: skip
    told.sort(key=lambda one: one[0] == "call_analyzed")
    known: dict[str, list[Decimal]] = {}
    for _, call in told:
        cents = Decimal(str(call["call_cost"]["combined_cost"]))
        known.setdefault(call["call_id"], []).append(cents)
    return known


def _add(call: Call, better: Any, **facts: Any) -> None:
    for name, fact in facts.items():
        if fact is not None:
            call[name] = better(fact, call.get(name, fact))


def _told(provider: str, heard: Iterable[Webhook]) -> list[tuple[Webhook, dict[str, Any]]]:
    return [(each, json.loads(each.body)) for each in heard if each.provider == provider]


def _appointment(payload: dict[str, Any]) -> Appointment:
    start, end = (datetime.fromisoformat(payload[name]) for name in ("startTime", "endTime"))
    return Appointment(*SOLD[payload["eventTypeId"]], start, end)


def _moment(millis: int | None) -> datetime | None:
    return None if millis is None else datetime.fromtimestamp(millis / 1000, UTC)
