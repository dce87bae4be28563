from datetime import UTC, datetime, timedelta

import pytest

from ops.moments import NoMoment, in_order, moment
from ops.refused import Refused

NOW = datetime(2027, 3, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("90s", NOW - timedelta(seconds=90)),
        ("30m", NOW - timedelta(minutes=30)),
        ("2h", NOW - timedelta(hours=2)),
        (" 3d ", NOW - timedelta(days=3)),
        ("1w", NOW - timedelta(weeks=1)),
        ("2027-02-28", datetime(2027, 2, 28, tzinfo=UTC)),
        ("2027-02-28T23:00", datetime(2027, 2, 28, 23, tzinfo=UTC)),
        ("2027-02-28T23:00+01:00", datetime(2027, 2, 28, 22, tzinfo=UTC)),
        ("2027-02-28 23:00:01Z", datetime(2027, 2, 28, 23, 0, 1, tzinfo=UTC)),
    ],
)
def test_a_moment_is_read(text: str, meant: datetime) -> None:
    assert moment(text, NOW) == meant


@pytest.mark.parametrize(
    "text", ["", "soon", "2", "h", "-2h", "2x", "1.5h", "2027-13-01", "999999w", "25:00", "2h3m"]
)
def test_what_is_no_moment_is_refused_in_one_line(text: str) -> None:
    with pytest.raises(NoMoment) as refused:
        moment(text, NOW)
    assert len(refused.value.reasons) == 1
    assert "\n" not in str(refused.value)


def test_a_range_with_nothing_in_it_is_refused() -> None:
    in_order(NOW, None)
    in_order(NOW, NOW + timedelta(seconds=1))
    with pytest.raises(Refused, match="is not after --since"):
        in_order(NOW, NOW)
