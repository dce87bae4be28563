"""The agent's tool calls as a witness: what it booked while the caller was on the line."""

import json
from dataclasses import dataclass
from typing import Final

from workers.transcripts.conversation import Conversation, ToolCall

_BOOKS: Final = ("book", "appointment", "schedule", "buch", "termin")
_ASKS: Final = (
    "check",
    "avail",
    "list",
    "find",
    "get",
    "search",
    "slot",
    "frei",
    "verfueg",
    "verfüg",
    "such",
)
_CANCELS: Final = ("cancel", "storn", "absag", "delete", "loesch", "lösch")
_MOVES: Final = ("reschedule", "move", "verschieb", "umbuch", "verleg")
_DONE: Final = frozenset(
    {"confirmed", "booked", "ok", "success", "successful", "accepted", "created"}
)
_FAILED: Final = frozenset(
    {"error", "failed", "failure", "unavailable", "conflict", "rejected", "denied"}
)


@dataclass(frozen=True, slots=True)
class Booked:
    """The last booking that a tool made and no tool took back; `several` if there were more."""

    call: ToolCall | None = None
    several: bool = False
    moves: bool = False
    cancelled: bool = False


def booked_by_tool(conversation: Conversation) -> Booked:
    """What the agent's tools left booked at the end of the call."""
    standing: list[ToolCall] = []
    cancelled = moves = False
    for call in conversation.tool_calls:
        name = call.name.casefold()
        if not _succeeded(call) or any(word in name for word in _ASKS):
            continue
        if any(word in name for word in _CANCELS):
            standing, cancelled = [], True
        elif any(word in name for word in (*_BOOKS, *_MOVES)):
            moves = moves or any(word in name for word in _MOVES)
            repeated = bool(standing) and standing[-1].arguments == call.arguments
            standing = [*standing[: len(standing) - repeated], call]
    last = standing[-1] if standing else None
    return Booked(last, several=len(standing) > 1 and not moves, moves=moves, cancelled=cancelled)


def _succeeded(call: ToolCall) -> bool:
    status = _status(call.result)
    if call.successful is False or status in _FAILED:
        return False
    return call.successful is True or status in _DONE


def _status(result: str) -> str:
    try:
        answer = json.loads(result)
    except (ValueError, RecursionError):
        return ""
    if not isinstance(answer, dict):
        return ""
    if answer.get("success") is False or answer.get("error"):
        return "error"
    return str(answer.get("status", "")).casefold()
