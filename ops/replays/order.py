"""What an operator says of a replay besides what it is to send: its name, the reason, the rate."""

import re
from dataclasses import dataclass
from typing import Annotated, Final, TypeAlias

import typer

from ops.refused import Refused

FASTEST: Final = 10_000
PER_SECOND: Final = 300  # leaves half of two cores to what is live

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """An order that can be carried out."""

    name: str
    reason: str
    by: str
    per_second: int


def order_of(*, name: str | None, reason: str | None, by: str, per_second: int) -> Order:
    """The order; refuses what is missing or wrong."""
    if not name or not _NAME.fullmatch(name):
        raise Refused(
            "give the replay a --name of letters, digits, dots, dashes and underscores, at most 64"
        )
    if not reason or not reason.strip():
        raise Refused("say why, with --reason: the line is kept for good")
    return Order(name=name, reason=reason.strip(), by=by, per_second=per_second)


def _rate(said: str | int) -> int:
    text = str(said)  # typer gives the default, too
    if not text.isdecimal() or not 0 < int(text) <= FASTEST:
        raise Refused(f"--per-second {text}: write a whole number from 1 to {FASTEST}")
    return int(text)


# The options of a command.
Name: TypeAlias = Annotated[str | None, typer.Option(help="What the replay is called from now on.")]
Why: TypeAlias = Annotated[
    str | None, typer.Option("--reason", metavar="WHY", help="Kept for good.")
]
PerSecond: TypeAlias = Annotated[
    int, typer.Option(parser=_rate, metavar="N", help="At most so many a second, on average.")
]
DryRun: TypeAlias = Annotated[
    bool, typer.Option("--dry-run", help="Show the plan, and change nothing.")
]
Yes: TypeAlias = Annotated[bool, typer.Option("--yes", help="Do not ask on a terminal.")]
Json: TypeAlias = Annotated[bool, typer.Option("--json", help="Show it as JSON.")]
