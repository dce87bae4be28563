"""What an operator means with `--tenant`, `--provider` and `--actor`."""

from collections.abc import Iterable
from typing import Annotated, TypeAlias

import typer

from messages import topology
from ops.refused import Refused
from storage.pauses import Scope

Tenant: TypeAlias = Annotated[str | None, typer.Option(help="What belongs to this tenant.")]
Provider: TypeAlias = Annotated[
    str | None, typer.Option(help="What this provider sends, or is asked for.")
]
Actor: TypeAlias = Annotated[str | None, typer.Option(help="What this actor works on.")]


def scope_of(*, tenant: str | None, provider: str | None, actor: str | None) -> Scope:
    """The scope; raises Refused for one that is empty, or that nothing can ever be in."""
    if not (tenant or provider or actor):
        raise Refused("name what is meant: --tenant, --provider, --actor, or several of them")
    if provider:
        _one_of("provider", provider, (work.provider for work in topology.ALL))
    if actor:
        _one_of("actor", actor, (work.actor for work in topology.ALL))
    if (
        provider
        and actor
        and (provider, actor) not in {(w.provider, w.actor) for w in topology.ALL}
    ):
        raise Refused(f"the actor {actor} has nothing to do with {provider}")
    return Scope(tenant_id=tenant or None, provider=provider or None, actor=actor or None)


def _one_of(what: str, name: str, names: Iterable[str | None]) -> None:
    there = sorted({each for each in names if each})
    if name not in there:
        raise Refused(f"no {what} {name!r}: there are {', '.join(there)}")
