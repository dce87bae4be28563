"""What is happening: a live table on a terminal, else a line for each change."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Final, TypeAlias

from babel.numbers import format_currency, get_currency_precision
from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from messages.bookings import SlotBooked, SlotRefused
from ops.demo.day import Call
from ops.demo.observed import Observed

BESIDE: Final = 20  # lines of a terminal that are left to the addresses above and the totals
FEWEST: Final = 5  # rows, however low the terminal is
BOOKED: Final = SlotBooked.model_fields["kind"].default
REFUSED: Final = SlotRefused.model_fields["kind"].default

Update: TypeAlias = Callable[[Sequence[Call], Observed], None]


@contextmanager
def shown(console: Console) -> Iterator[Update]:
    """How to show a new state of the calls that were begun."""
    if not console.is_terminal:
        yield _Lines(console)
        return
    with Live(console=console, refresh_per_second=8) as live:

        def update(calls: Sequence[Call], found: Observed) -> None:
            live.update(_picture(calls, found, rows=console.height - BESIDE))

        yield update


def state_of(call: Call, found: Observed) -> str:
    """How far a call has come, in a few words; nothing before it rang."""
    known = found.calls.get(call.call_id)
    if known is None:
        return "quarantined: unknown number" if call.dialled in found.quarantined else ""
    if not known.ended:
        return "on the line"
    if known.answer == BOOKED and call.wish:
        return f"booked {call.wish.starts_at:%a %d %b %H:%M}, {call.wish.service.name}"
    if known.answer == REFUSED:
        return f"taken: {known.alternatives} alternatives offered"
    if call.call_id in found.reviews:
        return "a person is asked to look"
    return "analyzed" if known.analyzed else "ended"


def amount(minor: int, currency: str) -> str:
    """Minor units as people write them."""
    return format_currency(
        minor / 10 ** get_currency_precision(currency), currency, "#,##0.00 ¤¤", locale="en_US"
    )


class _Lines:
    """A line for each call whose state has changed."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._told: dict[str, str] = {}

    def __call__(self, calls: Sequence[Call], found: Observed) -> None:
        for call in calls:
            state = state_of(call, found)
            if state and self._told.get(call.call_id) != state:
                self._told[call.call_id] = state
                time = f"{datetime.now().astimezone():%H:%M:%S}"
                line = f"{time}  {_business(call):<16} {call.name:<16} {state}"
                self._console.print(line, markup=False, highlight=False, soft_wrap=True)


def _picture(calls: Sequence[Call], found: Observed, *, rows: int) -> Group:
    table = Table(expand=True)
    for title in ("business", "caller", "state", "cost"):
        table.add_column(title, no_wrap=True)
    begun = [(call, state) for call in calls if (state := state_of(call, found))]
    for call, state in begun[-max(rows, FEWEST) :]:
        known = found.calls.get(call.call_id)
        has_cost = known and known.cost_minor is not None and known.currency
        cost = amount(known.cost_minor or 0, known.currency or "") if known and has_cost else ""
        table.add_row(_business(call), call.name, state, cost)
    return Group(table, Text(_totals(begun, found)))


def _totals(begun: Sequence[object], found: Observed) -> str:
    return (
        f"{len(begun)} calls   {found.calendar.total()} in the calendars"
        f"   {found.told.total()} messages sent   {found.dead} dead letters"
        f"   {found.waiting} under way"
    )


def _business(call: Call) -> str:
    return call.tenant.id if call.tenant else call.dialled
