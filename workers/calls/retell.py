"""Retell's words about a call, said in ours; nothing behind this file knows theirs.

Times are milliseconds since 1970, costs are US cents with fractions. Any field may be absent but
the event's name and the call's id; an enumeration may grow any day.
"""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, Field

from messages.calls import Direction
from messages.phones import phone_or_none
from storage.calls import CallFacts

ENDED: Final = frozenset({"call_ended", "call_analyzed"})


def _from_millis(value: object) -> object:
    return datetime.fromtimestamp(value / 1000, UTC) if isinstance(value, int | float) else None


Moment = Annotated[datetime | None, BeforeValidator(_from_millis)]


class _Cost(BaseModel):
    combined_cost: Decimal | None = None


class RetellCall(BaseModel):
    """The part of Retell's call object that we read."""

    call_id: str = Field(min_length=1)
    call_type: str = "phone_call"
    direction: str | None = None
    from_number: str | None = None
    to_number: str | None = None
    agent_id: str | None = None
    call_status: str | None = None
    start_timestamp: Moment = None
    end_timestamp: Moment = None
    transfer_end_timestamp: Moment = None
    duration_ms: int | None = None
    disconnection_reason: str | None = None
    recording_url: str | None = None
    transfer_destination: Any = None
    metadata: dict[str, Any] = {}
    call_cost: _Cost = _Cost()

    @property
    def way(self) -> Direction:
        """Who called whom. A telephone call that does not say is one that came in."""
        if self.call_type == "web_call":
            return Direction.WEB
        return Direction.OUTBOUND if self.direction == "outbound" else Direction.INBOUND

    @property
    def business_number(self) -> str | None:
        """The number of ours: dialled by a customer, or the one we called from."""
        said = self.from_number if self.way is Direction.OUTBOUND else self.to_number
        return phone_or_none(said)

    @property
    def customer_number(self) -> str | None:
        """The other one; None if she hides it."""
        said = self.to_number if self.way is Direction.OUTBOUND else self.from_number
        return phone_or_none(said)


class RetellEvent(BaseModel):
    """A webhook about a call that exists."""

    event: str
    call: RetellCall


class _Inbound(BaseModel):
    call_id: str | None = None
    agent_id: str | None = None
    from_number: str | None = None
    to_number: str | None = None


class RetellInbound(BaseModel):
    """The webhook that asks, while the phone rings, how to answer."""

    event: Literal["call_inbound"]
    event_timestamp: Moment = None
    call_inbound: _Inbound

    def as_call(self) -> RetellCall | None:
        """The call that is about to exist; None if Retell has not given it an id yet."""
        inbound = self.call_inbound
        if not inbound.call_id:
            return None
        return RetellCall(
            call_id=inbound.call_id,
            agent_id=inbound.agent_id,
            direction="inbound",
            from_number=inbound.from_number,
            to_number=inbound.to_number,
        )


def facts_of(event: str, call: RetellCall, *, webhook_id: UUID, heard_at: datetime) -> CallFacts:
    """What this webhook tells, as far as it may be believed at this turn of the call.

    A call that never connected has no times: it ended when we heard of it.
    """
    over = event in ENDED
    ended_at = (call.end_timestamp or call.start_timestamp or heard_at) if over else None
    return CallFacts(
        call_id=call.call_id,
        direction=call.way,
        business_number=call.business_number,
        customer_number=call.customer_number,
        agent_id=call.agent_id,
        started_at=call.start_timestamp,
        ended_at=ended_at,
        lasted=_lasted(call) if over else None,
        ended_by=call.disconnection_reason if over else None,
        analyzed_at=heard_at if event == "call_analyzed" else None,
        analysis_id=webhook_id if event == "call_analyzed" else None,
        transferred_to=_number_in(call.transfer_destination),
        recording_url=call.recording_url,
    )


def _lasted(call: RetellCall) -> timedelta:
    if call.duration_ms is not None:
        return timedelta(milliseconds=call.duration_ms)
    if call.start_timestamp and call.end_timestamp:
        return max(call.end_timestamp - call.start_timestamp, timedelta())
    return timedelta()


def _number_in(destination: Any) -> str | None:
    """A text in the call object, an object with `number` in the events of a transfer."""
    if isinstance(destination, dict):
        destination = destination.get("number")
    return destination if isinstance(destination, str) else None
