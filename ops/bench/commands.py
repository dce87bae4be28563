"""`ringbook bench ingress | pipeline | fairness | replay`."""

import sys
from collections.abc import Coroutine
from pathlib import Path
from typing import Annotated, Any, Final, TypeVar

import orjson
import typer
import uvloop
from rich.console import Console, RenderableType

from ops import processes
from ops.bench import fairness as of_fairness
from ops.bench import fairness_report, ingress_report, pipeline_report, replay_report
from ops.bench import ingress as of_ingress
from ops.bench import pipeline as of_pipeline
from ops.bench import replay as of_replay
from ops.bench.replay_letters import Kind
from ops.bench.webhooks import sample
from ops.refused import Refused
from ops.stack.terminal import DIRECTORY
from ops.tenants.load import load

T = TypeVar("T")

TENANTS: Final = Path(__file__).parents[2] / "examples" / "tenants.yaml"

Json = Annotated[bool, typer.Option("--json", help="Show it as JSON.")]
Directory = Annotated[
    Path, typer.Option(help="Where the bench makes a folder for its servers, and removes it.")
]
Tenants = Annotated[Path, typer.Option(help="The tenants file whose numbers are called.")]

app = typer.Typer(
    no_args_is_help=True,
    help="Measure the speed of Ringbook on this machine, on real servers of its own.",
)


@app.command()
def ingress(
    *,
    requests: Annotated[int, typer.Option(min=1, help="To each of the two processes.")] = 20_000,
    seconds: Annotated[float, typer.Option(min=1, help="Stop earlier after so long.")] = 3600,
    connections: Annotated[int, typer.Option(min=1)] = 32,
    body: Annotated[Path | None, typer.Option(help="A webhook; one of 24 kB without.")] = None,
    tenants: Tenants = TENANTS,
    directory: Directory = DIRECTORY,
    as_json: Json = False,
) -> None:
    """Webhooks of 24 kB to the ingress, and to the same without publishing, in turn."""
    plan = of_ingress.Plan(
        requests=requests,
        seconds=seconds,
        connections=connections,
        body=_read(body) if body else sample(load(tenants)),
    )
    if both := _run(of_ingress.compare(plan, directory, _say)):
        _show(
            ingress_report.as_json(*both)
            if as_json
            else ingress_report.as_table(*both, body=plan.body)
        )


@app.command()
def pipeline(
    *,
    events: Annotated[int, typer.Option(min=10, help="Posted at once, in each run.")] = 5000,
    runs: Annotated[int, typer.Option(min=1, help="Of each pipeline, in turn.")] = 3,
    steady_seconds: Annotated[
        float, typer.Option(min=1, help="How long 20 events a second are posted for p50, p99.")
    ] = 20,
    tenants: Tenants = TENANTS,
    directory: Directory = DIRECTORY,
    as_json: Json = False,
) -> None:
    """From the request to the committed effect: ours beside a bare pipeline, in turn.

    Ours runs twice: as far as the bare one goes, and with everything that follows from a call.
    """
    plan = of_pipeline.Plan(
        events=events, runs=runs, steady_seconds=steady_seconds, tenants=load(tenants)
    )
    if results := _run(of_pipeline.compare(plan, directory, _say)):
        _show(pipeline_report.as_json(results) if as_json else pipeline_report.as_table(results))


@app.command()
def fairness(
    *,
    runs: Annotated[int, typer.Option(min=1, help="Alone and beside the flood, in turn.")] = 3,
    seconds: Annotated[float, typer.Option(min=1, help="Of each part of a run.")] = 30,
    quiet_per_second: Annotated[
        float, typer.Option(min=1, help="Webhooks of the file's first tenant.")
    ] = 5,
    flood_per_second: Annotated[
        float, typer.Option(min=1, help="Webhooks of its second; 100 times 2/s without.")
    ] = 200,
    tenants: Tenants = TENANTS,
    directory: Directory = DIRECTORY,
    as_json: Json = False,
) -> None:
    """How long a quiet tenant's webhooks take while another tenant floods, and without."""
    plan = of_fairness.Plan(
        runs=runs,
        seconds=seconds,
        quiet_per_second=quiet_per_second,
        flood_per_second=flood_per_second,
        tenants=load(tenants),
    )
    if compared := _run(of_fairness.compare(plan, directory, _say)):
        _show(fairness_report.as_json(compared) if as_json else fairness_report.as_table(compared))


@app.command()
def replay(
    *,
    letters: Annotated[int, typer.Option(min=100, help="That are replayed.")] = 10_000,
    kind: Annotated[Kind, typer.Option(help="What died.")] = Kind.COSTS,
    per_second: Annotated[int, typer.Option(min=1, help="The rate of the replay, at most.")] = 1000,
    live_per_second: Annotated[float, typer.Option(min=1, help="Live webhooks beside it.")] = 10,
    quiet_seconds: Annotated[float, typer.Option(min=1, help="Live webhooks alone.")] = 30,
    tenants: Tenants = TENANTS,
    directory: Directory = DIRECTORY,
    as_json: Json = False,
) -> None:
    """How fast dead letters are replayed, in how much memory, and what live webhooks feel of it."""
    plan = of_replay.Plan(
        letters=letters,
        kind=kind,
        per_second=per_second,
        live_per_second=live_per_second,
        quiet_seconds=quiet_seconds,
        tenants=load(tenants),
    )
    if measured := _run(of_replay.measure(plan, directory, _say)):
        report = replay_report.as_json if as_json else replay_report.as_table
        _show(report(plan, measured))


def _run(bench: Coroutine[Any, Any, T]) -> T | None:
    """The load shares the machine with what it measures, and uvloop costs less of it."""
    uvloop.install()
    return processes.run(bench)


def _read(body: Path) -> bytes:
    try:
        return body.read_bytes()
    except OSError as error:
        raise Refused(f"{body}: {error.strerror}") from error


def _show(found: RenderableType | dict[str, Any]) -> None:
    if isinstance(found, dict):
        sys.stdout.write(orjson.dumps(found, option=orjson.OPT_INDENT_2).decode() + "\n")
    else:
        Console().print(found)


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")
