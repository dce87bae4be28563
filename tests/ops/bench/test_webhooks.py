"""What the benches post."""

from collections import Counter
from pathlib import Path

import orjson

from ops.bench.webhooks import KEY, Mix, new_call_id, sample, signed_request, with_id
from ops.simulators.retell import signature
from ops.tenants.load import load

FILE = load(Path(__file__).parents[3] / "examples/tenants.yaml")


def test_the_mix_is_whole_calls_of_2_to_24_kb_with_a_tenth_repeated() -> None:
    events = Mix(FILE, seed=1).events(1000)

    told: dict[str, set[str]] = {}
    for event in events:
        told.setdefault(event.call_id, set()).add(event.name)
    assert len(events) == 1000
    assert len({(event.name, event.call_id) for event in events}) == 900
    assert Counter(map(frozenset, told.values())) == {
        frozenset({"call_started", "call_ended", "call_analyzed"}): 300
    }
    sizes = [len(event.body) for event in events]
    assert 1_500 < min(sizes) < 2_500
    assert 23_000 < max(sizes) < 24_500


def test_a_body_tells_what_its_event_says() -> None:
    for event in Mix(FILE, seed=2).events(100):
        said = orjson.loads(event.body)
        assert (said["event"], said["call"]["call_id"]) == (event.name, event.call_id)


def test_the_sample_is_as_large_as_that_of_retell() -> None:
    assert 23_000 <= len(sample(FILE)) <= 25_000


def test_a_request_carries_a_signature_over_its_own_body() -> None:
    body = with_id(sample(FILE), new_call_id())

    head, _, sent = signed_request("http://127.0.0.1:80/webhooks/retell", body).partition(
        b"\r\n\r\n"
    )

    headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n")[1:])
    at_ms = int(headers["X-Retell-Signature"].split(",")[0].removeprefix("v="))
    assert sent == body
    assert headers["Content-Length"] == str(len(body))
    assert headers["X-Retell-Signature"] == signature(body, KEY, at_ms=at_ms)
