"""The bench of replays with small numbers: no letter is lost, and no live webhook."""

from pathlib import Path

import pytest

from tests.ops.bench.test_bench import bench, directory, nothing_is_left, of

__all__ = ["directory"]


@pytest.mark.parametrize("kind", ["costs", "webhooks"])
def test_every_letter_is_sent_and_handled_beside_live_webhooks(
    directory: Path,
    kind: str,
) -> None:
    words = ("replay", "--letters", "100", "--kind", kind, "--quiet-seconds", "1", "--json")
    found = of(bench(directory, *words))

    assert found["letters"] == 100
    assert found["sent_per_second"] > 0
    assert found["handled_per_second"] > 0
    assert list(found["megabytes"]) == ["10%", "50%", "100%", "most"]
    assert 0 < found["beside"]["p50"] <= found["beside"]["p99"]
    assert nothing_is_left(directory)
