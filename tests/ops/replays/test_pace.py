import pytest

from ops.replays.pace import BATCH, Pace


@pytest.mark.parametrize("per_second", [1, 3, 7, 50, 300, 999, 10_000])
@pytest.mark.parametrize("overslept", [0.0, 0.01])
def test_the_rate_is_exact_on_average(per_second: int, overslept: float) -> None:
    now, sent = 100.0, 0
    pace = Pace(per_second, now=now)
    while sent < 20 * per_second:
        now += pace.wait(now=now) + overslept
        pace.sent(pace.batch, now=now)
        sent += pace.batch
    took = now + pace.wait(now=now) - 100.0
    assert sent / took == pytest.approx(per_second, rel=0.05 if per_second < 10_000 else 0.5)
    assert sent / took <= per_second * 1.0001


def test_after_a_long_wait_there_is_no_rush() -> None:
    pace = Pace(100, now=0.0)
    sent, now = 0, 60.0
    while pace.wait(now=now) == 0:
        pace.sent(pace.batch, now=now)
        sent += pace.batch
    assert sent <= 100 + pace.batch


def test_batches_are_small_where_the_rate_is_low() -> None:
    assert [Pace(rate, now=0).batch for rate in (1, 40, 10_000)] == [1, 10, BATCH]


def test_what_was_not_sent_costs_no_time() -> None:
    pace = Pace(1, now=5.0)
    pace.sent(0, now=5.0)
    assert pace.wait(now=5.0) == 0
