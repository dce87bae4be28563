"""What a fault is: a name, and what it does to a running system."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from random import Random
from typing import TypeAlias

from tests.faults.looking import Effect
from tests.faults.system import System

Strike: TypeAlias = Callable[[System, Random], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Fault:
    """`strike` hurts the system and returns when what it hurt is there again."""

    name: str
    strike: Strike
    often: int = 1  # how much more often than others in the long form
    brief: bool = True  # whether it belongs to the short form
    shows_in: Effect = Effect.WEBHOOKS  # what it stops, so what must come back
