"""The plan of a replay: how much would be sent, of whom, and what would happen again or not."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final

from messages import topology
from ops.dead_letters.plain import in_a_line
from ops.replays import effects
from ops.replays.departures import hearers
from storage import replay_plans
from storage.dead_letter_lists import have_room
from storage.dead_letter_selection import Selection
from storage.postgres import Duty, Pool, crossing
from storage.replay_plans import Sample, Share
from storage.replay_sources import AnySelection

LETTERS: Final = "dead letters"
SAMPLES: Final = 5
TENANTS: Final = 10  # that are named; the others are counted


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a selection comes to. `asked` counts, by handler and kind, what looks before it asks."""

    what: str  # dead letters, or webhooks
    shares: Sequence[Share]
    samples: Sequence[Sample]
    asked: dict[tuple[str, str], int]

    @property
    def items(self) -> int:
        """How many there are."""
        return sum(share.count for share in self.shares)

    @property
    def oldest(self) -> datetime:
        """When the oldest of them died or came."""
        return min(share.oldest for share in self.shares)

    @property
    def newest(self) -> datetime:
        """When the newest did."""
        return max(share.newest for share in self.shares)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """All of one kind that go to one place, and what happens there."""

    part: str
    kind: str
    count: int
    known: int  # as done: nothing happens
    asked: int  # a provider was asked: it is looked up before it is asked again
    would_act: int
    effects: Sequence[str]


async def plan_of(pool: Pool, selection: AnySelection) -> Plan:
    """Count what is selected now. Changes nothing."""
    async with crossing(pool, Duty.OPERATOR) as operator:
        await have_room(operator)
        return Plan(
            what=LETTERS if isinstance(selection, Selection) else "webhooks",
            shares=await replay_plans.shares(operator, selection),
            samples=await replay_plans.samples(operator, selection, limit=SAMPLES),
            asked=await replay_plans.asked_before(operator, selection)
            if isinstance(selection, Selection)
            else {},
        )


def tenants(plan: Plan) -> dict[str | None, int]:
    """How many each tenant has, the most first."""
    counts: dict[str | None, int] = defaultdict(int)
    for share in plan.shares:
        counts[share.tenant_id] += share.count
    return dict(sorted(counts.items(), key=lambda each: -each[1]))


def kinds(plan: Plan) -> list[Kind]:
    """How many there are of each kind, the most first."""
    counts: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
    for share in plan.shares:
        counts[share.part, share.kind][0] += share.count
        counts[share.part, share.kind][1] += share.done
    return [
        _kind(plan, part, kind, count=count, known=known)
        for (part, kind), (count, known) in sorted(counts.items(), key=lambda each: -each[1][0])
    ]


def as_json(plan: Plan) -> dict[str, Any]:
    """Everything, for programs."""
    return {
        "items": plan.items,
        "oldest": plan.oldest,
        "newest": plan.newest,
        "tenants": [{"tenant": name, "count": count} for name, count in tenants(plan).items()],
        "kinds": [asdict(kind) for kind in kinds(plan)],
        "sent_before": sum(share.sent for share in plan.shares),
        "samples": [asdict(sample) for sample in plan.samples],
    }


def as_lines(plan: Plan) -> Iterator[str]:
    """Everything, for people."""
    yield f"{plan.items:,} {plan.what}, from {_time(plan.oldest)} to {_time(plan.newest)}"
    yield "by tenant"
    of_tenants = list(tenants(plan).items())
    for name, count in of_tenants[:TENANTS]:
        yield f"  {count:>9,}  {in_a_line(name or '(no tenant)')}"
    if rest := of_tenants[TENANTS:]:
        yield f"  {sum(count for _, count in rest):>9,}  of {len(rest)} other tenants"
    yield "by kind, and what would happen"
    for kind in kinds(plan):
        yield f"  {kind.count:>9,}  {in_a_line(kind.part)}: {in_a_line(kind.kind)}"
        yield f"             {_counted(kind)}"
        for sentence in kind.effects:
            yield f"             {sentence}"
    if sent := sum(share.sent for share in plan.shares):
        yield f"{sent:,} were sent by an earlier replay and are not known to have ended"
    yield "samples"
    for sample in plan.samples:
        said = (sample.tenant_id, f"{sample.part}: {sample.kind}", sample.why)
        yield "  ".join((f"  {sample.item_id}", _time(sample.at), *map(in_a_line, said)))


def _kind(plan: Plan, part: str, kind: str, *, count: int, known: int) -> Kind:
    hears = part in topology.BY_NAME if plan.what == LETTERS else bool(hearers(part, kind))
    asked = min(plan.asked.get((part, kind), 0), count - known)
    return Kind(
        part=part,
        kind=kind,
        count=count,
        known=known,
        asked=asked,
        would_act=count - known - asked if hears else 0,
        effects=_effects(plan.what, part, kind),
    )


def _counted(kind: Kind) -> str:
    asked = f"{kind.asked:,} look at the provider first, " if kind.asked else ""
    return f"{kind.known:,} are known as done: nothing happens; {asked}{kind.would_act:,} would act"


def _effects(what: str, part: str, kind: str) -> list[str]:
    if what == LETTERS:
        return [effects.OF_HANDLERS.get(part, effects.NO_QUEUE)]
    heard = [f"{work.name}: {effects.OF_HANDLERS[work.name]}" for work in hearers(part, kind)]
    return heard or [effects.UNHEARD]


def _time(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%SZ}"
