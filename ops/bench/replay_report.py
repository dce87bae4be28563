"""What the bench of replays saw, as a table for people and as JSON."""

from dataclasses import asdict
from typing import Any, Final

from rich.console import Group, RenderableType
from rich.table import Table

from ops.bench.machine import MACHINE
from ops.bench.replay import Measured, Plan
from ops.bench.replay_letters import TOLD

FAST: Final = 300  # letters a second, at least
WANTED: Final = 1.5  # times the quiet p99, at most


def as_json(plan: Plan, measured: Measured) -> dict[str, Any]:
    """Every figure."""
    return {
        "machine": MACHINE,
        "letters": plan.letters,
        "kind": plan.kind,
        "live_per_second": plan.live_per_second,
        **asdict(measured),
        "p99_ratio": _ratio(measured),
    }


def as_table(plan: Plan, measured: Measured) -> RenderableType:
    """The same for people."""
    table = Table(
        "of live webhooks",
        "quiet",
        "beside the replay",
        title=f"{plan.letters:,} dead letters replayed, {plan.live_per_second:g}/s live",
        caption=f"The letters: {TOLD[plan.kind]}. Everything runs as `ringbook up` runs it.",
        caption_justify="left",
    )
    for label, name, form in (
        ("webhooks", "events", ",d"),
        ("p50, ms from the request to the commit", "p50", ".1f"),
        ("p99, ms from the request to the commit", "p99", ".1f"),
        ("cores busy for others", "others", ".2f"),
    ):
        both = (getattr(each, name) for each in (measured.quiet, measured.beside))
        table.add_row(label, *(f"{value:{form}}" for value in both))
    held = ", ".join(f"{at}: {held:.0f} MB" for at, held in measured.megabytes.items())
    return Group(
        MACHINE,
        table,
        f"letters sent     {measured.sent_per_second:,.0f}/s {_judged(measured.sent_per_second)}",
        f"letters handled  {measured.handled_per_second:,.0f}/s"
        f" {_judged(measured.handled_per_second)}",
        f"memory of the replay at so much of the letters: {held}",
        "processor time for a letter: "
        + ", ".join(f"{name} {each:.1f} ms" for name, each in measured.cpu.items()),
        f"live p99 beside the replay is {_ratio(measured):.2f} times the quiet one"
        f" (aim: at most {WANTED}; {'reached' if _ratio(measured) <= WANTED else 'missed'})",
    )


def _ratio(measured: Measured) -> float:
    return measured.beside.p99 / measured.quiet.p99


def _judged(per_second: float) -> str:
    return f"(aim: over {FAST}; {'reached' if per_second > FAST else 'missed'})"
