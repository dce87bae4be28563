"""What must come of the day, and whether a day that came out otherwise is told from it."""

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from ops.demo.costs import Cost, Published, cost_of
from ops.demo.day import Day
from ops.demo.differences import differences
from ops.demo.expected import Booked, Expected, Outcome, Told, booked_as, expected
from ops.demo.observed import Observed
from ops.demo.playing import Sent
from ops.demo.webhooks import Ingress, strange_posts
from storage.overview import CallState, DeadLetters, Totals

POISONED = DeadLetters(queue="calls.retell", error_class="ValidationError", count=1)
OPERATOR = "operator@ringbook.example"


@pytest.fixture
def wanted(day: Day, rates: Published) -> Expected:
    return expected(day, rates, operator_email=OPERATOR)


@pytest.fixture
def found(wanted: Expected) -> Observed:
    """A day that came out as it must."""
    answers = {
        Outcome.BOOKED: "bookings.slot_booked",
        Outcome.TAKEN: "bookings.slot_refused",
    }
    calls = {
        call_id: CallState(
            call_id=call_id,
            tenant_id=wanted.owners[call_id],
            ended=True,
            analyzed=True,
            answer=answers.get(wanted.outcomes[call_id]),
            alternatives=3 if wanted.outcomes[call_id] is Outcome.TAKEN else 0,
            final=True,
            cost_minor=cost.cost_minor,
            charge_minor=cost.charge_minor,
            currency=cost.currency,
            rate_date=date(2026, 11, 20),
        )
        for call_id, cost in wanted.costs.items()
    }
    return Observed(
        calls=calls,
        calendar=Counter(wanted.bookings),
        calendar_webhooks=0,
        told=wanted.told,
        notifications=(),
        quarantined=wanted.quarantined,
        dead_letters=(POISONED,),
        totals=Totals(
            webhooks_done=0,
            webhooks_ignored=0,
            webhooks_dead=0,
            unreadable=1,
            confirmed_appointments=len(wanted.bookings),
            waiting=0,
        ),
        waiting=0,
    )


def test_of_two_who_race_for_a_slot_one_is_booked_and_the_other_told_of_others(
    day: Day, wanted: Expected
) -> None:
    racing = [wanted.outcomes[call.call_id] for call in day.calls if call.together]
    assert sorted(racing) == [Outcome.BOOKED, Outcome.TAKEN]


def test_the_calendar_says_who_won_a_race(day: Day, rates: Published) -> None:
    racing = [call for call in day.calls if call.together]
    for winner in racing:
        assert winner.wish is not None
        calendar = {booked_as(winner.wish, winner.name)}
        outcomes = expected(day, rates, operator_email=OPERATOR, calendar=calendar).outcomes
        assert [call for call in racing if outcomes[call.call_id] is Outcome.BOOKED] == [winner]


def test_a_slot_that_the_calendar_sold_before_is_taken(day: Day, wanted: Expected) -> None:
    (seen,) = day.seen
    rivals = [
        wanted.outcomes[call.call_id]
        for call in day.calls
        if call.wish and call.wish.starts_at == seen.wish.starts_at
        and call.wish.served_by == seen.wish.served_by
    ]  # fmt: skip
    assert rivals == [Outcome.TAKEN]


def test_withdrawn_agreements_and_voicemails_are_not_booked(day: Day, wanted: Expected) -> None:
    booked = {each.name for each in wanted.bookings}
    assert not booked & {call.name for call in day.calls if call.does != "books"}


def test_the_operator_is_told_once_of_an_unknown_number(wanted: Expected) -> None:
    assert wanted.told[Told("email", "number_quarantined", OPERATOR)] == len(wanted.quarantined)


def test_a_cost_is_rounded_once_from_exact_parts(day: Day, rates: Published) -> None:
    """16.5432 cents and two minutes at 0.01 USD, in euros at 1.1402, with 25 per cent."""
    call = replace(
        day.calls[0], lasted=timedelta(seconds=61), cents={"voice_engine": Decimal("16.5432")}
    )
    assert call.tenant is not None
    # (0.165432 + 0.02) / 1.1402 = 0.162631... EUR, and 0.203289... with the markup
    assert cost_of(call, call.tenant, rates) == Cost(16, 20, "EUR")


