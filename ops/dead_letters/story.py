"""The whole story of one dead letter: how it died, what became of it, who did what about it."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import orjson

from ops.dead_letters.lines import moment
from ops.dead_letters.plain import for_json, harmless, in_a_line, pretty
from storage import dead_letter_history as history
from storage import operator_actions
from storage.dead_letter_history import Fate, Relative, Replayed
from storage.dead_letters import DeadLetter
from storage.operator_actions import Action, of_dead_letter
from storage.postgres import Crossing


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """What is known of a letter."""

    letter: DeadLetter
    fate: Fate
    deaths: Sequence[Relative]  # of the same message, besides this one
    edits: Sequence[Relative]
    replays: Sequence[Replayed]
    actions: Sequence[Action]


async def story_of(operator: Crossing, letter: DeadLetter) -> Story:
    """All of it."""
    letter_id = letter.dead_letter_id
    return Story(
        letter=letter,
        fate=await history.fate_of(operator, letter_id),
        deaths=await history.other_deaths(operator, letter),
        edits=await history.edits_of(operator, letter_id),
        replays=await history.replays_of(operator, letter_id),
        actions=await operator_actions.history(operator, [of_dead_letter(letter_id)]),
    )


def as_json(story: Story) -> dict[str, Any]:
    """The story as facts."""
    letter = asdict(story.letter)
    del letter["body"]
    told = asdict(story)
    del told["letter"], told["fate"]
    return {**letter, **asdict(story.fate), **told, **for_json(story.letter.body)}


def as_lines(story: Story) -> Iterator[str]:
    """The story for a person."""
    letter, fate = story.letter, story.fate
    since = f" since {moment(fate.since)}" if fate.since else ""
    yield f"dead letter {letter.dead_letter_id}: {fate.status.replace('_', ' ')}{since}"
    yield from _facts(letter, fate)
    yield from _block("error", f"{letter.error_class}: {letter.error}")
    yield from _block("stack", letter.stack)
    yield from _block("headers", orjson.dumps(letter.headers, option=orjson.OPT_INDENT_2).decode())
    size = f"{len(letter.body)} bytes, {in_a_line(letter.content_type)}"
    yield from _block(f"body ({size})", pretty(letter.body))
    if letter.difference:
        yield from _block(f"edited from {letter.origin_id}", letter.difference)
    for edit in story.edits:
        yield from _block(f"edit {edit.dead_letter_id}", edit.difference or "")
    yield from _history(story)


def _facts(letter: DeadLetter, fate: Fate) -> Iterator[str]:
    said = {
        "handler": letter.queue,
        "kind": letter.kind,
        "tenant": letter.tenant_id,
        "provider": letter.provider,
        "message": str(letter.message_id) if letter.message_id else None,
        "attempts": f"{letter.attempts}",
        "died": f"{moment(letter.died_at)} UTC, archived {moment(fate.archived_at)}",
        "group": letter.fingerprint,
    }
    for name, value in said.items():
        yield f"  {name:<9}{in_a_line(value)}"


def _block(title: str, text: str) -> Iterator[str]:
    yield ""
    yield title
    yield from (f"  {line}" for line in harmless(text).splitlines())


def _history(story: Story) -> Iterator[str]:
    happened = [
        *((each.died_at, f"the same message died: {each.dead_letter_id}") for each in story.deaths),
        *((each.made_at, _of_replay(each)) for each in story.replays),
        *((each.acted_at, _of_action(each)) for each in story.actions),
    ]
    if happened:
        said = (f"{moment(at)}  {in_a_line(what)}" for at, what in sorted(happened))
        yield from _block("history", "\n".join(said))


def _of_action(each: Action) -> str:
    return f"{each.action} by {each.acted_by}: {each.reason}"


def _of_replay(each: Replayed) -> str:
    sent = f"sent {moment(each.sent_at)}" if each.sent_at else "not sent"
    return f"replay {each.name} by {each.asked_by}: {sent}"
