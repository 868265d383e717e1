"""What OpenAPI 3.1 demands of the parts that are used here, as a JSON Schema.

Written from the specification's text. Objects are closed where the specification closes them, so a
misplaced or misspelt field is found.
"""

from __future__ import annotations

from typing import Any

TEXT = {"type": "string", "minLength": 1}
STATUS = "^([1-5][0-9][0-9]|[1-5]XX|default)$"
DIALECT = "https://json-schema.org/draft/2020-12/schema"


def closed(required: str, /, **properties: Any) -> dict[str, Any]:
    """Return an object that has these properties and extensions alone."""
    return {
        "type": "object",
        "properties": properties,
        "required": required.split(),
        "patternProperties": {"^x-": {}},
        "additionalProperties": False,
    }


def named(value: Any, pattern: str = r"^[a-zA-Z0-9._-]+$") -> dict[str, Any]:
    """Return a map whose keys look so."""
    return {"type": "object", "patternProperties": {pattern: value}, "additionalProperties": False}


SCHEMA = {"$ref": DIALECT}
EXAMPLE = closed("", summary=TEXT, description=TEXT, value=True)
MEDIA_TYPE = {
    **closed("schema", schema=SCHEMA, example=True, examples=named(EXAMPLE)),
    "not": {"required": ["example", "examples"]},
}
CONTENT = named(MEDIA_TYPE, r"^[a-z]+/[a-z0-9.+-]+$")
RESPONSE = closed("description", description=TEXT, content=CONTENT, headers={"type": "object"})
PARAMETER = closed(
    "name in schema",
    name=TEXT,
    description=TEXT,
    required={"type": "boolean"},
    schema={"type": "object"},
    **{"in": {"enum": ["path", "query"]}},
)
OPERATION = closed(
    "responses operationId",
    operationId={"type": "string", "pattern": "^[a-z][A-Za-z0-9]*$"},
    tags={"type": "array", "items": TEXT, "uniqueItems": True},
    summary=TEXT,
    description=TEXT,
    deprecated={"type": "boolean"},
    security={"type": "array", "items": {"type": "object"}},
    parameters={"type": "array", "items": PARAMETER},
    requestBody=closed("content", description=TEXT, content=CONTENT, required={"type": "boolean"}),
    responses={**named(RESPONSE, STATUS), "minProperties": 1},
)
SECURITY_SCHEME = {
    **closed("type name in", type=TEXT, name=TEXT, description=TEXT, **{"in": TEXT}),
    "properties": {
        "type": {"const": "apiKey"},
        "name": TEXT,
        "in": {"enum": ["query", "header", "cookie"]},
        "description": TEXT,
    },
}
METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
PATH = closed("", summary=TEXT, description=TEXT, **dict.fromkeys(METHODS, OPERATION))
LICENSE = {
    **closed("name", name=TEXT, identifier=TEXT, url={"type": "string", "format": "uri"}),
    "not": {"required": ["identifier", "url"]},
}
DOCUMENT: dict[str, Any] = {
    "$schema": DIALECT,
    **closed(
        "openapi info paths",
        openapi={"type": "string", "pattern": r"^3\.1\.\d+$"},
        info=closed(
            "title version",
            title=TEXT,
            summary=TEXT,
            description=TEXT,
            termsOfService={"type": "string", "format": "uri"},
            license=LICENSE,
            version=TEXT,
        ),
        jsonSchemaDialect={"const": DIALECT},
        servers={
            "type": "array",
            "items": closed("url", url={"type": "string", "format": "uri"}, description=TEXT),
        },
        tags={"type": "array", "items": closed("name", name=TEXT, description=TEXT)},
        paths=named(PATH, "^/"),
        components=closed("", schemas=named(SCHEMA), securitySchemes=named(SECURITY_SCHEME)),
    ),
}
