"""Moments as operators write them: `2027-03-01T12:00`, or how long ago: `2h`, `3d`."""

import re
from datetime import UTC, datetime, timedelta
from typing import Annotated, Final, TypeAlias

import typer

from ops.refused import Refused

_AGO: Final = re.compile(r"(\d{1,6})([smhdw])")
_UNITS: Final = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


class NoMoment(Refused):
    """The text is none of these."""

    def __init__(self, text: str) -> None:
        super().__init__(
            f"{text!r} is no moment: write 2027-03-01T12:00 (in UTC), or how long ago: 2h, 3d"
        )


def moment(text: str, now: datetime) -> datetime:
    """The moment that is meant; raises NoMoment. Without a zone it is in UTC, as our logs are."""
    try:
        if ago := _AGO.fullmatch(text.strip()):
            return now - timedelta(**{_UNITS[ago[2]]: int(ago[1])})
        said = datetime.fromisoformat(text.strip())
        return (said if said.tzinfo else said.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise NoMoment(text) from error


def in_order(since: datetime | None, until: datetime | None) -> None:
    """Refuse a time range that has nothing in it."""
    if since and until and until <= since:
        raise Refused(
            f"--until {until:%Y-%m-%dT%H:%M:%SZ} is not after --since {since:%Y-%m-%dT%H:%M:%SZ}"
        )


def _said(text: str) -> datetime:
    return moment(text, datetime.now(UTC))


# The options of a command.
Since: TypeAlias = Annotated[
    datetime | None,
    typer.Option(parser=_said, metavar="WHEN", help="Not before: 2027-03-01T12:00 or 2h, 3d ago."),
]
Until: TypeAlias = Annotated[
    datetime | None, typer.Option(parser=_said, metavar="WHEN", help="Before this moment.")
]
