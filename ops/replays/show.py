"""Replays as an operator sees them: a line each in a list, everything of a single one."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import orjson

from ops.dead_letters.plain import in_a_line
from ops.replays.progress import line_of
from ops.replays.running import Ended
from storage.operator_actions import Action
from storage.replay_items import Fates, Progress
from storage.replay_sources import WEBHOOKS
from storage.replays import Replay


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """All that is known of a replay; `runs` while a process has it in hand."""

    replay: Replay
    come: Progress
    fates: Fates
    actions: list[Action]
    runs: bool

    @property
    def under_way(self) -> int:
        """What was sent and has not come to an end."""
        fates = self.fates
        return self.come.sent - fates.succeeded - fates.died_again - fates.ended_by_hand


def text_of(shown: Mapping[str, Any] | list[dict[str, Any]]) -> str:
    """JSON for programs."""
    return orjson.dumps(shown, default=str, option=orjson.OPT_INDENT_2).decode() + "\n"


def state_of(replay: Replay) -> str:
    """In a word."""
    if replay.cancelled_at:
        return "cancelled"
    return "finished" if replay.finished_at else "open"


def line(replay: Replay) -> str:
    """One of a list."""
    made = f"{replay.made_at:%Y-%m-%d %H:%M:%SZ}"
    what = replay.source.replace("_", " ")
    return (
        f"{replay.name:<24}  {state_of(replay):<9}  {made}  {replay.items:>9,} {what:<12}"
        f"  {in_a_line(replay.asked_by)}: {in_a_line(replay.reason)}"
    )


def lines(found: Found) -> Iterator[str]:
    """Everything of one."""
    replay, come, fates = found.replay, found.come, found.fates
    yield line(replay)
    yield f"selection     {orjson.dumps(replay.selection).decode()}, {replay.per_second}/s at most"
    running = "" if not replay.is_open else ", running" if found.runs else ", not running"
    yield f"so far        {line_of(come)}, {come.left:,} left{running}"
    under_way = "under way" if replay.source != WEBHOOKS else "under way or ignored once more"
    yield (
        f"of the sent   {fates.succeeded:,} succeeded, {fates.died_again:,} died again,"
        f" {fates.ended_by_hand:,} were discarded or edited, {found.under_way:,} {under_way}"
    )
    for action in found.actions:
        at = f"{action.acted_at:%Y-%m-%d %H:%M:%SZ}"
        why = f"{in_a_line(action.acted_by)}: {in_a_line(action.reason)}"
        yield f"{at}  {action.action} by {why}"


def as_json(found: Found) -> dict[str, Any]:
    """The same for programs."""
    return {
        **facts(found.replay),
        "running": found.runs,
        **asdict(found.come),
        "left": found.come.left,
        **asdict(found.fates),
        "under_way": found.under_way,
        "actions": [asdict(action) for action in found.actions],
    }


def facts(replay: Replay) -> dict[str, Any]:
    """A replay and its state."""
    return {**asdict(replay), "state": state_of(replay)}


def summary(ended: Ended) -> str:
    """How it ended."""
    came = f"{line_of(ended.come)}, in {ended.seconds:,.0f} s"
    return f"{ended.replay.name} is {state_of(ended.replay)}: {came}"


def summary_as_json(ended: Ended) -> dict[str, Any]:
    """The same for programs."""
    come = {**asdict(ended.come), "left": ended.come.left}
    return {**facts(ended.replay), **come, "seconds": round(ended.seconds, 3)}
