"""ops/prometheus/alerts.yml: an alert on a metric that nobody counts would never be heard."""

import re
from pathlib import Path
from typing import Any, Final

import pytest
import yaml
from prometheus_client import Counter, Gauge, Histogram

import ops.metrics

OF_OTHERS: Final = {"up", "rabbitmq_global_messages_dead_lettered_delivery_limit_total"}
WORDS: Final = {  # of the query language, and labels
    "absent", "and", "by", "increase", "max", "max_over_time", "min", "offset", "or", "sum", "time",
    "unless",
    "dependency", "error", "handler", "instance", "job", "provider", "queue", "reason", "what",
}  # fmt: skip


@pytest.fixture(scope="module")
def alerts(root: Path) -> list[dict[str, Any]]:
    told = yaml.safe_load((root / "ops/prometheus/alerts.yml").read_text())
    return [rule for group in told["groups"] for rule in group["rules"]]


def test_alerts_speak_only_of_metrics_that_are_counted(alerts: list[dict[str, Any]]) -> None:
    counted = {
        name
        for counter in vars(ops.metrics).values()
        if isinstance(counter, Counter | Gauge | Histogram)
        for metric in counter.describe()
        for name in (metric.name, f"{metric.name}_total")
    }
    for alert in alerts:
        bare = re.sub(r'"[^"]*"|\[\w+\]|\b\d+\w*\b', "", alert["expr"])
        assert set(re.findall(r"[a-z_]+", bare)) - WORDS <= counted | OF_OTHERS, alert["alert"]


def test_every_alert_says_what_happened_and_how_much_it_matters(
    alerts: list[dict[str, Any]],
) -> None:
    for alert in alerts:
        assert alert["labels"]["severity"] in {"page", "ticket"}
        assert alert["annotations"]["summary"].endswith(".")


def test_the_readme_says_for_every_alert_where_to_look(
    alerts: list[dict[str, Any]], root: Path
) -> None:
    readme = (root / "README.md").read_text()
    assert [alert["alert"] for alert in alerts if f"`{alert['alert']}`" not in readme] == []
