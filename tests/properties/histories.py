"""Histories: what happens outside, how the news of it comes, and that it ends as it must."""

from collections.abc import Coroutine
from typing import Any, Final, TypeVar
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from messages.bookings import BookSlot
from messages.message import id_of
from messages.transcripts import Guest
from messages.webhook import Webhook
from ops.simulators.calcom_calendar import Booking
from ops.simulators.refusals import Refused
from tests.properties import promises, reference, telling
from tests.properties.promises import Row
from tests.properties.reference import Appointment
from tests.properties.ringbook import Ringbook
from tests.properties.telling import Calendars, Told
from tests.world import SALON

ZONES: Final = {212: "America/New_York"}
NUMBERS: Final = (*reference.NUMBERS, "+4930999999")  # the last one is nobody's
T = TypeVar("T")

any_one = st.integers(0, 999)
sold = st.sampled_from(sorted(reference.SOLD))
hours = st.integers(9, 13)  # few, so that they meet


class Histories(RuleBasedStateMachine):
    """What happens outside, and how the news of it comes."""

    def __init__(self, ringbook: Ringbook) -> None:
        super().__init__()
        ringbook.forget()
        self.ringbook = ringbook
        self.told = Told()
        self.calendars = Calendars(ringbook.world.calcom, self.told)
        self.coming: list[Webhook] = []
        self.heard: list[Webhook] = []
        self.refused: list[Webhook] = []  # heard, but in the way of others; they come back
        self.asked: list[BookSlot] = []  # our own wishes without an answer
        self.wishes = 0
        self.lost = 0
        self.carried: set[UUID] = set()  # announcements that reached the costs actor

    # What happens

    @rule(event_type=sold, hour=hours, said_to_be=st.sampled_from([None, None, "not ours"]))
    def somebody_books(self, event_type: int, hour: int, said_to_be: str | None) -> None:
        start = telling.at(hour, ZONES.get(event_type, "Europe/Berlin"))
        self._happens(self.calendars.book(event_type, start, said_to_be=said_to_be))

    @rule(pick=any_one, hour=hours)
    def somebody_moves(self, pick: int, hour: int) -> None:
        for made in _one_of(self._movable(), pick):
            zone = ZONES.get(made.event_type.id, "Europe/Berlin")
            self._happens(self.calendars.move(made, telling.at(hour, zone)))

    @rule(pick=any_one)
    def somebody_cancels(self, pick: int) -> None:
        for made in _one_of(self._movable(), pick):
            self._happens(self.calendars.cancel(made))

    @rule(pick=any_one, yes=st.booleans())
    def the_salon_answers(self, pick: int, yes: bool) -> None:  # noqa: FBT001 -- hypothesis names it
        for pending in _one_of(self.calendars.with_status("pending"), pick):
            self._happens(self.calendars.answer(pending, yes=yes))

    @rule(hour=hours, answer_lost=st.booleans())
    def we_book(self, hour: int, answer_lost: bool) -> None:  # noqa: FBT001 -- hypothesis names it
        self.wishes += 1
        wish = _wish(self.wishes, hour)
        if answer_lost:
            self.ringbook.world.calcom.faults.plan("POST", "/v2/bookings", after=True, status=504)
        self.asked.append(wish)
        self._try_to_book(wish)
        self.ringbook.world.calcom.faults.clear()

    @rule(number=st.sampled_from(NUMBERS), connected=st.booleans(), early=st.booleans())
    def somebody_calls(self, number: str, connected: bool, early: bool) -> None:  # noqa: FBT001 -- hypothesis names it
        telling.call(self.told, number, connected=connected, cost_known_early=early)
        self.coming += self.told.taken()

    # How it is heard

    @rule(picks=st.lists(any_one, min_size=1, max_size=5))
    def some_arrive(self, picks: list[int]) -> None:
        for pick in picks:
            self._hear(*_taken(self.coming, pick))

    @rule(pick=any_one, other=any_one)
    def two_arrive_at_once(self, pick: int, other: int) -> None:
        self._hear(*_taken(self.coming, pick), *_taken(self.coming, other))

    @rule(pick=any_one)
    def one_arrives_again(self, pick: int) -> None:
        for again in _one_of(self.heard, pick):
            assert self.ringbook.hear(again, again) == [True, True]

    @rule(pick=any_one)
    def one_has_a_twin(self, pick: int) -> None:
        for one in _one_of([*self.coming, *self.heard], pick):
            telling.twin_of(one, self.told)
        self.coming += self.told.taken()

    @rule(pick=any_one)
    def one_is_lost(self, pick: int) -> None:
        self.lost += len(_taken(self.coming, pick))

    @rule(pick=any_one)
    def one_comes_back(self, pick: int) -> None:
        self._hear(*_taken(self.refused, pick))

    @rule(pick=any_one)
    def we_ask_again(self, pick: int) -> None:
        for wish in _one_of(self.asked, pick):
            self._try_to_book(wish)

    @rule(pick=any_one)
    def an_announcement_arrives(self, pick: int) -> None:
        for closing in _one_of(self.ringbook.seen().closings, pick):
            self._carry(closing)

    # What must hold

    @invariant()
    def what_was_told_is_true(self) -> None:
        seen = self.ringbook.seen()
        promises.check_appointments(seen, self.heard, self.refused, self._ours())
        promises.check_that_nobody_is_in_two_places(seen)
        promises.check_calls(seen, self.heard)
        promises.check_archive(seen, self.heard)
        promises.check_announcements(seen, self.heard)
        promises.check_costs(seen, self.heard, self.carried)

    def teardown(self) -> None:
        """Whatever can come back has come back: the state is that of the set of webhooks."""
        self._settle()
        self.what_was_told_is_true()
        seen = self.ringbook.seen()
        assert not self.asked
        assert not seen.held
        assert seen.gone == reference.closed([*self.heard, *self.refused])
        for entry in reference.opened(self.refused).values():
            assert any(entry.overlaps(other) for other in seen.live.values())
        if not self.coming and not self.lost and not self.refused:
            assert seen.live == {
                made.uid: Appointment(*reference.SOLD[made.event_type.id], made.start, made.end)
                for made in self.calendars.with_status("accepted")
            }

    def _settle(self) -> None:
        """Bring everything that is to come and to come back, until nothing changes any more."""
        before, now = None, self._standing()
        while before != now:
            for wish in [*self.asked]:
                self._try_to_book(wish)
            again, self.refused = [*self.refused, *self.coming[::-1]], []
            self.coming.clear()
            for news in again:
                self._hear(news)
            before, now = now, self._standing()
        for closing in self.ringbook.seen().closings:
            self._carry(closing)

    def _standing(self) -> tuple[int, int, int]:
        return len(self.heard), len(self.asked), len(self.ringbook.seen().gone)

    # How

    def _happens(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            self.ringbook.run(work)
        except Refused:
            return  # the calendar knows better
        self._collect()

    def _collect(self) -> None:
        self.calendars.collect()
        self.coming += self.told.taken()

    def _hear(self, *at_once: Webhook) -> None:
        for news, done in zip(at_once, self.ringbook.hear(*at_once), strict=True):
            (self.heard if done else self.refused).append(news)

    def _try_to_book(self, wish: BookSlot) -> None:
        if all(self.ringbook.hear(wish)):
            self.asked.remove(wish)
        self._collect()

    def _carry(self, closing: Row) -> None:
        self.carried.add(closing["message_id"])
        self.ringbook.carry(closing["kind"], closing["body"])

    def _movable(self) -> list[Booking]:
        return self.calendars.with_status("accepted", "pending")

    def _ours(self) -> set[str]:
        """What came into the calendar because we asked for it, told or not."""
        wishes = [_wish(number, 9).message_id for number in range(1, self.wishes + 1)]
        mine = {str(id_of("appointments", wish, "anna")) for wish in wishes}
        made = self.calendars.with_status("accepted", "cancelled")
        return {each.uid for each in made if each.metadata.get("ringbook_appointment") in mine}


def _wish(number: int, hour: int) -> BookSlot:
    return BookSlot(
        message_id=id_of("wish", number),
        call_id=f"call-{number}",
        tenant_id=SALON,
        service="haircut-women",
        staff="anna",
        starts_at=telling.at(hour, "Europe/Berlin"),
        guest=Guest(name="Ada", phone=f"+49151123456{number:02}", language="de"),
    )


def _one_of(many: list[T], pick: int) -> list[T]:
    """One of them; none if there are none."""
    return [many[pick % len(many)]] if many else []


def _taken(many: list[T], pick: int) -> list[T]:
    return [many.pop(pick % len(many))] if many else []
