"""The OpenAPI document: valid, whole, and its examples are true."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from protocol.schema import signup
from protocol.schema.openapi import document
from tests.protocol.schema.openapi_31 import DOCUMENT

Found = dict[str, Any]


@pytest.fixture
def found() -> Found:
    """The document, as a reader gets it."""
    read: Found = json.loads(json.dumps(document()))
    return read


def operations(found: Found) -> Iterator[tuple[str, str, Found]]:
    """Yield path, method and operation of each call."""
    for path, methods in found["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def bodies(operation: Found) -> Iterator[tuple[Found, Any]]:
    """Yield the schema and the value of each example."""
    parts = [*operation["responses"].values()]
    parts += [operation["requestBody"]] if "requestBody" in operation else []
    for part in parts:
        for content in part["content"].values():
            values = [one["value"] for one in content.get("examples", {}).values()]
            values += [content["example"]] if "example" in content else []
            assert values, "every body has an example"
            for value in values:
                yield content["schema"], value


def test_structure(found: Found) -> None:
    """The document has the form that OpenAPI 3.1 demands, and its schemas that of JSON Schema."""
    errors = [
        f"{'/'.join(map(str, error.path))}: {error.message[:200]}"
        for error in Draft202012Validator(DOCUMENT).iter_errors(found)
    ]

    assert errors == []


@pytest.mark.parametrize(
    "breach",
    [
        {"openapi": "3.0.3"},
        {"paths": {"healthz": {}}},
        {"paths": {"/x": {"get": {"operationId": "x", "responses": {}}}}},
        {"paths": {"/x": {"fetch": {}}}},
        {"components": {"schemas": {"A": {"type": "text"}}}},
        {"info": {"title": "x"}},
        {"info": {"title": "x", "version": "1", "licence": {"name": "x"}}},
        {"extra": 1},
    ],
)
def test_the_structure_is_demanded(found: Found, breach: Found) -> None:
    """What the specification forbids is found."""
    assert not Draft202012Validator(DOCUMENT).is_valid({**found, **breach})


def test_examples(found: Found) -> None:
    """Every example is valid against its schema."""
    components = found["components"]
    for _, _, operation in operations(found):
        for schema, value in bodies(operation):
            whole = {"allOf": [schema], "components": components}
            Draft202012Validator(whole).validate(value)


def test_references(found: Found) -> None:
    """Every reference leads to a schema, and every schema is used."""
    text = json.dumps(found)
    names = set(found["components"]["schemas"])
    used = {part.partition('"')[0] for part in text.split("#/components/schemas/")[1:]}

    assert used == names


def test_operations(found: Found) -> None:
    """Every operation has a name of its own, a tag that is explained, and a summary."""
    rows = list(operations(found))
    tags = {tag["name"] for tag in found["tags"]}
    names = [operation["operationId"] for _, _, operation in rows]

    assert sorted(names) == sorted(set(names))
    assert {(path, method) for path, method, _ in rows} == {
        ("/api/v1/demo", "post"),
        ("/api/v1/console/sign-in", "post"),
        ("/api/v1/console/sign-out", "post"),
        ("/api/v1/console/session", "get"),
        ("/api/v1/console/live", "get"),
        *(
            (f"/api/v1/console/tables/{{table}}/{action}", "post")
            for action in ("pause", "resume", "open", "close", "void")
        ),
        ("/api/v1/console/tables", "post"),
        ("/api/v1/console/tables/offer", "get"),
        ("/api/v1/console/tables/{table}/terms", "get"),
        ("/api/v1/console/tables/{table}/terms", "post"),
        ("/api/v1/console/tables/{table}/revert", "post"),
        ("/api/v1/console/rounds/{round}", "get"),
        ("/api/v1/console/actions", "get"),
        ("/api/v1/console/attempts", "get"),
        ("/api/v1/console/operators", "get"),
        ("/healthz", "get"),
        ("/readyz", "get"),
        ("/metrics", "get"),
    }
    for _, _, operation in rows:
        assert set(operation["tags"]) <= tags
        assert operation["summary"].endswith(".")


def test_every_refusal(found: Found) -> None:
    """Every refusal of the sign-up is told under its status."""
    responses = found["paths"]["/api/v1/demo"]["post"]["responses"]

    for status, code, _ in signup.REFUSALS:
        assert code in responses[str(status)]["content"]["application/json"]["examples"]


def test_words(found: Found) -> None:
    """Schemas and their fields are explained."""
    for schema in found["components"]["schemas"].values():
        assert schema["description"]
        assert schema["properties"]
    detail = found["components"]["schemas"]["ProblemDetail"]
    assert detail["required"] == ["code", "message"]
    assert "programs" in detail["properties"]["code"]["description"]


def test_server() -> None:
    """The address given is that of the document; another kind is refused."""
    assert document(http="https://play.example/")["servers"][0]["url"] == "https://play.example"
    for wrong in ("", "example:80", "http://", "ws://example", "/x"):
        with pytest.raises(ValueError, match="address"):
            document(http=wrong)
