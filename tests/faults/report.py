"""The table of a campaign, for people and for documents."""

from collections.abc import Iterable

from tests.faults.campaign import Campaign, Row

HEAD = (
    "| fault | runs | events accepted | lost | doubled | double bookings | recovery p50 / max |",
    "|---|---|---|---|---|---|---|",
)


def table(campaign: Campaign) -> str:
    """One line for each kind of fault, and one for all."""
    rows = list(campaign.rows.values())
    whole = Row("all")
    for row in rows:
        whole.runs += row.runs
        whole.accepted += row.accepted
        whole.recoveries += row.recoveries
        whole.found.lost += row.found.lost
        whole.found.doubled += row.found.doubled
        whole.found.double_bookings += row.found.double_bookings
    return "\n".join((*HEAD, *map(_line, rows), _line(whole)))


def wrong(campaign: Campaign) -> Iterable[str]:
    """Everything that is wrong, with ids."""
    for row in campaign.rows.values():
        found = row.found
        for what, ids in (
            ("lost", found.lost),
            ("doubled", found.doubled),
            ("double booking", found.double_bookings),
            ("wrong", found.other),
        ):
            yield from (f"{row.name}: {what}: {each}" for each in ids)


def _line(row: Row) -> str:
    found = row.found
    counts = " | ".join(
        str(count)
        for count in (
            row.runs,
            row.accepted,
            len(found.lost),
            len(found.doubled),
            len(found.double_bookings),
        )
    )
    return f"| {row.name} | {counts} | {row.p50:.1f} s / {row.slowest:.1f} s |"
