"""What is posted: signed Retell webhooks of 2 to 24 kB, each call with an id of its own.

A stock of bodies is made as Retell writes them; a call takes one of each kind and puts its own id
into it, because writing 24 kB anew takes a millisecond.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, Final
from urllib.parse import urlsplit
from uuid import uuid4

from ops.bench.conversations import ANY_ID, conversation
from ops.refused import Refused
from ops.simulators.retell import signature
from ops.simulators.retell_calls import Conversation, call_analyzed, call_ended, call_started
from ops.simulators.webhooks import stringified
from ops.tenants.file import TenantsFile

KEY: Final = "key_of_the_bench"
SAMPLE: Final = range(23_000, 25_001)  # bytes of 90 seconds of talk
TURNS: Final = range(2, 20)  # that are said in a call of the mix
LARGEST: Final = 24_500  # bytes of a body in the mix
DUPLICATES: Final = 0.1
REPEATED_WITHIN: Final = 30  # webhooks between one and its duplicate

# What is told of a call, and about how many webhooks of other calls come before.
_LATER: Final = {"call_started": 0, "call_ended": 40, "call_analyzed": 60}
_TELL: Final[dict[str, Callable[[Conversation], dict[str, Any]]]] = {
    "call_started": call_started,
    "call_ended": call_ended,
    "call_analyzed": call_analyzed,
}


@dataclass(frozen=True, slots=True)
class Event:
    """One webhook: what it tells of which call, and its body."""

    name: str
    call_id: str
    body: bytes


class Mix:
    """Bodies of short and long conversations with the tenants of a file, to make calls of."""

    def __init__(self, file: TenantsFile, *, seed: int) -> None:
        self._chance = Random(seed)  # noqa: S311 -- a repeatable mix, no secret
        now = datetime.now(UTC)
        talks = [
            conversation(tenant, number.number, turns=turns, now=now)
            for tenant in file.tenants
            for number in tenant.phone_numbers
            for turns in TURNS
        ]
        if not talks:
            raise Refused("no tenant of the file has a phone number: nobody can be called")
        stock = [{name: stringified(tell(talk)) for name, tell in _TELL.items()} for talk in talks]
        self._stock = [each for each in stock if len(each["call_analyzed"]) <= LARGEST]

    def events(self, count: int) -> list[Event]:
        """So many webhooks of whole calls that overlap, a tenth of them duplicates."""
        calls = round(count * (1 - DUPLICATES) / len(_LATER))
        placed = [each for call in range(calls) for each in self._call(call * len(_LATER))]
        for place, event in self._chance.choices(placed, k=count - len(placed)):
            placed.append((place + self._chance.random() * REPEATED_WITHIN, event))
        return [event for _, event in sorted(placed, key=lambda each: each[0])]

    def _call(self, begins: int) -> Iterator[tuple[float, Event]]:
        """The webhooks of one call, and where they stand among the others."""
        bodies, call_id = self._chance.choice(self._stock), new_call_id()
        for name, later in _LATER.items():
            place = begins + later * (0.5 + self._chance.random())
            yield place, Event(name, call_id, with_id(bodies[name], call_id))


def sample(file: TenantsFile) -> bytes:
    """A `call_analyzed` as large as 90 seconds of talk make it."""
    tenant, now = file.tenants[0], datetime.now(UTC)
    for turns in range(40):
        talk = conversation(tenant, tenant.phone_numbers[0].number, turns=turns, now=now)
        if len(body := stringified(call_analyzed(talk))) in SAMPLE:
            return body
    raise Refused(f"no conversation makes a webhook of {SAMPLE.start} bytes and a little more")


def new_call_id() -> str:
    """An id as long as Retell's."""
    return f"call_{uuid4().hex[:27]}"


def with_id(body: bytes, call_id: str, *, instead_of: str = ANY_ID) -> bytes:
    """The same webhook of another call."""
    return body.replace(instead_of.encode(), call_id.encode())


def signed_request(url: str, body: bytes) -> bytes:
    """A whole HTTP request, signed now."""
    place = urlsplit(url)
    at_ms = (datetime.now(UTC) - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)
    return (
        f"POST {place.path} HTTP/1.1\r\nHost: {place.netloc}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
        f"X-Retell-Signature: {signature(body, KEY, at_ms=at_ms)}\r\n\r\n"
    ).encode() + body