def test_a_call_is_priced_with_the_rates_of_the_day_it_ended(day: Day, rates: Published) -> None:
    call = day.calls[0]
    assert call.tenant is not None
    first = min(rates)
    dearer = {**rates, first: {**rates[first], "USD": Decimal("0.1")}}
    assert cost_of(call, call.tenant, dearer) == cost_of(call, call.tenant, rates)
    earlier = replace(call, ended_at=call.ended_at - timedelta(days=(max(rates) - first).days))
    assert cost_of(earlier, call.tenant, dearer) != cost_of(earlier, call.tenant, rates)


def test_a_day_that_came_out_as_it_must_has_no_differences(
    wanted: Expected, found: Observed
) -> None:
    assert differences(wanted, found, []) == []


def test_each_missing_or_surplus_booking_is_a_difference(wanted: Expected, found: Observed) -> None:
    one = min(wanted.bookings)
    lost = replace(found, calendar=found.calendar - Counter([one]))
    twice = replace(found, calendar=found.calendar + Counter([one]))
    stranger = Booked(one.event_type, one.starts_at, "Nobody")
    other = replace(found, calendar=found.calendar - Counter([one]) + Counter([stranger]))
    assert [line.rpartition(" is ")[2] for line in differences(wanted, lost, [])] == ["missing"]
    assert "one too many" in " ".join(differences(wanted, twice, []))
    assert len(differences(wanted, other, [])) == 2


def test_each_message_that_is_missing_doubled_or_unknown_is_a_difference(
    wanted: Expected, found: Observed
) -> None:
    for told in wanted.told:
        for change in (Counter({told: 1}), Counter({told: -1})):
            changed = Counter(found.told)
            changed.update(change)
            assert len(differences(wanted, replace(found, told=changed), [])) == 1
    unknown = found.told + Counter([Told("sms", "nobody knows", "+491713920000")])
    assert len(differences(wanted, replace(found, told=unknown), [])) == 1


def test_a_review_of_a_withdrawn_agreement_is_allowed_once(
    wanted: Expected, found: Observed
) -> None:
    assert wanted.may_be_told
    once = replace(found, told=found.told + wanted.may_be_told)
    twice = replace(found, told=found.told + wanted.may_be_told + wanted.may_be_told)
    assert differences(wanted, once, []) == []
    assert len(differences(wanted, twice, [])) == len(wanted.may_be_told)


def test_a_cost_that_is_a_cent_off_is_a_difference(wanted: Expected, found: Observed) -> None:
    for call_id, call in found.calls.items():
        dearer = replace(call, cost_minor=(call.cost_minor or 0) + 1)
        changed = replace(found, calls={**found.calls, call_id: dearer})
        (line,) = differences(wanted, changed, [])
        assert call_id in line


def test_a_call_of_the_wrong_tenant_is_a_difference(wanted: Expected, found: Observed) -> None:
    call_id, call = next(iter(found.calls.items()))
    stolen = replace(call, tenant_id="another")
    (line,) = differences(wanted, replace(found, calls={**found.calls, call_id: stolen}), [])
    assert "given to another" in line


def test_a_webhook_that_is_not_archived_is_a_difference(wanted: Expected, found: Observed) -> None:
    posts = strange_posts(Ingress("http://127.0.0.1:1", "key"))
    sent = [Sent(post, post.status) for post in posts]
    assert differences(wanted, found, sent) == ["archive: 0 webhooks, expected 2"]


def test_a_request_that_was_answered_otherwise_is_a_difference(
    wanted: Expected, found: Observed
) -> None:
    forged = strange_posts(Ingress("http://127.0.0.1:1", "key"))[-1]
    assert differences(wanted, found, [Sent(forged, 500)]) == [
        "request - of forged: answered 500, expected 401"
    ]


def test_a_dead_letter_too_many_is_a_difference_that_says_what_it_died_of(
    wanted: Expected, found: Observed
) -> None:
    died = DeadLetters(queue="bookings.book_slot", error_class="KeyError", count=2)
    more = replace(found, dead_letters=(POISONED, died))
    assert differences(wanted, more, []) == [
        "dead letters of bookings.book_slot: 2 KeyError, expected 0"
    ]
    assert len(differences(wanted, replace(found, dead_letters=()), [])) == 1
