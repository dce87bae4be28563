"""What Retell says about a telephone call, made from the conversation that took place."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from typing import Any, Final

from ops.simulators.retell_talk import (
    Turn,
    latency,
    lines,
    spoken,
    token_usage,
    with_tool_calls,
)

US_CENTS_A_SECOND: Final = {
    "voice_engine": Decimal("0.0916667"),
    "elevenlabs_tts": Decimal("0.0666667"),
    "gpt-4.1-mini": Decimal("0.0266667"),
}
SETUP: Final = timedelta(milliseconds=2315)  # from the ringing to the connected call
HANGING_UP: Final = timedelta(milliseconds=1495)
NO_COST: Final = {
    "product_costs": [],
    "total_duration_seconds": 0,
    "total_duration_unit_price": 0,
    "combined_cost": 0,
}
_RECORDINGS: Final = "https://retellai.s3.us-west-2.amazonaws.com"


@dataclass(frozen=True)
class Conversation:
    """A call as it went.

    `turns` are ("agent" or "user", text) and tool calls, in order. `costs` are US cents by
    product; without them each second costs what Retell's parts cost. Without a `duration` it
    is as long as saying everything takes. Not `connected`: nobody picked up.
    """

    call_id: str
    from_number: str
    to_number: str
    started_at: datetime
    turns: Sequence[Turn] = ()
    direction: str = "inbound"
    duration: timedelta | None = None
    costs: Mapping[str, Decimal] | None = None
    connected: bool = True
    disconnection_reason: str = "user_hangup"
    agent_id: str = "agent_9d31a70c5be24f6fa8c2c1b7e3"
    agent_version: int = 14
    agent_name: str = "Telefonassistenz"
    metadata: Mapping[str, Any] = field(default_factory=dict)
    dynamic_variables: Mapping[str, str] = field(default_factory=dict)
    collected_variables: Mapping[str, str] = field(default_factory=dict)
    custom_analysis_data: Mapping[str, Any] = field(default_factory=dict)
    summary: str = ""
    sentiment: str = "Positive"
    successful: bool = True
    in_voicemail: bool = False

    @property
    def length(self) -> timedelta:
        """How long it took."""
        if self.duration is not None:
            return self.duration
        ends = [turn["words"][-1]["end"] for turn in spoken(self.turns) if turn["words"]]
        return timedelta(seconds=max(ends, default=0)) + HANGING_UP

    @property
    def billed_seconds(self) -> int:
        """Every second that was begun."""
        return math.ceil(self.length.total_seconds())

    @property
    def cents(self) -> dict[str, Decimal]:
        """US cents by product."""
        if self.costs is not None:
            return dict(self.costs)
        tenth_of_a_mill = Decimal("0.0001")
        return {
            product: (each * self.billed_seconds).quantize(tenth_of_a_mill)
            for product, each in US_CENTS_A_SECOND.items()
        }


def call_inbound(talk: Conversation) -> dict[str, Any]:
    """It rings: who should answer, and knowing what?"""
    return {
        "event": "call_inbound",
        "event_timestamp": _ms(talk.started_at - SETUP),
        "call_inbound": {
            "call_id": talk.call_id,
            "agent_id": talk.agent_id,
            "agent_version": talk.agent_version,
            "from_number": talk.from_number,
            "to_number": talk.to_number,
            "custom_sip_headers": {"x-twilio-callsid": _twilio_sid(talk)},
        },
    }


def call_started(talk: Conversation) -> dict[str, Any]:
    """The call is connected."""
    nothing_said = {"transcript": "", "transcript_object": [], "transcript_with_tool_calls": []}
    call = _known(talk, "ongoing") | nothing_said | {"latency": {}, "call_cost": NO_COST}
    return {"event": "call_started", "call": call | _line(talk)}


def transcript_updated(talk: Conversation, turns: int | None = None) -> dict[str, Any]:
    """The first `turns` entries have been said, or all of them."""
    said = talk.turns[:turns]
    call = _known(talk, "ongoing") | _transcript(said) | {"latency": latency(said)}
    return {
        "event": "transcript_updated",
        "call": call | {"call_cost": NO_COST} | _line(talk),
        "transcript_with_tool_calls": with_tool_calls(said),
    }


def call_ended(talk: Conversation) -> dict[str, Any]:
    """Everything but the analysis."""
    return {"event": "call_ended", "call": _ended(talk)}


def call_analyzed(talk: Conversation) -> dict[str, Any]:
    """Everything."""
    return {"event": "call_analyzed", "call": call(talk)}


def events(talk: Conversation) -> list[dict[str, Any]]:
    """The webhooks of a call in the order in which they happen, `call_inbound` apart."""
    if not talk.connected:
        return [call_ended(talk), call_analyzed(talk)]
    return [call_started(talk), transcript_updated(talk), call_ended(talk), call_analyzed(talk)]


def call(talk: Conversation) -> dict[str, Any]:
    """The call as `GET /v2/get-call` shows it in the end."""
    analysis: dict[str, Any] = {
        "call_summary": talk.summary,
        "in_voicemail": talk.in_voicemail,
        "user_sentiment": talk.sentiment if talk.connected else "Unknown",
        "call_successful": talk.successful and talk.connected,
    }
    if talk.connected:
        analysis["custom_analysis_data"] = dict(talk.custom_analysis_data)
    return _ended(talk) | {"call_analysis": analysis}


def _ended(talk: Conversation) -> dict[str, Any]:
    why = {"disconnection_reason": talk.disconnection_reason}
    if not talk.connected:
        nothing = {"call_cost": NO_COST, "latency": {}}
        return _known(talk, "not_connected") | why | nothing | _numbers(talk)
    recorded = f"{_RECORDINGS}/{talk.call_id}"
    times = {
        "end_timestamp": _ms(talk.started_at + talk.length),
        "duration_ms": _ms(talk.started_at + talk.length) - _ms(talk.started_at),
    }
    measured = {
        "collected_dynamic_variables": dict(talk.collected_variables),
        "recording_url": f"{recorded}/recording.wav",
        "recording_multi_channel_url": f"{recorded}/recording_multichannel.wav",
        "public_log_url": f"{recorded}/public_log.txt",
        **why,
        "latency": latency(talk.turns),
        "call_cost": _cost(talk),
        "llm_token_usage": token_usage(talk.turns),
    }
    return _known(talk, "ended") | times | _transcript(talk.turns) | measured | _line(talk)


def _known(talk: Conversation, status: str) -> dict[str, Any]:
    known: dict[str, Any] = {
        "call_id": talk.call_id,
        "call_type": "phone_call",
        "agent_id": talk.agent_id,
        "agent_version": talk.agent_version,
        "agent_name": talk.agent_name,
    }
    if talk.dynamic_variables:  # Retell leaves both out when they are not set
        known["retell_llm_dynamic_variables"] = dict(talk.dynamic_variables)
    if talk.metadata:
        known["metadata"] = dict(talk.metadata)
    known |= {"data_storage_setting": "everything", "opt_in_signed_url": False}
    known["call_status"] = status
    if talk.connected:
        known["start_timestamp"] = _ms(talk.started_at)
    return known


def _transcript(turns: Sequence[Turn]) -> dict[str, Any]:
    return {
        "transcript": lines(turns),
        "transcript_object": spoken(turns),
        "transcript_with_tool_calls": with_tool_calls(turns),
    }


def _cost(talk: Conversation) -> dict[str, Any]:
    seconds = talk.billed_seconds or 1
    each = {product: round(cents / seconds, 7) for product, cents in talk.cents.items()}
    return {
        "product_costs": [
            {"product": product, "unit_price": float(each[product]), "cost": float(cents)}
            for product, cents in talk.cents.items()
        ],
        "total_duration_seconds": talk.billed_seconds,
        "total_duration_unit_price": float(sum(each.values())),
        "combined_cost": float(sum(talk.cents.values())),
    }


def _line(talk: Conversation) -> dict[str, Any]:
    return {"telephony_identifier": {"twilio_call_sid": _twilio_sid(talk)}, **_numbers(talk)}


def _numbers(talk: Conversation) -> dict[str, Any]:
    return {
        "from_number": talk.from_number,
        "to_number": talk.to_number,
        "direction": talk.direction,
    }


def _twilio_sid(talk: Conversation) -> str:
    return "CA" + sha256(talk.call_id.encode()).hexdigest()[:32]


def _ms(moment: datetime) -> int:
    return (moment.astimezone(UTC) - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)
