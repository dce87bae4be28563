from copy import deepcopy
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from ops.refused import Refused
from ops.tenants.file import TenantEntry
from ops.tenants.load import load, parse
from ops.tenants.problems import TenantsFileWrong

EXAMPLE = Path(__file__).parents[2] / "examples" / "tenants.yaml"
READ = yaml.safe_load(EXAMPLE.read_text(encoding="utf-8"))


def changed(path: str, value: Any) -> str:
    """The example with something else at one place, such as `tenants.1.name`."""
    file = deepcopy(READ)
    *steps, last = (int(step) if step.isdigit() else step for step in path.split("."))
    place = file
    for step in steps:
        place = place[step]
    place[last] = value
    return yaml.safe_dump(file)


def wrong(text: str) -> list[str]:
    with pytest.raises(TenantsFileWrong) as refused:
        parse(text, source="tenants.yaml")
    return list(refused.value.reasons)


def test_the_example_is_two_businesses_in_two_countries() -> None:
    salon, dental = load(EXAMPLE).tenants
    assert (salon.country, salon.currency, salon.language) == ("DE", "EUR", "de")
    assert (dental.country, dental.currency, dental.language) == ("US", "USD", "en")
    assert salon.phone_numbers[0].telephony.per_minute == Decimal("0.0100")
    assert dental.booking_threshold == pytest.approx(0.8)


@pytest.mark.parametrize(
    ("path", "value", "line"),
    [
        (
            "tenants.1.phone_numbers.0.number",
            "555 SALON",
            "tenants[1].phone_numbers[0].number: not a phone number",
        ),
        (
            "tenants.0.phone_numbers.0.number",
            "030 23125000",
            "tenants[0].phone_numbers[0].number: not a phone number",
        ),
        ("tenants.0.country", "XX", "tenants[0].country: not an ISO 3166 country code such as DE"),
        (
            "tenants.0.currency",
            "DEM",
            "tenants[0].currency: not an ISO 4217 currency in use, such as EUR",
        ),
        (
            "tenants.0.time_zone",
            "Berlin",
            "tenants[0].time_zone: not an IANA time zone such as Europe/Berlin",
        ),
        ("tenants.0.language", "fr", "tenants[0].language: Input should be 'de' or 'en'"),
        ("tenants.0.contact_email", "anna", "tenants[0].contact_email: not an e-mail address"),
        ("tenants.0.id", "Salon A", "tenants[0].id: must be 2 to 63 of a-z, 0-9, - and _"),
        ("tenants.0.nickname", "x", "tenants[0].nickname: unknown field"),
        ("tenants.0.branches", "mitte", "tenants[0].branches: must be a list"),
        ("tenants.0.branches.0", "mitte", "tenants[0].branches[0]: must be a mapping"),
        (
            "tenants.0.phone_numbers.1.branch",
            "nord",
            "tenants[0].phone_numbers[1].branch: no branch nord in this tenant",
        ),
        ("tenants.0.staff.0.branch", "main", "tenants[0].staff[0].branch: no branch main in this"),
        (
            "tenants.1.services.0.staff",
            {"anna": 201},
            "tenants[1].services[0].staff.anna: no staff anna in this tenant",
        ),
        (
            "tenants.1.services.0.staff",
            {},
            "tenants[1].services[0].staff: Dictionary should have at least 1 item",
        ),
        (
            "tenants.1.services.0.staff",
            {"sam": "x"},
            "tenants[1].services[0].staff.sam: Input should be a valid integer",
        ),
        (
            "tenants.1.services.0.staff",
            {"sam": 101},
            "tenants[1].services[0].staff.sam: stands at tenants[0].services[0].staff.anna already",
        ),
        (
            "tenants.1.phone_numbers.0.number",
            "+49 30 23125-000",
            "tenants[1].phone_numbers[0].number: stands at tenants[0].phone_numbers[0]",
        ),
        ("tenants.1.id", "salon-kastanie", "tenants[1].id: stands at tenants[0].id already"),
        ("tenants.0.staff.1.id", "anna", "tenants[0].staff[1].id: stands at tenants[0].staff[0]"),
        ("tenants.0.booking_threshold", "nan", "tenants[0].booking_threshold: Input should be"),
        ("tenants.0.markup_percent", -1, "tenants[0].markup_percent: Input should be greater"),
        ("tenants.0.sms_sender", "Salon Kastanie", "tenants[0].sms_sender: must be a phone number"),
        ("tenants.0.services.0.minutes", 0, "tenants[0].services[0].minutes: Input should be"),
        ("tenants.0.services.0.staff.anna", 2**63, "tenants[0].services[0].staff.anna: Input"),
    ],
)
def test_a_mistake_is_told_with_its_place(path: str, value: Any, line: str) -> None:
    assert [told[: len(line)] for told in wrong(changed(path, value))].count(line) == 1


def test_all_mistakes_are_told_at_once_and_one_does_not_hide_another() -> None:
    file = deepcopy(READ)
    del file["tenants"][0]["name"]
    file["tenants"][0]["phone_numbers"][1]["branch"] = "nord"
    file["tenants"][1]["time_zone"] = "Mars"
    file["tenants"][1]["id"] = "salon-kastanie"
    assert {line.partition(":")[0] for line in wrong(yaml.safe_dump(file))} == {
        "tenants[0].name",
        "tenants[0].phone_numbers[1].branch",
        "tenants[1].time_zone",
        "tenants[1].id",
    }


@pytest.mark.parametrize("form", ["s3cret", "env:", "env:MY NAME", "plain:", "stored:0", "stored:"])
def test_a_secret_that_is_no_reference_is_refused_and_not_repeated(form: str) -> None:
    (line,) = wrong(changed("tenants.0.secrets.calcom_api_key", form))
    assert line.startswith("tenants[0].secrets.calcom_api_key: must be env:NAME")
    assert "s3cret" not in line


def test_values_stay_what_was_written() -> None:
    text = EXAMPLE.read_text(encoding="utf-8")
    text = text.replace('"+493023125000"', "+493023125000")  # YAML would take the + away
    text = text.replace("country: DE", "country: NO")  # and make this false
    text = text.replace("greeting: Salon Kastanie, guten Tag!", "greeting: 010")
    salon = parse(text, source="x").tenants[0]
    assert salon.phone_numbers[0].number == "+493023125000"
    assert salon.country == "NO"
    assert salon.variables["greeting"] == "010"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("tenants:\n  - id: a\n    id: b\n", "tenants.yaml, line 3: id stands twice"),
        ("tenants: [", "tenants.yaml, line 1: "),
        ("tenants: !!python/object:os.system {}", "tenants.yaml, line 1: could not determine"),
        ("a: \x07", "tenants.yaml: unacceptable character"),
    ],
)
def test_what_is_no_yaml_is_told_in_a_line(text: str, line: str) -> None:
    with pytest.raises(Refused) as refused:
        parse(text, source="tenants.yaml")
    assert str(refused.value).startswith(line)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("text", ["", "[]", "tenants:", "tenants: []", "- 1", "tenants: {a: 1}"])
def test_a_file_of_another_shape_is_refused(text: str) -> None:
    assert wrong(text)


def test_every_field_of_the_file_stands_in_the_example() -> None:
    assert set(TenantEntry.model_fields) == set(READ["tenants"][0])
