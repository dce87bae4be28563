"""The labelled calls: no wrong booking ever, and as many right ones as we reach."""

import random
import re
import statistics
import time
import unicodedata
from collections import Counter
from typing import Any

import pytest

from tests.seeds import seed
from workers.transcripts.decision import Agreed, Decision

RECALL = {"de": 15, "en": 7}  # right bookings that must not be lost again, of 16 and 7
TITLES = re.compile(r"\b(?:dr|doktor|doctor|prof|herr|frau|mr|mrs|ms|miss)\b\.?")
FLIPS = 40  # damaged copies of each call; 8,000 copies were tried by hand


def folded(name: str | None) -> str:
    plain = (name or "").lower().replace("ß", "ss").replace("\u0131", "i")
    plain = unicodedata.normalize("NFKD", TITLES.sub("", plain))
    letters = "".join(mark for mark in plain if not unicodedata.combining(mark))
    return " ".join(letters.replace("ae", "a").replace("oe", "o").replace("ue", "u").split())


def booking(decision: Decision) -> tuple[str, list[str], str] | None:
    if not isinstance(decision, Agreed):
        return None
    start = decision.starts_at.strftime("%Y-%m-%dT%H:%M")
    return start, list(decision.services), folded(decision.name)


def label(expected: dict[str, Any]) -> tuple[str, list[str], str] | None:
    if not expected["should_book"]:
        return None
    name = folded(expected["customer_name"])
    return expected["starts_at_local"], expected["services"], name


def test_no_call_is_booked_wrongly_and_recall_does_not_fall(corpus: list[Any]) -> None:
    score: Counter[tuple[str, str]] = Counter()
    for call in corpus:
        decision = call.decide()
        made, wanted = booking(decision), label(call.expected)
        score[call.language, "calls"] += 1
        score[call.language, "bookable"] += wanted is not None
        score[call.language, "right"] += made is not None and made == wanted
        score[call.language, "wrong"] += made is not None and made != wanted
        if isinstance(decision, Agreed) and made == wanted:
            score[call.language, "staff"] += decision.staff == call.expected["staff"]
            score[call.language, "email"] += decision.email == call.expected["email"]
    columns = ("calls", "bookable", "right", "wrong", "staff", "email")
    print("\nlanguage", *columns)  # noqa: T201 -- the table is for people
    for language in RECALL:
        print(f"{language:8}", *(score[language, column] for column in columns))  # noqa: T201 -- the table is for people
    assert [score[language, "wrong"] for language in RECALL] == [0, 0]
    assert all(score[language, "right"] >= right for language, right in RECALL.items())


def test_damaged_transcripts_never_book_what_the_clean_one_does_not(corpus: list[Any]) -> None:
    chance = random.Random(seed())
    for call in corpus:
        clean = booking(call.decide())
        for _ in range(FLIPS):
            damaged = bytearray(call.transcript.encode())
            for _ in range(chance.choice([1, 1, 2, 3, 8, 30, 200])):
                damaged[chance.randrange(len(damaged))] ^= 1 << chance.randrange(8)
            transcript = damaged.decode("utf-8", "replace")
            assert booking(call.decide(transcript)) in (None, clean), (call.id, transcript)


def shuffled_roles(transcript: str) -> str:
    return transcript.replace("Agent:", "X:").replace("User:", "Agent:").replace("X:", "User:")


def doubled(transcript: str) -> str:
    return "\n".join(line for line in transcript.splitlines() for _ in range(2))


def unpunctuated(transcript: str) -> str:
    return re.sub(r"[.,!?;…—]", "", transcript)


@pytest.mark.parametrize(
    "spoil",
    [shuffled_roles, doubled, unpunctuated, str.upper, str.lower],
)
def test_a_spoilt_transcript_never_books_something_else(corpus: list[Any], spoil: Any) -> None:
    for call in corpus:
        clean = booking(call.decide())
        assert booking(call.decide(spoil(call.transcript))) in (None, clean), call.id


def test_a_call_without_words_is_never_booked(corpus: list[Any]) -> None:
    assert [booking(call.decide("")) for call in corpus] == [None] * len(corpus)


def test_a_call_is_read_in_milliseconds_and_two_hours_of_talk_in_proportion(
    corpus: list[Any],
) -> None:
    call = max(corpus, key=lambda each: len(each.transcript))
    call.decide()
    short = statistics.median(seconds(call, call.transcript) for _ in range(9))
    two_hours = "\n".join([call.transcript.strip()] * (20_000 // len(call.transcript.split())))
    copies = len(two_hours) / len(call.transcript)
    long = min(seconds(call, two_hours) for _ in range(3))
    print(f"{short * 1000:.1f} ms, two hours {long * 1000:.0f} ms")  # noqa: T201 -- the table is for people
    assert short < 0.05  # ten times what a quiet machine needs
    assert long < short * copies * 3


def seconds(call: Any, transcript: str) -> float:
    start = time.process_time()
    call.decide(transcript)
    return time.process_time() - start
