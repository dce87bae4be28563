"""Any history, heard in any order, doubled and with gaps, leaves what the reference model says.

`RINGBOOK_TEST_HISTORIES=500 RINGBOOK_TEST_SEED=7` looks at more, and at others.
"""

import os
from functools import partial
from typing import Any, Final

import hypothesis
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.properties.histories import Histories
from tests.properties.ringbook import Ringbook
from tests.seeds import seed

HISTORIES: Final = int(os.environ.get("RINGBOOK_TEST_HISTORIES", "25"))
STEPS: Final = 40


def test_any_history_ends_as_the_reference_model_says(ringbook: Ringbook) -> None:
    machine: Any = partial(Histories, ringbook)
    run_state_machine_as_test(
        hypothesis.seed(seed())(machine),
        settings=settings(
            max_examples=HISTORIES,
            stateful_step_count=STEPS,
            suppress_health_check=list(HealthCheck),
            report_multiple_bugs=False,
        ),
    )
