"""What AsyncAPI 3.0.0 demands of the parts that are used here, as a JSON Schema.

Written from the specification's text. Objects are closed where the specification closes them, so a
misplaced or misspelt field is found.
"""

from __future__ import annotations

from typing import Any

TEXT = {"type": "string", "minLength": 1}
REFERENCE = {
    "type": "object",
    "properties": {"$ref": {"type": "string", "pattern": "^#/"}},
    "required": ["$ref"],
    "additionalProperties": False,
}
REFERENCES = {"type": "array", "items": REFERENCE, "minItems": 1}


def closed(required: str, **properties: Any) -> dict[str, Any]:
    """Return an object that has these properties and extensions alone."""
    return {
        "type": "object",
        "properties": properties,
        "required": required.split(),
        "patternProperties": {"^x-": {}},
        "additionalProperties": False,
    }


def named(value: Any) -> dict[str, Any]:
    """Return a map of names that the specification allows for components."""
    return {
        "type": "object",
        "patternProperties": {r"^[\w.\-]+$": value},
        "additionalProperties": False,
    }


BINDING = {"type": "object", "required": ["bindingVersion"]}
BINDINGS = {
    "type": "object",
    "properties": {"ws": BINDING, "http": BINDING},
    "additionalProperties": False,
}
SERVER = closed(
    "host protocol",
    host={"type": "string", "pattern": "^[^/]+$"},
    protocol={"enum": ["ws", "wss", "http", "https"]},
    pathname={"type": "string", "pattern": "^/"},
    description=TEXT,
)
CHANNEL = closed(
    "address messages",
    address={"type": "string", "pattern": "^/"},
    title=TEXT,
    description=TEXT,
    servers=REFERENCES,
    messages=named(REFERENCE),
    bindings=BINDINGS,
)
OPERATION = closed(
    "action channel messages",
    action={"enum": ["send", "receive"]},
    title=TEXT,
    summary=TEXT,
    channel=REFERENCE,
    messages=REFERENCES,
    reply=closed("channel messages", channel=REFERENCE, messages=REFERENCES),
    bindings=BINDINGS,
)
EXAMPLE = {
    "type": "object",
    "properties": {"name": TEXT, "summary": TEXT, "payload": {"type": "object"}},
    "required": ["name", "payload"],
    "additionalProperties": False,  # the one object that takes no extensions
}
MESSAGE = closed(
    "name payload examples",
    name=TEXT,
    title=TEXT,
    summary=TEXT,
    contentType={"const": "application/json"},
    correlationId=REFERENCE,
    payload={"$ref": "http://json-schema.org/draft-07/schema#"},
    examples={"type": "array", "items": EXAMPLE, "minItems": 1},
    bindings=BINDINGS,
)
INFO = closed(
    "title version",
    title=TEXT,
    version={"type": "string", "pattern": r"^\d+\.\d+\.\d+$"},
    description=TEXT,
    license=closed("name", name=TEXT, url={"type": "string", "pattern": "^https://"}),
)
COMPONENTS = closed(
    "messages schemas",
    messages=named(MESSAGE),
    schemas=named({"$ref": "http://json-schema.org/draft-07/schema#"}),
    correlationIds=named(
        closed(
            "location",
            description=TEXT,
            location={"type": "string", "pattern": r"^\$message\.(header|payload)#(/.*)?$"},
        )
    ),
)

DOCUMENT = closed(
    "asyncapi info servers channels operations components",
    asyncapi={"const": "3.0.0"},
    id={"type": "string", "pattern": "^urn:"},
    info=INFO,
    defaultContentType=TEXT,
    servers=named(SERVER),
    channels=named(CHANNEL),
    operations=named(OPERATION),
    components=COMPONENTS,
)
