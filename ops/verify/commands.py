"""`ringbook verify`: exit code 0 if the promises hold, 1 with the rows if not."""

import asyncio
import logging
import re
import sys
from contextlib import nullcontext
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Final

import typer

from ops.refused import Refused
from ops.settings import DatabaseSettings, RabbitUrl, read
from ops.verify import progress, show
from ops.verify.run import Report, Tell, Wanted, verified
from storage.verification.question import Promise, Scope

ROWS: Final = 20
GRACE: Final = "15m"  # a first retry comes after 5 s, the fourth after 10 min
BROKEN: Final = 1  # the exit code when a promise does not hold
_SPAN: Final = re.compile(r"(\d{1,6})([smhd])")
_UNITS: Final = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


class Settings(DatabaseSettings):
    """What is needed to look at the queues, too."""

    rabbitmq_url: RabbitUrl


def _promise(text: str) -> Promise:
    try:
        return Promise(text.strip().upper())
    except ValueError:
        can = ", ".join(Promise)
        raise Refused(f"--promise {text}: data can prove {can}; tests prove the others") from None


def _span(text: str) -> timedelta:
    if said := _SPAN.fullmatch(text.strip()):
        return timedelta(**{_UNITS[said[2]]: int(said[1])})
    raise Refused(f"--grace {text}: write 90s, 15m, 2h or 1d")


app = typer.Typer()


@app.command()
def verify(
    *,
    tenant: Annotated[str | None, typer.Option(help="Only what is this tenant's.")] = None,
    promise: Annotated[
        list[Promise] | None,
        typer.Option(parser=_promise, metavar="P2..P7", help="Only this one; may be repeated."),
    ] = None,
    accepted: Annotated[
        list[Path] | None,
        typer.Option(metavar="FILE", help="A log of the ingress, or -; may be repeated."),
    ] = None,
    rows: Annotated[
        int, typer.Option(min=1, max=10_000, help="At most so many wrong rows of each check.")
    ] = ROWS,
    grace: Annotated[
        str, typer.Option(metavar="SPAN", help="What is younger may be missing: 15m, 2h.")
    ] = GRACE,
    wait: Annotated[
        int, typer.Option(min=0, max=3600, help="Look again for so many seconds at what may come.")
    ] = 60,
    as_json: Annotated[bool, typer.Option("--json", help="Show it as JSON.")] = False,
) -> None:
    """Prove from the data and over the broker that nothing is lost, doubled or another tenant's."""
    wanted = Wanted(
        scope=Scope(tenant=tenant, rows=rows, grace=_span(grace)),
        promises=frozenset(promise or Promise),
        accepted=tuple(accepted or ()),
        wait=wait,
    )
    report = asyncio.run(_report(wanted, as_json=as_json))
    if as_json:
        sys.stdout.write(show.as_json(report))
    else:
        sys.stdout.writelines(f"{line}\n" for line in show.ending(report))
    raise typer.Exit(BROKEN if report.broken else 0)


async def _report(wanted: Wanted, *, as_json: bool) -> Report:
    logging.getLogger("aiormq").setLevel(logging.CRITICAL)  # a line of ours says what is wrong
    settings, rabbitmq_url = _settings(wanted)
    shown = nullcontext(_silent) if as_json else progress.shown(len(wanted.checks()))
    with shown as tell:
        return await verified(settings, wanted, rabbitmq_url=rabbitmq_url, tell=tell)


def _settings(wanted: Wanted) -> tuple[DatabaseSettings, str | None]:
    """RabbitMQ is needed for what may be on its way alone."""
    if not wanted.needs_queues:
        return read(DatabaseSettings), None
    settings = read(Settings)
    return settings, settings.rabbitmq_url


_silent: Tell = lambda _: None  # noqa: E731 -- what is told to nobody
