"""Translation of Retell's analysed call into a conversation; nobody behind it knows its words."""

import re
from datetime import UTC, datetime
from typing import Any, Final

import orjson

from workers.transcripts.conversation import Analysis, Conversation, Role, ToolCall, Turn

_ROLES: Final = {"agent": Role.AGENT, "user": Role.USER, "assistant": Role.AGENT}
_SPEAKERS: Final = ("agent", "user", "transfer_target")  # a tuple: a role may be of any type
_LINE: Final = re.compile(r"[ \t]*([^\W\d_]{2,20})[ \t]{0,4}:[ \t]*(.*)", re.DOTALL)
_TRUE: Final = frozenset({"true", "yes", "ja", "1", "wahr"})


class Unreadable(ValueError):
    """The body is no JSON, or speaks of no call."""

    def __init__(self) -> None:
        super().__init__("not an analysed call")


def conversation_of(body: bytes) -> Conversation:
    """The conversation in the raw body of a `call_analyzed` webhook.

    Whatever is missing or of a strange shape is left out: a provider adds and drops fields as it
    likes. Raises Unreadable where there is no call at all.
    """
    try:
        envelope = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise Unreadable from error
    call = envelope.get("call") if isinstance(envelope, dict) else None
    if not isinstance(call, dict):
        raise Unreadable
    turns, tools = _turns_and_tools(call)
    return Conversation(
        turns=turns,
        tool_calls=tools,
        analysis=_analysis(call.get("call_analysis")),
        language=_language(call.get("agent_name")),
        from_number=_text(call.get("from_number")),
        to_number=_text(call.get("to_number")),
        direction=_text(call.get("direction")),
        started_at=_moment(call.get("start_timestamp")),
    )


def turns_of(transcript: str) -> tuple[Turn, ...]:
    """The turns of a transcript written as `Agent: ...` and `User: ...`, one a line.

    A line that names neither is `other`: a damaged line is never taken for the agent's word.
    """
    turns: list[Turn] = []
    for line in filter(str.strip, transcript.splitlines()):
        spoken = _LINE.fullmatch(line)
        role = _ROLES.get(spoken[1].casefold()) if spoken else None
        if spoken and role:
            turns.append(Turn(role, spoken[2].strip()))
        else:
            turns.append(Turn(Role.OTHER, line.strip()))
    return tuple(turns)


def _turns_and_tools(call: dict[str, Any]) -> tuple[tuple[Turn, ...], tuple[ToolCall, ...]]:
    entries = _entries(call.get("transcript_with_tool_calls"))
    spoken = _spoken(_entries(call.get("transcript_object"))) or _spoken(entries)
    transcript = call.get("transcript")
    if not spoken and isinstance(transcript, str):
        spoken = turns_of(transcript)
    return spoken, _tools(entries)


def _entries(found: object) -> list[dict[str, Any]]:
    return [entry for entry in found if isinstance(entry, dict)] if isinstance(found, list) else []


def _is_spoken(entry: dict[str, Any]) -> bool:
    return isinstance(entry.get("content"), str) and entry.get("role") in _SPEAKERS


def _spoken(entries: list[dict[str, Any]]) -> tuple[Turn, ...]:
    return tuple(
        Turn(_ROLES.get(entry["role"], Role.OTHER), entry["content"])
        for entry in entries
        if _is_spoken(entry)
    )


def _tools(entries: list[dict[str, Any]]) -> tuple[ToolCall, ...]:
    results = {
        entry["tool_call_id"]: entry
        for entry in entries
        if entry.get("role") == "tool_call_result" and isinstance(entry.get("tool_call_id"), str)
    }
    calls: list[ToolCall] = []
    turn = 0
    for entry in entries:
        if entry.get("role") == "tool_call_invocation":
            result = results.get(str(entry.get("tool_call_id")), {})
            calls.append(_tool(entry, result, turn))
        turn += _is_spoken(entry)
    return tuple(calls)


def _tool(invocation: dict[str, Any], result: dict[str, Any], turn: int) -> ToolCall:
    successful = result.get("successful")
    return ToolCall(
        name=_text(invocation.get("name")) or "",
        arguments=_object(invocation.get("arguments")),
        successful=successful if isinstance(successful, bool) else None,
        result=_text(result.get("content")) or "",
        before_turn=turn,
    )


def _object(said: object) -> dict[str, object]:
    if isinstance(said, str):
        try:
            said = orjson.loads(said)
        except (ValueError, RecursionError):
            return {}
    return said if isinstance(said, dict) else {}


def _analysis(found: object) -> Analysis:
    analysis = _object(found)
    successful = analysis.get("call_successful")
    return Analysis(
        fields=_object(analysis.get("custom_analysis_data")),
        call_successful=None if successful is None else is_true(successful),
        in_voicemail=is_true(analysis.get("in_voicemail")),
    )


def is_true(said: object) -> bool:
    """Whether a field says yes, as a boolean or in a word."""
    return said is True or str(said).strip().casefold() in _TRUE


def _language(agent_name: object) -> str | None:
    last = str(agent_name).rsplit(maxsplit=1)[-1:] if agent_name else []
    return last[0].casefold() if last and last[0].casefold() in {"de", "en"} else None


def _text(said: object) -> str | None:
    return said if isinstance(said, str) and said else None


def _moment(said: object) -> datetime | None:
    if isinstance(said, bool) or not isinstance(said, int | float):
        return None
    try:
        return datetime.fromtimestamp(said / 1000, UTC)
    except (ValueError, OverflowError, OSError):
        return None
