"""An edit: a dead letter of its own, made from another one that stays as it is."""

import difflib
import json
from dataclasses import replace
from datetime import datetime
from typing import Any

from messages import topology
from messages.message import id_of
from ops.dead_letters.plain import pretty
from ops.dead_letters.readable import check, parsed
from ops.refused import Refused
from storage.dead_letters import DeadLetter


def edited(letter: DeadLetter, body: bytes, now: datetime) -> DeadLetter:
    """The letter with another body; raises Refused for one that its handler could not read.

    It is another message: its id derives from the origin and what is new, so that the same edit
    is the same message. One of our own carries that id in its body, too.
    """
    work = topology.BY_NAME.get(letter.queue)
    if work is None:
        raise Refused(f"{letter.queue} is no queue of ours: nobody would hear the edit")
    said = parsed(body)
    check(work, said)
    if _canonical(said) == _canonical_or_none(letter.body):
        raise Refused("the body says what it said before")
    message_id = id_of("dead_letters.edit", letter.dead_letter_id, _canonical(said))
    if work.exchange == topology.MESSAGES:
        body = _with_id(said, str(message_id))
    return replace(
        letter,
        dead_letter_id=id_of("dead_letters", letter.queue, message_id),
        message_id=message_id,
        tenant_id=_tenant_of(said, letter),
        died_at=now,
        headers={**letter.headers, "origin": str(letter.dead_letter_id)},
        body=body,
        origin_id=letter.dead_letter_id,
        difference=_difference(letter.body, body),
    )


def _with_id(said: dict[str, Any], message_id: str) -> bytes:
    return json.dumps({**said, "message_id": message_id}, ensure_ascii=False).encode()


def _tenant_of(said: dict[str, Any], letter: DeadLetter) -> str | None:
    """Our own messages name their tenant, and an edit may name another one."""
    if letter.provider:
        return letter.tenant_id
    return said.get("tenant_id")


def _canonical(said: Any) -> str:
    return json.dumps(said, sort_keys=True)


def _canonical_or_none(body: bytes) -> str | None:
    try:
        return _canonical(parsed(body))
    except Refused:
        return None


def _difference(before: bytes, after: bytes) -> str:
    """A unified diff, of JSON set out in lines: one value is one line."""
    lines = difflib.unified_diff(
        pretty(before).splitlines(), pretty(after).splitlines(), "before", "after", lineterm=""
    )
    return "\n".join(lines).replace("\0", "\N{REPLACEMENT CHARACTER}")
