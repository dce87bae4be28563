"""What chance begins with: the same in every run, so that a red run means a change of ours.

`RINGBOOK_TEST_SEED=7 make test` looks elsewhere; what it finds becomes a test of its own.
"""

import os
from typing import Final

CHOSEN: Final = os.environ.get("RINGBOOK_TEST_SEED")


def seed() -> int:
    """The seed of this run, printed so that a failure can be repeated."""
    number = int(CHOSEN or 2026)
    print(f"RINGBOOK_TEST_SEED={number}")  # noqa: T201 -- pytest shows it with a failure
    return number
