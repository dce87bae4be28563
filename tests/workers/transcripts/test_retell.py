import json
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.transcripts.conversation import (
    Business,
    Conversation,
    Role,
    Service,
    StaffMember,
)
from workers.transcripts.decision import Agreed, understand
from workers.transcripts.retell import Unreadable, conversation_of, turns_of

SAMPLES = Path(__file__).parents[2] / "payloads" / "retell"

HAARWERK = Business(
    name="Haarwerk Berlin",
    services=(
        Service("cut_blowdry_w", "Damenhaarschnitt mit Föhnen", 60, ("Schneiden und Föhnen",)),
        Service("cut_m", "Herrenhaarschnitt", 30),
    ),
    staff=(StaffMember("jana", "Jana"),),
    zone=ZoneInfo("Europe/Berlin"),
    country="DE",
    language="de",
)
WILLOW = Business(
    name="Willow and Ash Hair Studio",
    services=(Service("balayage_full", "Full Balayage", 180, ("balayage",)),),
    staff=(StaffMember("marisol", "Marisol"),),
    zone=ZoneInfo("America/Los_Angeles"),
    country="US",
    language="en",
)


def decided(sample: str, business: Business, *, without_tools: bool = False) -> Agreed:
    body = json.loads((SAMPLES / sample).read_bytes())
    if without_tools:
        del body["call"]["transcript_with_tool_calls"]
    conversation = conversation_of(json.dumps(body).encode())
    assert conversation.started_at is not None
    decision = understand(conversation, business, conversation.started_at, threshold=0.8)
    assert isinstance(decision, Agreed), decision
    return decision


@pytest.mark.parametrize("without_tools", [False, True])
def test_the_german_sample_is_understood(without_tools: bool) -> None:  # noqa: FBT001 -- a case
    agreed = decided("call_analyzed.de.json", HAARWERK, without_tools=without_tools)
    assert agreed.starts_at == datetime(2026, 11, 24, 14, 30, tzinfo=HAARWERK.zone)
    assert (agreed.services, agreed.staff) == (("cut_blowdry_w",), "jana")
    assert (agreed.name, agreed.phone) == ("Sabine Krüger", "+4915228817386")


@pytest.mark.parametrize("without_tools", [False, True])
def test_the_english_sample_is_understood(without_tools: bool) -> None:  # noqa: FBT001 -- a case
    agreed = decided("call_analyzed.en.json", WILLOW, without_tools=without_tools)
    assert agreed.starts_at == datetime(2026, 11, 27, 9, 30, tzinfo=WILLOW.zone)
    assert (agreed.services, agreed.staff) == (("balayage_full",), "marisol")
    assert agreed.name == "Daniel Okafor"


def test_a_call_that_never_connected_has_no_words() -> None:
    body = (SAMPLES / "call_ended.not_connected.de.json").read_bytes()
    assert conversation_of(body).turns == ()


def test_the_written_transcript_gives_the_turns_where_the_list_is_missing() -> None:
    body = {"call": {"transcript": "Agent: Hallo\nUser: Ja: gern\nUzer: Nein"}}
    turns = conversation_of(json.dumps(body).encode()).turns
    assert [turn.role for turn in turns] == [Role.AGENT, Role.USER, Role.OTHER]
    assert turns[1].text == "Ja: gern"


def test_a_tool_call_knows_its_place_and_its_end() -> None:
    body = (SAMPLES / "call_analyzed.de.json").read_bytes()
    call = conversation_of(body).tool_calls[-1]
    assert (call.name, call.successful, call.before_turn) == ("book_appointment", True, 9)
    assert call.arguments["service_code"] == "cut_blowdry_w"


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"null", b'{"call": 3}', b'{"event": "x"}', b"\xff"]
)
def test_a_body_without_a_call_is_unreadable(body: bytes) -> None:
    with pytest.raises(Unreadable):
        conversation_of(body)


odd = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
entries = st.lists(
    st.fixed_dictionaries(
        {},
        optional={
            "role": st.sampled_from(["agent", "user", "tool_call_invocation", "tool_call_result"])
            | odd,
            "content": odd,
            "tool_call_id": odd,
            "arguments": odd,
            "name": odd,
            "successful": odd,
        },
    )
    | odd,
    max_size=4,
)


@given(
    call=st.fixed_dictionaries(
        {},
        optional={
            "transcript": odd,
            "transcript_object": entries | odd,
            "transcript_with_tool_calls": entries | odd,
            "call_analysis": st.dictionaries(
                st.sampled_from(["custom_analysis_data", "in_voicemail", "call_successful"]), odd
            )
            | odd,
            "start_timestamp": odd,
            "from_number": odd,
            "agent_name": odd,
        },
    )
)
def test_no_shape_of_a_call_raises(call: dict[str, object]) -> None:
    conversation = conversation_of(json.dumps({"call": call}).encode())
    called_at = datetime(2026, 11, 20, 12, 0, tzinfo=HAARWERK.zone)
    understand(conversation, HAARWERK, called_at, threshold=0.8)


words = st.sampled_from(
    "Freitag nächsten morgen um halb drei viertel vor nach der 13. Oktober zehn Uhr in acht Tagen"
    " nächste Woche 3.7. 24:00 99/99/9999 0000-00-00 10.15. doppel S wie Siegfried mit ß ä Ω ١٢"
    " null zwanzig zweitausend Februar dreißigste ja nein @ punkt , . ? !".split()
)


@given(st.lists(st.lists(words, max_size=12).map(" ".join), max_size=8))
def test_no_sequence_of_words_raises(said: list[str]) -> None:
    speakers = ("Agent", "User")
    transcript = "\n".join(f"{speakers[n % 2]}: {text}" for n, text in enumerate(said))
    conversation = Conversation(turns=turns_of(transcript))
    called_at = datetime(2026, 11, 20, 12, 0, tzinfo=HAARWERK.zone)
    understand(conversation, HAARWERK, called_at, threshold=0.8)
