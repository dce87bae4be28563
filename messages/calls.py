"""What happened on the telephone, in our own words.

The provider's words stop at `workers/calls/retell.py`; nothing behind it knows them.
A call may end before we hear that it started: handlers must not rely on the order.
"""

from datetime import timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Literal
from uuid import UUID

from pydantic import AwareDatetime

from messages.message import Message, TenantMessage


class Direction(StrEnum):
    """Who called whom: `inbound` is a customer who calls the business."""

    INBOUND = "inbound"
    OUTBOUND = "outbound"
    WEB = "web"


class CallStarted(TenantMessage):
    """The agent has picked up."""

    kind: Literal["calls.started"] = "calls.started"
    call_id: str
    started_at: AwareDatetime


class _Closed(TenantMessage):
    """What is known of a call once the line is closed.

    `retell_cents` is what Retell charges, in US cents with fractions; None until they say.
    `business_number` is the one of ours; it carries the price of telephony.
    """

    call_id: str
    direction: Direction
    business_number: str | None
    ended_at: AwareDatetime
    lasted: timedelta
    retell_cents: Decimal | None = None


class CallEnded(_Closed):
    """The line is closed; what the call cost may still change."""

    kind: Literal["calls.ended"] = "calls.ended"


class CallAnalyzed(_Closed):
    """Retell has thought about the call: its cost is final, its conversation can be read.

    The conversation itself stays where it is archived, under `webhook_id`.
    """

    kind: Literal["calls.analyzed"] = "calls.analyzed"
    webhook_id: UUID


class CallQuarantined(Message):
    """Somebody called a number that belongs to no tenant. Told once for each number."""

    kind: Literal["calls.quarantined"] = "calls.quarantined"
    call_id: str
    dialled: str | None
