"""Which services the appointment is for: the agent's last word, unless the caller wanted more."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Final

from workers.transcripts.agreement import Place
from workers.transcripts.conversation import Business, Role
from workers.transcripts.hearing import HeardTurn
from workers.transcripts.languages.language import Cue
from workers.transcripts.services import (
    has_combination,
    in_order,
    is_left_of_another,
    is_part_of_another,
)

_SOON: Final = 6  # turns within which an answer belongs to its question


@dataclass(frozen=True, slots=True)
class Choice:
    """The codes in the order of the appointment, and what makes them uncertain."""

    codes: tuple[str, ...] = ()
    objections: tuple[str, ...] = ()
    places: tuple[Place, ...] = ()


def chosen(turns: Sequence[HeardTurn], business: Business) -> Choice:
    """The services that were agreed, as far as the words tell."""
    source = _source(turns)
    if source is None:
        return Choice(objections=("service_unknown",))
    codes = _named(source, asked=source.role is Role.AGENT and not _named(source))
    if not codes:
        return Choice(objections=("service_ambiguous",))
    doubts = tuple(dict.fromkeys(_doubts(turns, source, codes, business)))
    places = tuple(
        Place(source.index, *source.span(heard.place.first, heard.place.after))
        for heard in source.services
    )
    return Choice(codes, doubts, places)


def _source(turns: Sequence[HeardTurn]) -> HeardTurn | None:
    """The turn whose words count: a statement of the agent, a question agreed to, the wish."""
    agent = [turn for turn in reversed(turns) if turn.role is Role.AGENT and turn.services]
    stated = (t for t in agent if any(s.place.stands and not s.place.asked for s in t.services))
    agreed = (turn for turn in agent if not _declined(turn, turns))
    wished = (turn for turn in reversed(turns) if turn.role is Role.USER and _named(turn))
    return next(chain(stated, agreed, wished), None)


def _named(turn: HeardTurn, *, asked: bool = False) -> tuple[str, ...]:
    """The codes a turn names; the agent's questions count only where they are asked for."""
    questions = asked or turn.role is not Role.AGENT
    return in_order(
        heard.mention
        for heard in turn.services
        if heard.place.stands and (questions or not heard.place.asked)
    )


def _declined(turn: HeardTurn, turns: Sequence[HeardTurn]) -> bool:
    following = turns[turn.index + 1 : turn.index + _SOON]
    reply = next((later for later in following if later.role is Role.USER), None)
    if reply is None:
        return True
    refused = any(cue.cue is Cue.REFUSE and cue.opening for cue in reply.cues)
    return refused or Cue.ONLY in reply.found


def _doubts(
    turns: Sequence[HeardTurn], source: HeardTurn, codes: tuple[str, ...], business: Business
) -> Iterable[str]:
    if has_combination(codes, business):
        yield "service_combination"
    combined = {code for code in codes if len(codes) == 1}
    for turn in turns:
        named = {
            code for heard in turn.services if heard.place.stands for code in heard.mention.codes
        }
        others = named - set(codes)
        if not others or turn is source:
            continue
        if turn.role is Role.USER and _wants(turn, source, _named(turn), combined, business):
            yield "services_differ"
        if turn.role is Role.AGENT and named & set(codes) and not _declined(turn, turns):
            yield "services_differ"
        if turn.role is Role.AGENT and Cue.ADD_ON in turn.found and not _declined(turn, turns):
            yield "services_differ"
    if _may_be_rubble(turns, source, codes, business):
        yield "service_ambiguous"
    if source.role is Role.USER and any(
        set(_named(turn)) - set(codes) for turn in turns if turn.role is Role.USER
    ):
        yield "services_differ"


def _may_be_rubble(
    turns: Sequence[HeardTurn], source: HeardTurn, codes: tuple[str, ...], business: Business
) -> bool:
    """A word from another service's name counts only where agent and caller mean the same."""
    short = any(
        is_part_of_another(heard.mention, source.words, business) for heard in source.services
    )
    if any(is_left_of_another(heard.mention, source.words, business) for heard in source.services):
        return True
    wished = {code for turn in turns if turn.role is Role.USER for code in _named(turn)}
    return short and (source.role is Role.USER or not set(codes) <= wished)


def _wants(
    turn: HeardTurn,
    source: HeardTurn,
    wished: tuple[str, ...],
    combined: set[str],
    business: Business,
) -> bool:
    """Whether the caller asks here for something the agent's last word leaves out."""
    if turn.index > source.index or Cue.ADD_ON in turn.found:
        return not any(cue.cue is Cue.REFUSE and cue.opening for cue in turn.cues)
    several = len(wished) > 1
    covered = combined and has_combination(wished, business)
    return several and not covered
