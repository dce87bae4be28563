"""What the entries of a tenants file say of each other: ids are unique, and what is named is there.

Works on the file as it was read, so that one mistake does not hide another: what has not the
form of an entry is passed over here, `file.py` has said so.
"""

from collections.abc import Iterator
from typing import Any

from messages.phones import phone_or_none
from ops.tenants.problems import Path, Problem, written


class _Seen:
    """What must not stand twice."""

    def __init__(self) -> None:
        self._first: dict[object, Path] = {}

    def again(self, thing: object, path: Path) -> Iterator[Problem]:
        if not isinstance(thing, str | int):
            return
        first = self._first.setdefault(thing, path)
        if first != path:
            yield Problem(path, f"stands at {written(first)} already")


def reference_problems(file: object) -> Iterator[Problem]:
    """Everything that is there twice, or named and not there."""
    ids, numbers, event_types = _Seen(), _Seen(), _Seen()
    for path, tenant in _entries((), file, "tenants"):
        yield from ids.again(tenant.get("id"), (*path, "id"))
        yield from _within(path, tenant)
        for at, entry in _entries(path, tenant, "phone_numbers"):
            said = entry.get("number")
            number = phone_or_none(said) if isinstance(said, str) else None
            yield from numbers.again(number, (*at, "number"))
        for at, event_type in _offers(path, tenant):
            yield from event_types.again(_whole(event_type), at)


def _within(path: Path, tenant: dict[str, Any]) -> Iterator[Problem]:
    for kind in ("branches", "staff", "services"):
        seen = _Seen()
        for at, entry in _entries(path, tenant, kind):
            yield from seen.again(entry.get("id"), (*at, "id"))
    branches = _ids(path, tenant, "branches")
    for kind in ("phone_numbers", "staff"):
        for at, entry in _entries(path, tenant, kind):
            if isinstance(branch := entry.get("branch"), str) and branch not in branches:
                yield Problem((*at, "branch"), f"no branch {branch} in this tenant")
    staff = _ids(path, tenant, "staff")
    for at, _ in _offers(path, tenant):
        if at[-1] not in staff:
            yield Problem(at, f"no staff {at[-1]} in this tenant")


def _offers(path: Path, tenant: dict[str, Any]) -> Iterator[tuple[Path, object]]:
    for at, service in _entries(path, tenant, "services"):
        if isinstance(offers := service.get("staff"), dict):
            for staff, event_type in offers.items():
                yield (*at, "staff", staff), event_type


def _whole(said: object) -> int | None:
    """101 and 0101 are one event type."""
    try:
        return int(said) if isinstance(said, str) else None
    except ValueError:
        return None


def _ids(path: Path, tenant: dict[str, Any], kind: str) -> set[str]:
    ids = (entry.get("id") for _, entry in _entries(path, tenant, kind))
    return {each for each in ids if isinstance(each, str)}


def _entries(path: Path, parent: object, kind: str) -> Iterator[tuple[Path, dict[str, Any]]]:
    listed = parent.get(kind) if isinstance(parent, dict) else None
    for place, entry in enumerate(listed if isinstance(listed, list) else []):
        if isinstance(entry, dict):
            yield (*path, kind, place), entry
