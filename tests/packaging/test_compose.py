"""docker-compose.yml: an engine is not needed to see that it would start what it says."""

import os
import re
from collections.abc import Callable, Mapping
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import orjson
import pytest
import yaml
from jsonschema.validators import validator_for
from pydantic import ValidationError
from pydantic_settings import BaseSettings

from ops.simulators import sendgrid, twilio
from storage.secrets import KeyRing

Environment = Callable[[str], dict[str, str]]

OURS: Final = {
    "ingress": "ingress",
    "workers": "workers",
    "duties": "duties",
    "migrate": "migrate",
    "demo-tenants": "tenants apply",
}
ONE_SHOT: Final = {"migrate", "demo-tenants"}


def test_the_file_is_what_the_specification_of_compose_allows(compose: Any) -> None:
    if find_spec("check_jsonschema") is None:
        pytest.skip("check-jsonschema, which carries the schema of compose files, is not installed")
    vendored = files("check_jsonschema").joinpath("builtin_schemas/vendor/compose-spec.json")
    schema = orjson.loads(vendored.read_bytes())
    assert [error.message for error in validator_for(schema)(schema).iter_errors(compose)] == []


def test_every_part_of_a_running_system_is_a_service(compose: Any) -> None:
    outside = {name for name, service in compose["services"].items() if "profiles" not in service}
    assert outside == {
        "ingress", "workers", "duties", "migrate", "postgres", "rabbitmq", "redis", "prometheus",
    }  # fmt: skip


def test_only_what_is_simulated_or_invented_belongs_to_the_demo(compose: Any) -> None:
    services = compose["services"].items()
    assert {name for name, service in services if service.get("profiles") == ["demo"]} == {
        "simulators",
        "demo-tenants",
    }


def test_every_service_that_stays_has_a_health_check_and_is_restarted(compose: Any) -> None:
    for name, service in compose["services"].items():
        stays = name not in ONE_SHOT
        assert ("healthcheck" in service) is stays, name
        assert service["restart"] == ("unless-stopped" if stays else "no"), name


def test_whoever_waits_for_a_service_waits_for_its_health_or_its_end(compose: Any) -> None:
    for name, service in compose["services"].items():
        for other, how in service.get("depends_on", {}).items():
            assert other in compose["services"], name
            ends = "service_completed_successfully" if other in ONE_SHOT else "service_healthy"
            assert how == {"condition": ends}, (name, other)


def test_images_of_others_are_pinned_to_the_versions_that_we_are_made_for(compose: Any) -> None:
    foreign = {
        name: service["image"]
        for name, service in compose["services"].items()
        if "build" not in service
    }
    assert {name: image for name, image in foreign.items() if name != "prometheus"} == {
        "postgres": "postgres:17-alpine",
        "rabbitmq": "rabbitmq:4-alpine",
        "redis": "redis:7-alpine",
    }
    assert re.fullmatch(r"prom/prometheus:v3\.\d+\.\d+", foreign["prometheus"])


def test_processes_of_ours_can_write_nothing_and_gain_no_rights(compose: Any) -> None:
    for name, service in compose["services"].items():
        assert "no-new-privileges:true" in service["security_opt"], name
        if "build" in service:
            assert service["read_only"] is True, name
            assert service["cap_drop"] == ["ALL"], name


def test_only_the_ingress_prometheus_and_simulators_are_reachable_from_the_machine_alone(
    compose: Any,
) -> None:
    published = {
        name: port
        for name, service in compose["services"].items()
        for port in service.get("ports", [])
    }
    assert set(published) == {"ingress", "prometheus", "simulators"}
    assert all("127.0.0.1:" in port for port in published.values())


def test_no_password_or_key_has_a_default(places: list[re.Match[str]]) -> None:
    optional = {place["name"] for place in places if place["form"] != ":?"}
    assert optional == {"INGRESS_LISTENS_ON", "PROMETHEUS_LISTENS_ON"}
    assert all(place["rest"] for place in places if place["form"] == ":?")


def test_no_password_or_key_stands_in_the_file(
    compose_text: str, demo_environment: dict[str, str]
) -> None:
    for value in demo_environment.values():
        assert value not in compose_text


def test_a_service_runs_what_there_is(compose: Any, commands: set[str], root: Path) -> None:
    for name, service in compose["services"].items():
        if "build" in service:
            python, _, module, *arguments = service["command"]
            assert python == "python", name
            if module == "ops":
                assert arguments[0] in commands, name
            else:
                assert (root / module.replace(".", "/") / "__main__.py").exists(), name


@pytest.mark.parametrize(("service", "process"), OURS.items())
def test_a_service_is_told_only_settings_that_its_process_reads(
    service: str, process: str, compose: Any, processes: Mapping[str, type[BaseSettings]]
) -> None:
    known = {f"RINGBOOK_{name.upper()}" for name in processes[process].model_fields}
    assert compose["services"][service]["environment"].keys() <= known


@pytest.mark.parametrize(("service", "process"), OURS.items())
def test_a_process_starts_with_what_its_service_is_told(
    service: str,
    process: str,
    environment_of: Environment,
    processes: Mapping[str, type[BaseSettings]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _only(environment_of(service), monkeypatch)
    try:
        processes[process]()
    except ValidationError as error:
        pytest.fail(f"{service}: {error}")


def test_processes_log_in_as_the_role_that_sees_one_tenant_and_only_tools_as_the_owner(
    environment_of: Environment,
) -> None:
    logins = {
        service: environment_of(service)["RINGBOOK_POSTGRES_URL"].split("//")[1].split(":")[0]
        for service in OURS
    }
    owners = {"migrate", "demo-tenants"}
    assert logins == {
        service: "ringbook" if service in owners else "ringbook_app" for service in OURS
    }


def test_the_demo_knows_the_accounts_that_the_simulators_begin_with(
    demo_environment: dict[str, str],
) -> None:
    assert demo_environment["RINGBOOK_TWILIO_ACCOUNT_SID"] == twilio.ACCOUNT
    assert demo_environment["RINGBOOK_TWILIO_AUTH_TOKEN"] == twilio.AUTH
    assert demo_environment["RINGBOOK_SENDGRID_API_KEY"] == sendgrid.KEY
    KeyRing.parse(demo_environment["RINGBOOK_MASTER_KEYS"])


def test_prometheus_asks_every_process_at_the_port_where_it_answers(
    compose: Any, root: Path, processes: Mapping[str, type[BaseSettings]]
) -> None:
    asked = {
        target["names"][0]: target["port"]
        for job in yaml.safe_load((root / "ops/prometheus/prometheus.yml").read_text())[
            "scrape_configs"
        ]
        for target in job["dns_sd_configs"]
    }
    assert asked.keys() <= compose["services"].keys()
    assert asked == {
        "ingress": processes["ingress"].model_fields["port"].default,
        "workers": processes["workers"].model_fields["workers_port"].default,
        "duties": processes["duties"].model_fields["duties_port"].default,
        "rabbitmq": 15692,
    }


def _only(told: Mapping[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the environment of this process what a container would be told."""
    for name in [name for name in os.environ if name.startswith("RINGBOOK_")]:
        monkeypatch.delenv(name)
    for name, value in told.items():
        monkeypatch.setenv(name, value)
