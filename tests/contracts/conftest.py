"""The providers' own documents, and a way to hold a request or an answer against one of them."""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from openapi_schema_validator import OAS30Validator
from referencing import Registry
from referencing.jsonschema import DRAFT202012

CONTRACTS = Path(__file__).parents[3] / "shared" / "contracts"

Schema = dict[str, Any]


@dataclass(frozen=True)
class Document:
    """An OpenAPI document."""

    text: Schema

    def complaints(self, schema: Schema, value: Any) -> list[str]:
        """What is wrong with a value: nothing, if the list is empty."""
        resource = DRAFT202012.create_resource(self.text)
        registry: Registry[Any] = Registry().with_resource("urn:document", resource)
        validator = OAS30Validator(_absolute(schema), registry=registry)
        return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(value)]

    def schema(self, name: str) -> Schema:
        """A named schema."""
        found: Schema = self.text["components"]["schemas"][name]
        return found

    def answer(self, path: str, method: str, status: int) -> Schema:
        """The schema of an answer."""
        return self._content(self._operation(path, method)["responses"][str(status)])

    def body(self, path: str, method: str, kind: str = "application/json") -> Schema:
        """The schema of a request's body."""
        return self._content(self._operation(path, method)["requestBody"], kind)

    def queries(self, path: str, method: str) -> dict[str, bool]:
        """The names that a query may have, and whether it must."""
        parameters = self._operation(path, method).get("parameters", ())
        return {p["name"]: p.get("required", False) for p in parameters if p["in"] == "query"}

    def _operation(self, path: str, method: str) -> Schema:
        operation: Schema = self.text["paths"][path][method]
        return operation

    def _content(self, place: Schema, kind: str = "application/json") -> Schema:
        if "$ref" in place:
            _, _, group, name = place["$ref"].split("/")
            place = self.text["components"][group][name]
        schema: Schema = place["content"][kind]["schema"]
        return schema


def _absolute(schema: Any) -> Any:
    match schema:
        case {"$ref": str(pointer), **rest} if pointer.startswith("#") and not rest:
            return {"$ref": f"urn:document{pointer}"}
        case dict():
            return {name: _absolute(inner) for name, inner in schema.items()}
        case list():
            return [_absolute(inner) for inner in schema]
        case _:
            return schema


def _meant(schema: Any) -> Any:
    """The documents write `nullable` beside `allOf`, `anyOf`; OpenAPI 3.0 does not look there."""
    match schema:
        case {"nullable": True, **rest} if "type" not in rest:
            nothing = {"type": "string", "nullable": True, "enum": [None]}
            return {"anyOf": [_meant(rest), nothing]}
        case dict():
            return {name: _meant(inner) for name, inner in schema.items()}
        case list():
            return [_meant(inner) for inner in schema]
        case _:
            return schema


@cache
def read(path: str) -> Any:
    file = CONTRACTS / path
    text = file.read_text()
    return json.loads(text) if file.suffix == ".json" else yaml.load(text, yaml.CSafeLoader)


def document(path: str) -> Document:
    if not CONTRACTS.joinpath(path).exists():
        pytest.skip(f"the shared contracts are not beside this tree: no {path}")
    return Document(_meant(read(path)))


@pytest.fixture(scope="session")
def calcom_document() -> Document:
    return document("calcom/openapi-v2.json")


@pytest.fixture(scope="session")
def twilio_document() -> Document:
    return document("twilio/api_v2010.messages.json")


@pytest.fixture(scope="session")
def sendgrid_document() -> Document:
    return document("sendgrid/tsg_mail_v3.json")


@pytest.fixture(scope="session")
def retell_document() -> Document:
    return document("retell/openapi.2026-08-03.yaml")


@pytest.fixture(scope="session")
def stripe_document() -> Document:
    return document("stripe/schemas.2026-10-28.endive.json")


@pytest.fixture(scope="session")
def retell_schemas() -> dict[str, Schema]:
    folder = CONTRACTS / "retell/schema"
    if not folder.exists():
        pytest.skip("the shared contracts are not beside this tree: no retell/schema")
    return {file.name: read(f"retell/schema/{file.name}") for file in folder.glob("*.json")}
