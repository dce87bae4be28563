"""The bench of the ingress: the real process beside the same one that publishes nothing.

Both get requests in slices, in turn, so that a noisy minute of the machine meets both, and the
figures are the medians of slices. What was published is purged after each slice.
"""

import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import orjson

from messages import topology
from ops import processes
from ops.bench import servers
from ops.bench.figures import MILLIS, percentile
from ops.bench.load import Connection, connections, post_all
from ops.bench.servers import Servers
from ops.bench.usage import Meter, Usage, pid_of, usages
from ops.bench.webhooks import KEY, new_call_id, signed_request, with_id
from ops.processes import INGRESS, Program
from ops.refused import Refused
from ops.stack import kept
from ops.stack.stack import environment_of
from storage.secrets import new_key

REHEARSAL: Final = Program(
    "rehearsal", ("-m", "ingress.rehearsal"), "RINGBOOK_HOST", "RINGBOOK_PORT", 8080
)
SLICE: Final = 1000  # requests; at 24 kB they fit into RabbitMQ's memory, and into ours
SLICES: Final = 8  # at least
WARM_UP: Final = 200  # requests


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How much is measured: so many requests to each process, or fewer if that takes too long."""

    requests: int
    seconds: float
    connections: int
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice:
    """What some requests showed. Latencies are milliseconds, CPU is seconds for 1,000 of them."""

    requests: int
    per_second: float
    p50: float
    p99: float
    cpu: float
    rabbitmq_cpu: float
    load_cpu: float
    others: float  # cores that were busy with what is none of ours
    megabytes: float  # afterwards
    rabbitmq_megabytes: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A process that is measured."""

    url: str
    pids: dict[str, int]  # its own, and RabbitMQ's
    through: Sequence[Connection]
    at_start: dict[str, Usage]
    slices: list[Slice] = field(default_factory=list)


async def compare(plan: Plan, directory: Path, say: Callable[[str], None]) -> tuple[Target, Target]:
    """Both with what was measured, the real one first; raises Refused if one is not a 2xx."""
    call_id = _call_id_in(plan.body)
    async with (
        servers.running(directory, say) as running,
        _listening(INGRESS, running, plan.connections) as publishing,
        _listening(REHEARSAL, running, plan.connections) as without,
    ):
        for target in (publishing, without):
            await post_all(target.through, _requests(target, plan.body, call_id, WARM_UP))
        until = time.monotonic() + plan.seconds
        for size in _sizes(plan.requests):
            for target in (publishing, without):
                requests = _requests(target, plan.body, call_id, size)
                target.slices.append(await _measured(target, requests))
                await running.purge(topology.CALLS_RETELL.name, topology.UNROUTED)
            if time.monotonic() > until:
                say(f"stopped after {plan.seconds:.0f} s")
                break
        return publishing, without


@asynccontextmanager
async def _listening(program: Program, running: Servers, count: int) -> AsyncIterator[Target]:
    port = kept.port(running.directory / f"port.{program.name}")
    environment = {
        **environment_of(running.urls),
        "RINGBOOK_MASTER_KEYS": new_key(),
        "RINGBOOK_RETELL_WEBHOOK_KEYS": KEY,
        "RINGBOOK_HOST": "127.0.0.1",
        "RINGBOOK_PORT": str(port),
    }
    process = processes.process(program, directory=running.directory, environment=environment)
    url = f"{program.address(environment)}/webhooks/retell"
    async with processes.running([process], say=lambda _: None), connections(url, count) as through:
        pids = {"process": pid_of(program.arguments), "rabbitmq": running.pids["rabbitmq"]}
        yield Target(url=url, pids=pids, through=through, at_start=usages(pids))


async def _measured(target: Target, requests: Sequence[bytes]) -> Slice:
    meter = Meter(target.pids)
    answers = await post_all(target.through, requests)
    spent = meter.read()
    latencies = [answered.seconds * MILLIS for answered in answers]
    thousands = len(requests) / 1000
    return Slice(
        requests=len(requests),
        per_second=len(requests) / spent.seconds,
        p50=percentile(latencies, 0.5),
        p99=percentile(latencies, 0.99),
        cpu=spent.cpu["process"] / thousands,
        rabbitmq_cpu=spent.cpu["rabbitmq"] / thousands,
        load_cpu=spent.load / thousands,
        others=spent.others,
        megabytes=spent.megabytes["process"],
        rabbitmq_megabytes=spent.megabytes["rabbitmq"],
    )


def _requests(target: Target, body: bytes, call_id: str, count: int) -> list[bytes]:
    """Signed before they are sent, each of a call of its own."""
    return [
        signed_request(target.url, with_id(body, new_call_id(), instead_of=call_id))
        for _ in range(count)
    ]


def _sizes(requests: int) -> list[int]:
    """How requests are cut into slices."""
    size = max(1, min(SLICE, requests // SLICES))
    whole, rest = divmod(requests, size)
    return [size] * whole + ([rest] if rest else [])


def _call_id_in(body: bytes) -> str:
    """What is replaced in a body, so that each request is about another call."""
    try:
        call_id = orjson.loads(body)["call"]["call_id"]
    except (orjson.JSONDecodeError, KeyError, TypeError):
        raise Refused("the body is no webhook of a call: it has no call.call_id") from None
    return str(call_id)
