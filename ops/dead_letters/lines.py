"""Lists and groups as they are shown: a table on a terminal, else a line each, or JSON."""

import sys
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any, Final

import orjson
from rich.console import Console
from rich.table import Table
from rich.text import Text

from ops.dead_letters.plain import in_a_line
from storage.dead_letter_lists import Group, Listed

LETTERS: Final = ("id", "died (UTC)", "handler", "error", "tenant", "tries", "group", "status")
GROUPS: Final = ("group", "letters", "handler", "error", "first (UTC)", "last", "tenants", "sample")
IDS: Final = ("id", "sample")

Row = tuple[str, ...]


def say_letters(found: Sequence[Listed]) -> None:
    """Dead letters, a line each."""
    _say(LETTERS, [_of_letter(each) for each in found])


def say_groups(found: Sequence[Group]) -> None:
    """Groups, a line each."""
    _say(GROUPS, [_of_group(each) for each in found])


def say_json(shown: Any) -> None:
    """Facts as JSON."""
    text = orjson.dumps(shown, default=str, option=orjson.OPT_INDENT_2)
    sys.stdout.write(text.decode() + "\n")


def facts(found: Sequence[Listed] | Sequence[Group]) -> list[dict[str, Any]]:
    """What is told of each in JSON."""
    return [asdict(each) for each in found]


def moment(at: datetime) -> str:
    """To the second, in UTC."""
    return f"{at:%Y-%m-%d %H:%M:%S}"


def _say(head: Row, rows: list[Row]) -> None:
    if not rows:
        sys.stdout.write("no dead letters\n")
    elif sys.stdout.isatty():
        Console().print(_table(head, rows))
    else:
        sys.stdout.writelines("\t".join(row) + "\n" for row in rows)


def _table(head: Row, rows: list[Row]) -> Table:
    """On a terminal an id is cut to what is enough to type, and nothing that is typed is broken."""
    table = Table()
    for title in head:
        table.add_column(title, no_wrap=title in (*IDS, "group"))
    for row in rows:
        table.add_row(
            *(
                Text(said[:8] if title in IDS else said)
                for title, said in zip(head, row, strict=True)
            )
        )
    return table


def _of_letter(each: Listed) -> Row:
    return (
        str(each.dead_letter_id),
        moment(each.died_at),
        in_a_line(each.queue),
        in_a_line(each.error_class),
        in_a_line(each.tenant_id),
        f"{each.attempts}",
        in_a_line(each.fingerprint),
        each.status,
    )


def _of_group(each: Group) -> Row:
    more = each.tenants - len(each.most_of)
    tenants = ", ".join([*map(in_a_line, each.most_of), *([f"{more} more"] if more > 0 else [])])
    return (
        in_a_line(each.fingerprint),
        f"{each.letters}",
        in_a_line(each.queue),
        in_a_line(each.error_class),
        moment(each.first_died_at),
        moment(each.last_died_at),
        tenants or "-",
        str(each.sample_id),
    )
