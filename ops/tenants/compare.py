"""What a tenants file would change: added, changed and removed, each with what it says."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any, Literal, TypeAlias

from storage.tenant_descriptions import Description

Facts: TypeAlias = dict[str, Any]
Kind: TypeAlias = Literal["added", "changed", "removed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One thing of one tenant. Of secrets only the name is told, here and everywhere."""

    tenant: str
    what: str  # tenant, branch, phone number, staff, service, secret
    code: str
    kind: Kind
    before: Facts | None = None
    after: Facts | None = None

    def __str__(self) -> str:
        """A line for the operator: `~ service haircut: minutes 30 -> 45`."""
        sign = {"added": "+", "changed": "~", "removed": "-"}[self.kind]
        return f"{sign} {self.what} {self.code}" + "".join(self._details())

    def _details(self) -> Iterator[str]:
        if self.before and self.after:
            before, after = self.before, self.after
            different = [fact for fact in after if before[fact] != after[fact]]
            yield ": " + ", ".join(
                f"{x} {_told(before[x])} -> {_told(after[x])}" for x in different
            )


def compare(before: Description | None, after: Description) -> list[Change]:
    """Every difference between a tenant as it stands and as it is described."""
    known = dict(_things(before)) if before else {}
    wanted = dict(_things(after))
    return [
        Change(
            tenant=after.profile.tenant_id,
            what=what,
            code=code,
            kind=_kind(known.get((what, code)), wanted.get((what, code))),
            before=known.get((what, code)),
            after=wanted.get((what, code)),
        )
        for what, code in dict.fromkeys([*wanted, *known])
        if known.get((what, code)) != wanted.get((what, code))
    ]


def _kind(before: Facts | None, after: Facts | None) -> Kind:
    if before is None:
        return "added"
    return "changed" if after is not None else "removed"


def _things(description: Description) -> Iterator[tuple[tuple[str, str], Facts]]:
    yield ("tenant", description.profile.tenant_id), _facts(description.profile, "tenant_id")
    for branch in description.branches:
        yield ("branch", branch.branch), _facts(branch, "branch")
    for number in description.phone_numbers:
        yield ("phone number", number.number), _facts(number, "number")
    for employee in description.staff:
        yield ("staff", employee.staff), _facts(employee, "staff")
    for service in description.services:
        offers = [f"{offer.staff} {offer.event_type_id}" for offer in service.offers]
        yield ("service", service.service), _facts(service, "service") | {"offers": offers}


def _facts(thing: Any, code: str) -> Facts:
    facts = asdict(thing)
    del facts[code]
    return facts


def _told(fact: object) -> str:
    return ", ".join(map(str, fact)) if isinstance(fact, list | tuple) else str(fact)
