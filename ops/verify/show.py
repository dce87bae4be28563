"""What verification says: a line for each check, then what is wrong, row by row; or all as JSON."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

import orjson

from ops.verify.check import Result, State
from ops.verify.run import Report

_MARKS: Final = {
    State.HOLDS: "✓",
    State.NOTICE: "i",
    State.UNDER_WAY: "…",
    State.BROKEN: "✗",
}


def line(result: Result) -> str:
    """`✗ P5 appointments.overlap  2  0.12 s  no two live appointments ...`."""
    check = result.check
    head = f"{_MARKS[result.state]} {check.promise} {check.name:<27}"
    said = f"{head}{result.found.count:>9,} {result.seconds:>7.2f} s  {check.holds}"
    if result.state is State.UNDER_WAY:
        said += f" (not yet; {result.waiting:,} messages wait there or are tried again)"
    return said


def ending(report: Report) -> Iterator[str]:
    """What is wrong or worth knowing, what waits, and the outcome."""
    for result in report.results:
        if result.state in (State.BROKEN, State.NOTICE):
            yield from rows(result)
    yield f"waiting: {_waiting(report)}"
    held = sum(result.state is not State.BROKEN for result in report.results)
    ended = f"{held} of {len(report.results)} checks hold, in {report.seconds:.1f} s"
    if report.broken:
        promises = sorted({result.check.promise for result in report.broken})
        ended += f"; broken: {', '.join(promises)}"
    yield ended


def as_json(report: Report) -> str:
    """All of it; amounts are texts, because they are exact."""
    waits = {
        "queues": report.working,
        "retrying": report.retrying,
        "outbox": report.backlogs.outbox,
        "spool": report.backlogs.spool,
        "parked": report.backlogs.parked,
        "dead_letters": report.backlogs.dead_letters,
    }
    said = {
        "holds": not report.broken,
        "began_at": report.began,
        "seconds": round(report.seconds, 3),
        "waiting": waits,
        "checks": [_facts(result) for result in report.results],
    }
    return orjson.dumps(said, default=str, option=orjson.OPT_INDENT_2).decode() + "\n"


def _facts(result: Result) -> dict[str, Any]:
    return {
        "check": result.check.name,
        "promise": result.check.promise,
        "holds": result.check.holds,
        "state": result.state,
        "count": result.found.count,
        "may_be_under_way": result.waiting,
        "seconds": round(result.seconds, 3),
        "rows": result.found.rows,
    }


def rows(result: Result) -> Iterator[str]:
    """The first rows of what is wrong."""
    check, found = result.check, result.found
    kind = "worth knowing, for not always" if result.state is State.NOTICE else "broken"
    yield f"{check.promise} {check.name}, {kind}: {check.holds}"
    for row in found.rows:
        yield "    " + "  ".join(f"{name}={_plain(value)}" for name, value in row.items())
    if found.count > len(found.rows):
        yield f"    and {found.count - len(found.rows):,} more"


def _plain(value: Any) -> str:
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    return "-" if value is None else str(value)


def _waiting(report: Report) -> str:
    left = report.backlogs
    said = f"{left.outbox:,} in the outbox, {left.spool:,} in the spool, {left.parked:,} parked"
    if report.working is not None:
        said = f"{report.working:,} in queues, retrying {report.retrying:,}, {said}"
    return f"{said}; {left.dead_letters:,} dead letters are open"
