"""What an operator does about dead letters: each act with its line of the audit."""

from collections.abc import Callable
from typing import Final

from ops.dead_letters.story import Story, story_of
from ops.refused import Refused
from ops.replays.ids import ids_of
from storage import dead_letters, operator_actions
from storage.dead_letter_discards import Batch, discard
from storage.dead_letter_history import beginning_with, letter_of
from storage.dead_letter_lists import count, have_room
from storage.dead_letter_selection import Selection
from storage.dead_letters import DeadLetter
from storage.operator_actions import of_dead_letter
from storage.postgres import Crossing, Duty, Pool, crossing

BATCH: Final = 1_000  # letters in one transaction


async def how_many(operator: Crossing, selection: Selection) -> int:
    """How many letters are meant; refuses everything at once, and nothing at all."""
    if not selection.is_scoped:
        raise Refused("say which dead letters are meant: ids, or at least one filter")
    await have_room(operator)
    meant = await count(operator, selection)
    if not meant:
        raise Refused("nothing to discard: no such dead letter is open")
    return meant


async def discarded(
    pool: Pool, selection: Selection, meant: int, *, by: str, reason: str,
    say: Callable[[int], None],
) -> int:  # fmt: skip
    """Discard so many, the oldest first: what dies meanwhile is not among them."""
    done, left = 0, meant
    last: Batch | None = None
    while left > 0:
        async with crossing(pool, Duty.OPERATOR) as operator:
            await have_room(operator)
            last = await discard(
                operator, selection, by=by, reason=reason, after=last, limit=min(left, BATCH)
            )
        if last is None:
            break
        done, left = done + last.discarded, left - BATCH
        say(done)
    return done


async def one(operator: Crossing, text: str) -> Story:
    """The story of the letter that is meant, by its id or the beginning of it."""
    (letter_id,) = await ids_of(operator, [text], beginning_with, what="dead letter")
    letter = await letter_of(operator, letter_id)
    if letter is None:
        raise Refused(f"no dead letter {letter_id}")
    return await story_of(operator, letter)


async def keep_edit(operator: Crossing, edit: DeadLetter, *, by: str, reason: str) -> None:
    """Keep an edit, and end its origin; refuses if somebody else ended that one meanwhile."""
    origin = edit.origin_id
    if origin is None:
        raise ValueError("an edit names its origin")
    if not await dead_letters.end(operator, origin, how="edited"):
        raise Refused(f"{origin} has ended meanwhile: nothing was changed")
    if not await dead_letters.archive(operator, edit):
        raise Refused(f"it was edited so before: {edit.dead_letter_id}")
    for subject, other in ((origin, edit.dead_letter_id), (edit.dead_letter_id, origin)):
        await operator_actions.note(
            operator,
            by=by,
            action="dead_letters.edit",
            reason=reason,
            subject=of_dead_letter(subject),
            tenant=edit.tenant_id,
            details={"origin" if other == origin else "edit": str(other)},
        )
