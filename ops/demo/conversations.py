"""What is said in a call: the texts in `conversations/` with names and dates filled in.

A line of a text is `agent: ...`, `user: ...` or `tool: <the name of the tool>`.
"""

from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from ops.demo.day import Call, Does, Wish
from ops.demo.spoken import spoken_date, spoken_time
from ops.simulators.retell_talk import ToolCall, Turn
from ops.tenants.file import TenantEntry

_TEXTS: Final = Environment(
    loader=FileSystemLoader(__file__.removesuffix(".py")),
    undefined=StrictUndefined,
    autoescape=False,  # noqa: S701 -- what is said, not what a browser shows
    trim_blocks=True,
    lstrip_blocks=True,
)


def turns_of(call: Call) -> tuple[Turn, ...]:
    """The conversation; nothing if nobody picked up."""
    if call.does is Does.NOT_CONNECTED:
        return ()
    text = _TEXTS.get_template(f"{call.language}/{call.does}.txt").render(_facts(call))
    return tuple(_turn(line, call) for line in text.splitlines())


def staff_name(tenant: TenantEntry, staff: str | None) -> str:
    """What callers say: the first name, or Dr. and the family name."""
    name = next((each.name for each in tenant.staff if each.id == staff), "")
    title, _, rest = name.partition(" ")
    return f"{title} {rest.rpartition(' ')[2]}" if title.endswith(".") else title


def analysis_of(call: Call) -> dict[str, Any]:
    """What Retell's model makes of it. Of a withdrawn agreement it has missed the withdrawal."""
    agreed = call.does in (Does.BOOKS, Does.WITHDRAWS)
    facts: dict[str, Any] = {
        "booking_made": agreed,
        "intent": "new_booking" if agreed else "question",
        "customer_name": call.name,
        "customer_phone": call.phone,
        "needs_human_follow_up": False,
    }
    if call.email:
        facts["customer_email"] = call.email
    if call.wish and call.tenant:
        facts |= {
            "service": call.wish.service.name,
            "staff_preference": staff_name(call.tenant, call.wish.staff),
            "appointment_date": f"{call.wish.starts_at:%Y-%m-%d}",
            "appointment_time": f"{call.wish.starts_at:%H:%M}",
        }
    return facts


def _facts(call: Call) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "business": call.tenant.name if call.tenant else "Studio Nirgendwo",
        "name": call.name,
        "family_name": call.name.rpartition(" ")[2],
        "email": call.email,
    }
    if call.wish and call.tenant:
        facts |= {
            "service": call.wish.service.name,
            "staff": staff_name(call.tenant, call.wish.staff),
            "date": spoken_date(call.wish.starts_at.date(), call.language),
            "time": spoken_time(call.wish.starts_at, call.language),
        }
    return facts


def _turn(line: str, call: Call) -> Turn:
    who, _, said = line.partition(": ")
    if who == "tool" and call.wish and call.tenant:
        return _tool(said, call, call.wish, call.tenant)
    return who, said


def _tool(name: str, call: Call, wish: Wish, tenant: TenantEntry) -> ToolCall:
    start = wish.starts_at.isoformat()
    asked = {"service_code": wish.service.id, "staff": staff_name(tenant, wish.staff)}
    asked = {key: value for key, value in asked.items() if value}
    if name == "check_availability":
        return ToolCall(
            name,
            {**asked, "date": f"{wish.starts_at:%Y-%m-%d}"},
            {"slots": [start], "duration_min": wish.service.minutes},
        )
    guest = {"customer_name": call.name, "customer_phone": call.phone}
    if call.email:
        guest["customer_email"] = call.email
    return ToolCall(
        name,
        {**asked, "start": start, **guest},
        {"status": "accepted", "start": start, "end": wish.ends_at.isoformat()},
    )
