import pickle
from collections import Counter
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from tests.seeds import seed
from workers.shares import FLOOR, TIMES, WINDOW, Shares


def ask(shares: Shares, tenant: str, times: int, now: float = 0) -> bool:
    """Ask so often; whether the last was above."""
    return [shares.above(tenant, now) for _ in range(times)][-1]


def test_who_asks_for_little_is_not_above_even_if_alone() -> None:
    assert not ask(Shares(), "a", FLOOR - 1)


def test_who_floods_alone_is_above_so_that_the_next_does_not_wait() -> None:
    assert ask(Shares(), "a", FLOOR)


def test_of_two_equally_busy_tenants_neither_is_ever_above() -> None:
    shares = Shares()
    turns = [shares.above(tenant, number / 100) for number in range(10_000) for tenant in "ab"]
    assert not any(turns)


def test_a_flood_is_above_and_those_beside_it_are_not() -> None:
    shares = Shares()
    for _ in range(FLOOR):
        assert not any(shares.above(tenant, 0) for tenant in "bc")
    assert not ask(shares, "a", TIMES * FLOOR)
    assert ask(shares, "a", 1)
    assert not ask(shares, "b", 1)


def test_a_flood_stays_above_while_it_lasts_although_it_is_moved() -> None:
    shares = Shares()
    asked = [shares.above("a", number / 200) for number in range(200 * 3 * WINDOW)]
    assert all(asked[FLOOR:])


def test_a_flood_is_below_soon_after_its_end() -> None:
    shares = Shares()
    assert ask(shares, "a", 10_000, now=5.5)
    assert ask(shares, "a", 1, now=5.5 + WINDOW - 1)
    assert not ask(shares, "a", 1, now=5.5 + WINDOW)


def size(shares: Shares) -> int:
    return len(pickle.dumps(shares))


def test_what_is_remembered_is_bounded_and_forgotten() -> None:
    """However many messages of however many tenants: five thousand here, in each second."""
    random, shares, sizes = Random(seed()), Shares(), []
    for number in range(200_000):
        shares.above(f"tenant-{random.randrange(5000)}", number / 5000)
        if number % 10_000 == 0:
            sizes.append(size(shares))
    assert max(sizes[6:]) < 1.1 * min(sizes[6:])
    shares.above("the-last", 1000)
    assert size(shares) < 300


Asked = st.lists(st.tuples(st.sampled_from("abcde"), st.floats(0, 3)), max_size=300)


@given(Asked)
def test_it_answers_as_one_who_counts_anew_each_time(asked: list[tuple[str, float]]) -> None:
    shares, now = Shares(), 0.0
    past: list[tuple[str, int]] = []
    for tenant, pause in asked:
        now += pause / 10
        past = [each for each in past if each[1] > int(now) - WINDOW] + [(tenant, int(now))]
        counted = Counter(name for name, _ in past)
        others = [times for name, times in counted.items() if name != tenant] or [0]
        above = counted[tenant] >= FLOOR and (counted[tenant] * len(others) > TIMES * sum(others))
        assert shares.above(tenant, now) == above
