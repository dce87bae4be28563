"""What was said in a call, as Retell writes it: lines, words with times, tool calls."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final, TypeAlias

FIRST_WORD: Final = 0.42  # all times are seconds of audio
A_LETTER: Final = 0.074
SHORTEST_WORD: Final = 2  # letters
BETWEEN_WORDS: Final = 0.045
BEFORE_USER: Final = 0.595
BEFORE_AGENT: Final = 0.965
A_TOOL: Final = 1.9
E2E_MS: Final = (812, 964, 1103, 874, 905, 1021, 1317, 884)
PARTS: Final = {"asr": 0.12, "llm": 0.5, "tts": 0.2}  # of the whole answer time
FIRST_PROMPT: Final = 1874  # tokens; it grows with every turn


@dataclass(frozen=True)
class ToolCall:
    """The agent used a tool in the middle of the conversation."""

    name: str
    arguments: Mapping[str, Any]
    result: Any
    successful: bool = True
    kind: str = "custom"


Turn: TypeAlias = tuple[str, str] | ToolCall


def lines(turns: Sequence[Turn]) -> str:
    """The conversation as text, one line a turn."""
    return "".join(
        f"{turn[0].capitalize()}: {turn[1]}\n" for turn in turns if not isinstance(turn, ToolCall)
    )


def spoken(turns: Sequence[Turn]) -> list[dict[str, Any]]:
    """What was said, with the time of every word."""
    return [entry for entry in with_tool_calls(turns) if "words" in entry]


def with_tool_calls(turns: Sequence[Turn]) -> list[dict[str, Any]]:
    """What was said, and between it the tools that were used."""
    return list(_entries(turns))


def latency(turns: Sequence[Turn]) -> dict[str, Any]:
    """How long the agent took to answer, in milliseconds."""
    answers = sum(1 for turn in turns if not isinstance(turn, ToolCall) and turn[0] == "agent")
    whole = [E2E_MS[number % len(E2E_MS)] for number in range(answers)]
    if not whole:
        return {}
    parts = {name: [round(ms * share) for ms in whole] for name, share in PARTS.items()}
    return {name: _spread(values) for name, values in {"e2e": whole, **parts}.items()}


def token_usage(turns: Sequence[Turn]) -> dict[str, Any]:
    """How long the prompts were."""
    values = []
    tokens = FIRST_PROMPT
    for turn in turns:
        if not isinstance(turn, ToolCall):
            tokens += len(turn[1]) // 3
            if turn[0] == "agent":
                values.append(tokens)
    average = sum(values) / len(values) if values else 0
    return {"values": values, "average": average, "num_requests": len(values)}


def _entries(turns: Sequence[Turn]) -> Iterator[dict[str, Any]]:
    at, responses, before = FIRST_WORD, 0, ""
    for number, turn in enumerate(turns):
        if isinstance(turn, ToolCall):
            yield from _tool(turn, number)
            at += A_TOOL
            continue
        role, text = turn
        if before:
            at += BEFORE_USER if role == "user" else BEFORE_AGENT
        words = list(_words(text, at))
        at, before = (words[-1]["end"] if words else at), role
        entry: dict[str, Any] = {"role": role, "content": text, "words": words}
        if role == "agent":
            responses += 1
            entry["metadata"] = {"response_id": responses}
        yield entry


def _words(text: str, at: float) -> Iterator[dict[str, Any]]:
    for word in text.split():
        end = at + max(len(word), SHORTEST_WORD) * A_LETTER
        yield {"word": word, "start": round(at, 3), "end": round(end, 3)}
        at = end + BETWEEN_WORDS


def _tool(used: ToolCall, number: int) -> Iterator[dict[str, Any]]:
    arguments = json.dumps(used.arguments, ensure_ascii=False)
    seed = f"{number}{used.name}{arguments}"
    call_id = f"tool_call_{sha256(seed.encode()).hexdigest()[:6]}"
    yield {
        "role": "tool_call_invocation",
        "tool_call_id": call_id,
        "name": used.name,
        "arguments": arguments,
        "type": used.kind,
    }
    answer = used.result
    yield {
        "role": "tool_call_result",
        "tool_call_id": call_id,
        "successful": used.successful,
        "content": answer if isinstance(answer, str) else json.dumps(answer, ensure_ascii=False),
    }


def _spread(values: list[int]) -> dict[str, Any]:
    ordered = sorted(values)
    shares = {"p50": 0.5, "p90": 0.9, "p95": 0.95, "p99": 0.99}
    at = {name: ordered[int(share * (len(ordered) - 1))] for name, share in shares.items()}
    return {**at, "max": ordered[-1], "min": ordered[0], "num": len(values), "values": values}
