"""The filters of archived webhooks, as options of a command."""

from typing import Annotated, Final, TypeAlias

import typer

from ops.refused import Refused

OUTCOMES: Final = ("done", "ignored", "dead")


def _said(text: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise Refused("a filter is no UTF-8") from error
    if not text.strip():
        raise Refused("a filter says nothing: leave it out")
    return text


def _outcome(text: str) -> str:
    if text not in OUTCOMES:
        raise Refused(f"no such outcome: {text}; there are {', '.join(OUTCOMES)}")
    return text


Ids: TypeAlias = Annotated[
    list[str] | None, typer.Argument(help="Of single ones; the beginning of an id is enough.")
]
Provider: TypeAlias = Annotated[
    str | None, typer.Option(parser=_said, metavar="WORD", help="Of this provider: retell ...")
]
Tenant: TypeAlias = Annotated[
    str | None, typer.Option(parser=_said, metavar="WORD", help="Of this tenant.")
]
Event: TypeAlias = Annotated[
    str | None, typer.Option(parser=_said, metavar="WORD", help="Of this event: call_ended ...")
]
Outcome: TypeAlias = Annotated[
    str | None, typer.Option(parser=_outcome, metavar="|".join(OUTCOMES), help="With this end.")
]
Because: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--because",
        parser=_said,
        metavar="WORD",
        help="Ignored or dead for this: unknown_number ...",
    ),
]
Text: TypeAlias = Annotated[
    str | None, typer.Option(parser=_said, metavar="WORD", help="With this in the body.")
]
DoneToo: TypeAlias = Annotated[
    bool, typer.Option("--all", help="Also what is done, or was discarded or edited.")
]
