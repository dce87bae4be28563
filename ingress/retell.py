"""Retell's requests: events of calls and chats, and the question that a ringing call asks."""

from typing import Any, Final, TypeAlias

import orjson

from ingress import signatures
from ingress.provider import Named, Provider, digest_of, is_name
from messages.phones import phone_or_none

CALL_INBOUND: Final = "call_inbound"  # asked while the phone rings, and answered in place

_QUESTIONS: Final = frozenset({CALL_INBOUND, "chat_inbound"})
_TRANSFERS: Final = frozenset(
    {"transfer_started", "transfer_bridged", "transfer_cancelled", "transfer_ended"}
)
_CALLS: Final = frozenset({"call_started", "call_ended", "call_analyzed", "transcript_updated"})
_CHATS: Final = frozenset({"chat_started", "chat_ended", "chat_analyzed"})
_FROM_THE_TEST_BUTTON: Final = frozenset({"test_call", "test_agent"})  # the same id every time

_Identity: TypeAlias = tuple[str, ...]


def named(said: dict[str, Any], body: bytes) -> Named | None:
    """Retell gives its requests no id: each is told from others by what it is about."""
    event = said.get("event")
    if not is_name(event):
        return None
    identity = _of_question(event, said) if event in _QUESTIONS else _of_event(event, said, body)
    return Named(event, (event, *identity)) if identity else None


def dialled_number(body: bytes) -> str | None:
    """The number that a `call_inbound` asks about, as we keep numbers."""
    number = orjson.loads(body)[CALL_INBOUND].get("to_number")
    return phone_or_none(number) if isinstance(number, str) else None


def _of_event(event: str, said: dict[str, Any], body: bytes) -> _Identity | None:
    """An event happens once for a call or chat; but turns of a talk, transfers and tests repeat."""
    subject = said.get("call") or said.get("chat")
    subject_id = _id_in(subject)
    if subject_id is None or not isinstance(subject, dict):
        return None
    if event in _TRANSFERS:
        # A call may be transferred a second time, to somebody else.
        to = orjson.dumps(said.get("transfer_destination"), option=orjson.OPT_SORT_KEYS)
        return subject_id, str(subject.get("start_timestamp")), to.decode()
    if event == "transcript_updated" or subject_id in _FROM_THE_TEST_BUTTON:
        return subject_id, digest_of(body)
    return (subject_id,)


def _of_question(event: str, said: dict[str, Any]) -> _Identity | None:
    """Retell's documents disagree whether there is an id yet; else who asks whom and when is it."""
    asked, at = said.get(event), said.get("event_timestamp")
    if not isinstance(asked, dict):
        return None
    if (asked_id := _id_in(asked)) is not None:
        return (asked_id,)
    caller, dialled = asked.get("from_number"), asked.get("to_number")
    if isinstance(caller, str) and isinstance(dialled, str) and isinstance(at, int):
        return caller, dialled, str(at)
    return None


def _id_in(subject: object) -> str | None:
    if not isinstance(subject, dict):
        return None
    said = subject.get("call_id") or subject.get("chat_id")
    return said if isinstance(said, str) and said else None


PROVIDER: Final = Provider(
    name="retell",
    header="X-Retell-Signature",
    proof=signatures.retell,
    named=named,
    events=_QUESTIONS | _TRANSFERS | _CALLS | _CHATS,
)
