"""The breaker alone: what it lets through, for any history."""

from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.clients.breaker import FAILURES, OPEN_SECONDS, SPREAD, TRYING_SECONDS, Breaker

LONGEST: Final = OPEN_SECONDS * (1 + SPREAD)


def failing(times: int, *, at: float = 0.0, chance: float = 0.0) -> Breaker:
    breaker = Breaker()
    for cause in range(times):
        breaker.failed(at, cause=cause, chance=chance)
    return breaker


def test_it_opens_with_the_third_failure_in_a_row() -> None:
    assert failing(FAILURES - 1).seconds_to_wait(0) == 0
    assert failing(FAILURES).seconds_to_wait(0) == OPEN_SECONDS


def test_failures_of_one_cause_count_once() -> None:
    breaker = Breaker()
    for _ in range(10):
        breaker.failed(0, cause="one account", chance=0)
    assert breaker.is_closed


@pytest.mark.parametrize(("chance", "seconds"), [(0.0, OPEN_SECONDS), (1.0, LONGEST)])
def test_it_stays_open_for_a_minute_or_a_fifth_more(chance: float, seconds: float) -> None:
    breaker = failing(FAILURES, at=100, chance=chance)
    assert breaker.is_open(100 + seconds - 0.1)
    assert not breaker.is_open(100 + seconds)


def test_one_alone_tries_whether_they_are_back() -> None:
    breaker = failing(FAILURES)
    assert breaker.seconds_to_wait(OPEN_SECONDS) == 0
    assert breaker.let_through()
    assert breaker.seconds_to_wait(OPEN_SECONDS) == TRYING_SECONDS


def test_it_opens_again_with_the_first_failure_of_who_tries() -> None:
    breaker = failing(FAILURES)
    breaker.let_through()
    breaker.failed(OPEN_SECONDS, cause="any", chance=0)
    assert breaker.seconds_to_wait(OPEN_SECONDS) == OPEN_SECONDS


def test_another_tries_when_the_first_has_learnt_nothing() -> None:
    breaker = failing(FAILURES)
    breaker.let_through()
    breaker.given_up()
    assert breaker.seconds_to_wait(OPEN_SECONDS) == 0


def test_what_fails_late_does_not_keep_it_open_longer() -> None:
    breaker = failing(FAILURES)
    breaker.failed(OPEN_SECONDS - 1, cause="late", chance=0)
    assert breaker.seconds_to_wait(OPEN_SECONDS) == 0


@given(
    steps=st.lists(
        st.tuples(
            st.floats(0, 100),
            st.sampled_from(("ask", "fail", "give up")),
            st.floats(0, 1),
        ),
        max_size=60,
    )
)
def test_no_history_lets_two_try_at_once_or_waits_for_ever(
    steps: list[tuple[float, str, float]],
) -> None:
    breaker, now, trying, causes = Breaker(), 0.0, 0, 0
    for passed, what, chance in steps:
        now += passed
        wait = breaker.seconds_to_wait(now)
        assert 0 <= wait <= LONGEST
        if what == "ask" and not wait:
            trying += breaker.let_through()
            assert trying <= 1
        elif what == "fail" and (trying or breaker.is_closed):
            causes += 1
            breaker.failed(now, cause=causes, chance=chance)
            trying = 0
        elif what == "give up" and trying:
            breaker.given_up()
            trying = 0
        assert breaker.is_closed == (causes < FAILURES)
