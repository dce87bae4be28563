"""Which calls a `POST /v3/list-calls` finds: its filters, each {type, op, value}."""

from collections.abc import Callable, Mapping
from typing import Any, Final

NESTED: Final = {  # where a filter's field stands in the call
    "combined_cost": ("call_cost", "combined_cost"),
    "in_voicemail": ("call_analysis", "in_voicemail"),
    "user_sentiment": ("call_analysis", "user_sentiment"),
    "call_successful": ("call_analysis", "call_successful"),
}
KEYED: Final = {  # filters that are lists and name their field by `key`
    "metadata": ("metadata",),
    "dynamic_variables": ("retell_llm_dynamic_variables",),
    "custom_analysis_data": ("call_analysis", "custom_analysis_data"),
}
OPERATIONS: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "eq": lambda found, wanted: bool(found == wanted),
    "ne": lambda found, wanted: bool(found != wanted),
    "gt": lambda found, wanted: bool(found > wanted),
    "ge": lambda found, wanted: bool(found >= wanted),
    "lt": lambda found, wanted: bool(found < wanted),
    "le": lambda found, wanted: bool(found <= wanted),
    "bt": lambda found, wanted: bool(wanted[0] <= found <= wanted[1]),
    "in": lambda found, wanted: found in wanted,
    "sw": lambda found, wanted: str(found).startswith(wanted),
    "ew": lambda found, wanted: str(found).endswith(wanted),
    "co": lambda found, wanted: wanted in str(found),
}


def fits(call: Mapping[str, Any], criteria: Mapping[str, Any] | None) -> bool:
    """Whether a call passes every filter."""
    return all(_passes(call, field, asked) for field, asked in (criteria or {}).items())


def _passes(call: Mapping[str, Any], field: str, asked: Any) -> bool:
    if field == "agent":
        return call["agent_id"] in {agent["agent_id"] for agent in asked}
    if field == "tool_calls":
        used = {entry.get("name") for entry in call.get("transcript_with_tool_calls", ())}
        return all(tool["name"] in used for tool in asked)
    if field in KEYED:
        return all(_holds(_at(call, (*KEYED[field], one["key"])), one) for one in asked)
    return _holds(_at(call, NESTED.get(field, (field,))), asked)


def _holds(found: Any, asked: Mapping[str, Any]) -> bool:
    return found is not None and OPERATIONS[asked["op"]](found, asked["value"])


def _at(call: Mapping[str, Any], path: tuple[str, ...]) -> Any:
    place: Any = call
    for name in path:
        place = place.get(name) if isinstance(place, Mapping) else None
    return place
