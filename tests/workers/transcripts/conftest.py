"""Calls to read: written in the test, from the corpus, and from the provider's samples."""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from workers.transcripts.conversation import (
    Analysis,
    Business,
    Conversation,
    Service,
    StaffMember,
)
from workers.transcripts.decision import Decision, understand
from workers.transcripts.retell import turns_of

ROOT = Path(__file__).parents[3]
CORPUS = ROOT.parent / "shared" / "corpus" / "transcripts_dev.jsonl"

Decide = Callable[..., Decision]

SALON = Business(
    name="Salon Lindenhof",
    services=(
        Service("cut_w", "Damenschnitt", 45),
        Service("cut_m", "Herrenschnitt", 30),
        Service("foils", "Strähnen", 90, ("Folien",)),
        Service("nails", "Maniküre", 30, ("Nägel",)),
    ),
    staff=(StaffMember("petra", "Petra"), StaffMember("kemal", "Kemal")),
    zone=ZoneInfo("Europe/Berlin"),
    country="DE",
    language="de",
)
BARBER = Business(
    name="Harbour Barbers",
    services=(
        Service("fade", "Skin Fade", 45, ("fade",)),
        Service("trim", "Dry Cut", 30, ("trim",)),
        Service("shave", "Hot Towel Shave", 30, ("shave",)),
        Service("works", "Cut & Beard", 60, ("the works",)),
        Service("beard", "Beard Sculpt", 20, ("beard",)),
    ),
    staff=(StaffMember("callum", "Callum"), StaffMember("priya", "Priya")),
    zone=ZoneInfo("Europe/London"),
    country="GB",
    language="en",
)
WEDNESDAY = datetime(2026, 9, 16, 10, 0, tzinfo=ZoneInfo("Europe/Berlin"))


@dataclass(frozen=True)
class Call:
    """A labelled call of the corpus."""

    id: str
    language: str
    called_at: datetime
    business: Business
    conversation: Conversation
    transcript: str
    expected: dict[str, Any]

    def decide(self, transcript: str | None = None) -> Decision:
        told = self.conversation
        if transcript is not None:
            told = replace(told, turns=turns_of(transcript))
        return understand(told, self.business, self.called_at, threshold=0.8)


def _call(line: str) -> Call:
    told = json.loads(line)
    firm = told["business"]
    business = Business(
        name=firm["name"],
        services=tuple(
            Service(each["name"], each["name"], each["duration_minutes"], tuple(each["aliases"]))
            for each in firm["services"]
        ),
        staff=tuple(StaffMember(name, name) for name in firm["staff"]),
        zone=ZoneInfo(told["timezone"]),
        country=firm["country"],
        language=told["language"],
    )
    conversation = Conversation(
        turns=turns_of(told["transcript"]),
        analysis=Analysis(told["custom_analysis_data"] or {}),
        from_number=told["from_number"],
    )
    return Call(
        id=told["id"],
        language=told["language"],
        called_at=datetime.fromisoformat(told["called_at"]),
        business=business,
        conversation=conversation,
        transcript=told["transcript"],
        expected=told["expected"],
    )


@pytest.fixture(scope="session")
def corpus() -> list[Call]:
    if not CORPUS.exists():
        pytest.skip("the corpus of labelled calls is not beside this checkout")
    return [_call(line) for line in CORPUS.read_text(encoding="utf-8").splitlines()]


@pytest.fixture
def german() -> Decide:
    """Decide on a German call to a salon on Wednesday, 16 September 2026, 10:00."""

    def decide(transcript: str, *, called_at: datetime = WEDNESDAY, **told: Any) -> Decision:
        conversation = Conversation(turns=turns_of(transcript), **told)
        return understand(conversation, SALON, called_at, threshold=0.8)

    return decide


@pytest.fixture
def english() -> Decide:
    """Decide on a British call to a barber on Wednesday, 16 September 2026."""

    def decide(transcript: str, *, called_at: datetime = WEDNESDAY, **told: Any) -> Decision:
        conversation = Conversation(turns=turns_of(transcript), **told)
        return understand(conversation, BARBER, called_at, threshold=0.8)

    return decide
