import asyncio

import pytest

from ingress import remembered
from ingress.remembered import NotToldYet, Remembered


class Register:
    """A database of one name, which may be away."""

    def __init__(self) -> None:
        self.asked = 0
        self.away = False
        self.open = asyncio.Event()
        self.open.set()

    async def ask(self, name: str) -> str | None:
        self.asked += 1
        await self.open.wait()
        if self.away:
            raise OSError
        return "known" if name == "lotte" else None


def remembering(register: Register, *, seconds: float = 30) -> Remembered[str, str]:
    return Remembered(register.ask, seconds=seconds, patience=1)


async def test_an_answer_is_asked_for_once_and_then_remembered() -> None:
    register = Register()
    names = remembering(register)

    assert [await names.of("lotte") for _ in range(3)] == ["known"] * 3
    assert [await names.of("jan") for _ in range(3)] == [None] * 3
    assert register.asked == 2


async def test_all_who_want_to_know_at_once_wait_for_one_answer() -> None:
    register = Register()
    register.open.clear()
    names = remembering(register)

    waiting = asyncio.gather(*(names.of("lotte") for _ in range(100)))
    await asyncio.sleep(0)
    register.open.set()

    assert await waiting == ["known"] * 100
    assert register.asked == 1


async def test_an_answer_that_is_too_old_is_asked_for_again() -> None:
    register = Register()
    names = remembering(register, seconds=0)
    for _ in range(3):
        await names.of("lotte")
    assert register.asked == 3


async def test_while_nobody_answers_the_old_answer_stands_and_is_not_asked_for_each_time() -> None:
    register = Register()
    names = remembering(register, seconds=0)
    await names.of("lotte")
    register.away = True

    assert [await names.of("lotte") for _ in range(10)] == ["known"] * 10
    assert register.asked == 2


async def test_while_nobody_answers_what_was_never_known_is_not_made_up() -> None:
    register = Register()
    register.away = True
    with pytest.raises(NotToldYet):
        await remembering(register).of("lotte")


async def test_one_who_hangs_up_does_not_take_the_answer_from_the_others() -> None:
    register = Register()
    register.open.clear()
    names = remembering(register)
    first, second = (asyncio.create_task(names.of("lotte")) for _ in range(2))
    await asyncio.sleep(0)

    first.cancel()
    register.open.set()

    assert await second == "known"


async def test_names_that_strangers_make_up_are_kept_in_a_bounded_number() -> None:
    register = Register()
    names = remembering(register)
    for number in range(remembered.UNKNOWN_KEPT + 1):
        await names.of(f"name {number}")
    register.asked = 0

    await names.of(f"name {remembered.UNKNOWN_KEPT}")
    await names.of("name 0")

    assert register.asked == 1
