"""The OpenAPI 3.1 document of the HTTP interface."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlsplit

import msgspec

from protocol.schema import (
    console,
    console_making,
    console_record,
    console_rooms,
    console_tables,
    rest,
    signup,
)
from protocol.schema.asyncapi import DEFAULT_HTTP, PROTOCOL_VERSION
from protocol.schema.attributes import attribute_docs, class_doc

__all__ = ["DEFAULT_HTTP", "document"]

Document = dict[str, Any]

_REFERENCE: Final = "#/components/schemas/"
_STRUCTS: Final = (
    rest.Alive,
    rest.Ready,
    rest.Problem,
    rest.ProblemDetail,
    console.ConsoleSignIn,
    console.ConsoleSession,
    console_tables.ActionOrder,
    console_tables.ActionDone,
    console_tables.TableRow,
    console_making.TableOffer,
    console_making.GameOffer,
    console_making.CurrencyOffer,
    console_making.NewTable,
    console_making.TableMade,
    console_making.TableTerms,
    console_making.ValueOrigin,
    console_making.TableChange,
    console_making.TableRevert,
    console_tables.RoundReplay,
    console_tables.ReplayStep,
    console_record.RecordedActions,
    console_record.RecordedAction,
    console_record.Attempts,
    console_record.RecordedAttempt,
    console_record.Operators,
    console_record.OperatorEntry,
)
_SAID: Final = (
    console.ConsoleSignIn,
    console_tables.ActionOrder,
    console_making.NewTable,
    console_making.TableChange,
    console_making.TableRevert,
)
"""What is sent to the server: a field with a default may be left out."""
_JSON: Final = "application/json"
_DESCRIPTION: Final = """\
Play itself goes over one WebSocket a player, which the AsyncAPI document describes. HTTP is for
what comes before it, a play-money account and its ticket, for watching the server, and for
operators, who sign in with a cookie: players need nothing below `/api/v1/console`.

Every error has one form: `{"error": {"code": ..., "message": ...}}`. The code is for programs, the
message for people; where one value of a request is wrong, `field` names it and `reason` says how.
Money is in whole minor units of its currency, except where a text says major units. Ignore fields
that you do not know: answers grow by them.
"""
_REASONS: Final = {
    400: "The request is wrong; the code says how.",
    404: "Play money is not offered here.",
    413: "The body is too large.",
    429: "Too many sign-ups from this address.",
    503: "Not now; try again in a few seconds.",
}


def document(*, http: str = DEFAULT_HTTP) -> Document:
    """Return the document, with the address of the server.

    Raises ValueError for an address that is not `http(s)://`.
    """
    parts = urlsplit(http)
    if parts.scheme not in {"http", "https"} or not parts.netloc:
        raise ValueError(f"an address beginning http:// is needed, not {http!r}")
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Croupier over HTTP",
            "version": PROTOCOL_VERSION,
            "summary": "Play-money sign-up, operators' sign-in, health and metrics.",
            "description": _DESCRIPTION,
            "license": {"name": "Apache 2.0", "identifier": "Apache-2.0"},
        },
        "jsonSchemaDialect": "https://json-schema.org/draft/2020-12/schema",
        "servers": [{"url": http.rstrip("/"), "description": "This server."}],
        "tags": [
            {"name": "play money", "description": "Accounts to try the casino with."},
            {"name": "operators", "description": "For those who run the casino, not for players."},
            {"name": "watching", "description": "For whoever runs the server."},
        ],
        "paths": {
            signup.DEMO_PATH: {"post": _sign_up()},
            **console.paths(),
            **console_rooms.paths(),
            "/healthz": {"get": _healthz()},
            "/readyz": {"get": _readyz()},
            "/metrics": {"get": _metrics()},
        },
        "components": {
            "schemas": _schemas(),
            "securitySchemes": console.security_schemes(),
        },
    }


def _schemas() -> Document:
    """Return the schemas of the structs, as msgspec writes them, and those of the sign-up."""
    _, found = msgspec.json.schema_components(_STRUCTS, ref_template=_REFERENCE + "{name}")
    for kind in _STRUCTS:
        schema = found[kind.__name__]
        schema["description"] = class_doc(kind)
        schema["required"] = [
            field.encode_name
            for field in msgspec.structs.fields(kind)
            if field.required or not (kind in _SAID or kind.__struct_config__.omit_defaults)
        ]
        for field, words in attribute_docs(kind).items():
            schema["properties"][field]["description"] = words
    told = signup.schemas()
    return {**found, "DemoRequest": told["DemoRequest"], "DemoAccount": told["DemoAccount"]}


def _sign_up() -> Document:
    refusals: dict[int, Document] = {}
    for status, code, message in signup.REFUSALS:
        examples = refusals.setdefault(status, {})
        examples[code] = {"value": {"error": {"code": code, "message": message}}}
    return {
        "operationId": "demo",
        "tags": ["play money"],
        "summary": "Open a play-money account and get a ticket.",
        "description": "Each call makes a new player. The ticket is good for one `hello` within ten"
        " minutes. Refused in production.",
        "security": [],
        "requestBody": {
            "required": False,
            "description": "May be left out.",
            "content": {_JSON: {"schema": _reference("DemoRequest"), "example": signup.REQUEST}},
        },
        "responses": {
            "200": {
                "description": "The account.",
                "content": {
                    _JSON: {"schema": _reference("DemoAccount"), "example": signup.ACCOUNT}
                },
            },
            **{
                str(status): {
                    "description": _REASONS[status],
                    "content": {_JSON: {"schema": _reference("Problem"), "examples": examples}},
                }
                for status, examples in refusals.items()
            },
        },
    }


def _healthz() -> Document:
    return {
        "operationId": "healthz",
        "tags": ["watching"],
        "summary": "Whether the process lives.",
        "security": [],
        "responses": {"200": _answer("It does.", rest.ALIVE)},
    }


def _readyz() -> Document:
    not_ready = rest.Problem(
        error=rest.ProblemDetail(code="not_ready", message="The server is draining.")
    )
    return {
        "operationId": "readyz",
        "tags": ["watching"],
        "summary": "Whether new sessions and rounds are taken.",
        "security": [],
        "responses": {
            "200": _answer("They are.", rest.READY),
            "503": _answer("They are not; the message says why.", not_ready),
        },
    }


def _metrics() -> Document:
    return {
        "operationId": "metrics",
        "tags": ["watching"],
        "summary": "Counters and gauges in Prometheus' text format.",
        "description": "No label names a player, a table or a round.",
        "security": [],
        "responses": {
            "200": {
                "description": "The metrics.",
                "content": {
                    "text/plain": {
                        "schema": {"type": "string"},
                        "example": "# TYPE croupier_sessions gauge\ncroupier_sessions 1.0\n",
                    }
                },
            }
        },
    }


def _answer(words: str, example: msgspec.Struct) -> Document:
    return {
        "description": words,
        "content": {
            _JSON: {
                "schema": _reference(type(example).__name__),
                "example": msgspec.to_builtins(example),
            }
        },
    }


def _reference(name: str) -> Document:
    return {"$ref": _REFERENCE + name}
