from uuid import UUID

import pytest

from ops.refused import Refused
from ops.replays.ids import ids_of, range_of
from storage.dead_letter_history import beginning_with
from storage.postgres import Duty, Pool, crossing
from tests.dying import bury, letter

A, B = UUID("aaaa0000-0000-4000-8000-000000000001"), UUID("aaaa1000-0000-4000-8000-000000000002")


def test_a_beginning_means_all_that_begin_so() -> None:
    assert range_of("AaAa", what="letter") == (
        UUID("aaaa0000-0000-0000-0000-000000000000"),
        UUID("aaaaffff-ffff-ffff-ffff-ffffffffffff"),
    )
    assert range_of(str(A), what="letter") == (A, A)


@pytest.mark.parametrize("text", ["", "abc", "xyz12345", f"{A}0", "a%a_"])
def test_what_is_no_id_is_refused(text: str) -> None:
    with pytest.raises(Refused, match="is no id of a letter"):
        range_of(text, what="letter")


async def test_an_id_is_found_by_a_beginning_that_is_like_no_other(pool: Pool) -> None:
    await bury(pool, letter(0, dead_letter_id=A), letter(1, dead_letter_id=B))
    async with crossing(pool, Duty.OPERATOR) as operator:
        found = await ids_of(operator, ["aaaa1", str(B), str(A)], beginning_with, what="letter")
        assert found == (B, A)
        with pytest.raises(Refused, match="several letters begin with aaaa"):
            await ids_of(operator, ["aaaa"], beginning_with, what="letter")
        with pytest.raises(Refused, match="no letter aaab"):
            await ids_of(operator, ["aaab"], beginning_with, what="letter")
