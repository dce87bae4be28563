"""Whether a body can be read by the handler that hears it."""

import json
import math
from collections.abc import Mapping
from typing import Any, Final, NoReturn

from pydantic import ValidationError

from messages import bookings, calls, costs, notifications, topology, transcripts
from messages.message import Message
from messages.topology import Work
from ops.refused import Refused

_MESSAGES: Final = (
    bookings.BookSlot, bookings.SlotBooked, bookings.SlotCancelled, bookings.SlotRefused,
    calls.CallAnalyzed, calls.CallEnded, calls.CallQuarantined, calls.CallStarted,
    costs.CostRecorded,
    notifications.NotificationRefused, notifications.NotificationSent,
    notifications.SendEmail, notifications.SendSms,
    transcripts.BookingAgreed, transcripts.NothingAgreed, transcripts.ReviewNeeded,
)  # fmt: skip
MODELS: Final[Mapping[str, type[Message]]] = {
    model.model_fields["kind"].default: model for model in _MESSAGES
}


def parsed(body: bytes) -> Any:
    """What JSON says; raises Refused. NaN is none, whatever Python's own reader says."""
    try:
        return json.loads(body.decode(), parse_constant=_no_json, parse_float=_finite)
    except UnicodeDecodeError as error:
        raise Refused("the body is not UTF-8") from error
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise Refused(f"the body is no JSON: {error.msg}, {where}") from error
    except RecursionError as error:
        raise Refused("the body is nested too deeply") from error


def check(work: Work, said: Any) -> None:
    """Refuse what the handler could not read.

    Our own messages must be whole. Of a webhook only the provider knows what must be in it.
    """
    if not isinstance(said, dict):
        raise Refused("the body must be a JSON object")
    if work.exchange == topology.WEBHOOKS:
        return
    if said.get("kind") not in work.hears:
        raise Refused(f"{work.name} hears {', '.join(work.hears)}, not kind {said.get('kind')!r}")
    try:
        MODELS[said["kind"]].model_validate_json(json.dumps(said))
    except ValidationError as error:
        raise Refused(*_problems(error)) from error


def _problems(error: ValidationError) -> list[str]:
    """What is wrong and where, without the values: they may be about a person."""
    return [
        f"{'.'.join(map(str, each['loc'])) or 'the body'}: {each['msg']}"
        for each in error.errors(include_input=False, include_url=False)
    ]


def _finite(word: str) -> float:
    number = float(word)
    return number if math.isfinite(number) else _no_json(word)


def _no_json(word: str) -> NoReturn:
    raise Refused(f"the body is no JSON: {word}")
