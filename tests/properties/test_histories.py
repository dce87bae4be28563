"""Any history, heard in any order, doubled and with gaps, leaves what the reference model says."""

import os
from functools import partial
from typing import Final

from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.properties.histories import Histories
from tests.properties.ringbook import Ringbook

HISTORIES: Final = int(os.environ.get("RINGBOOK_TEST_HISTORIES", "25"))
STEPS: Final = 40


def test_any_history_ends_as_the_reference_model_says(ringbook: Ringbook) -> None:
    run_state_machine_as_test(
        partial(Histories, ringbook),  # type: ignore[arg-type]  # a factory will do
        settings=settings(
            max_examples=HISTORIES,
            stateful_step_count=STEPS,
            suppress_health_check=list(HealthCheck),
            report_multiple_bugs=False,
        ),
    )
