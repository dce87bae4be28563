"""The filters of dead letters, as options of a command."""

from typing import Annotated, TypeAlias

import typer

Ids: TypeAlias = Annotated[
    list[str] | None, typer.Argument(help="Of single ones; the beginning of an id is enough.")
]
Actor: TypeAlias = Annotated[str | None, typer.Option(help="Whose handler gave up: calls ...")]
Tenant: TypeAlias = Annotated[str | None, typer.Option(help="Of this tenant.")]
Provider: TypeAlias = Annotated[str | None, typer.Option(help="Webhooks of this provider.")]
Error: TypeAlias = Annotated[str | None, typer.Option(help="Of this class: KeyError ...")]
Fingerprint: TypeAlias = Annotated[str | None, typer.Option(help="Of this group.")]
Text: TypeAlias = Annotated[str | None, typer.Option(help="With this in the error or the body.")]
EndedToo: TypeAlias = Annotated[
    bool, typer.Option("--all", help="Also what has succeeded since, or was discarded or edited.")
]
