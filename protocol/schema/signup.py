"""The HTTP call that gives a play-money player a ticket. The rest of the protocol is WebSocket."""

from __future__ import annotations

import json
from typing import Any, Final

from protocol.schema.examples import OPENING_BALANCE, PLAYER, TICKET

Document = dict[str, Any]

DEMO_PATH: Final = "/api/v1/demo"

REQUEST: Final = {"currency": "EUR", "amount": "1000.00"}
ACCOUNT: Final = {
    "player": PLAYER,
    "ticket": TICKET,
    "gateway": "ws://127.0.0.1:8081",
    "currency": "EUR",
    "balance": OPENING_BALANCE,
}
REFUSALS: Final = (
    (400, "invalid_body", 'Send {"currency": "EUR", "amount": "1000.00"} or nothing.'),
    (400, "unknown_currency", "Name a currency by its ISO 4217 code."),
    (400, "invalid_amount", "The amount is from 0 to 1000000.00 with at most 2 decimals."),
    (404, "not_offered", "Play money is not offered here."),
    (429, "too_fast", "Too many sign-ups from this address; wait a minute."),
    (503, "unavailable", "Not now; try again in a few seconds."),
)
"""Status, code and message of every refusal."""

_TEXT: Final = {"type": "string", "minLength": 1}
_CURRENCY: Final = {
    "description": "ISO 4217.",
    "type": "string",
    "pattern": "^[A-Z]{3}$",
}


def schemas() -> Document:
    """Return the schemas of the call."""
    return {
        "DemoRequest": {
            "title": "DemoRequest",
            "description": "Open a play-money account. The body may be empty.",
            "type": "object",
            "properties": {
                "currency": {**_CURRENCY, "default": "EUR"},
                "amount": {
                    "description": "Opening balance in major units, as a decimal string. Left out,"
                    " the operator's choice, in the currency named: 1000.00 if he made none.",
                    "type": "string",
                    "pattern": "^[0-9]{1,12}(\\.[0-9]{1,8})?$",
                },
            },
            "required": [],
        },
        "DemoAccount": {
            "title": "DemoAccount",
            "description": "A play-money account and the ticket to play with it.",
            "type": "object",
            "properties": {
                "player": {"description": "The player's id.", **_TEXT},
                "ticket": {"description": "For `hello`; once, within ten minutes.", **_TEXT},
                "gateway": {"description": "The WebSocket address to connect to.", **_TEXT},
                "currency": _CURRENCY,
                "balance": {
                    "description": "In minor units: 100000 for 1,000.00 EUR.",
                    "type": "integer",
                    "minimum": 0,
                    "maximum": 2**53 - 1,
                },
            },
            "required": ["player", "ticket", "gateway", "currency", "balance"],
        },
        "DemoRefused": {
            "title": "DemoRefused",
            "description": "Why there is no account.",
            "type": "object",
            "properties": {
                "error": {
                    "description": "The refusal.",
                    "type": "object",
                    "properties": {
                        "code": {"description": "For the program. The set is open.", **_TEXT},
                        "message": {"description": "For reading: what to do.", **_TEXT},
                    },
                    "required": ["code", "message"],
                }
            },
            "required": ["error"],
        },
    }


def messages() -> Document:
    """Return the three messages of the call."""
    _, code, words = REFUSALS[1]
    rows = (
        ("demo_request", "DemoRequest", "Ask for an account.", "client to server", REQUEST, None),
        ("demo_account", "DemoAccount", "Here it is.", "server to client", ACCOUNT, 200),
        (
            "demo_refused",
            "DemoRefused",
            "No account.",
            "server to client",
            _refused(code, words),
            400,
        ),
    )
    found: Document = {}
    for name, schema, summary, direction, example, status in rows:
        found[name] = {
            "name": name,
            "title": schema,
            "summary": summary,
            "contentType": "application/json",
            "x-direction": direction,
            "payload": {"$ref": f"#/components/schemas/{schema}"},
            "examples": [{"name": f"{name}_1", "payload": example}],
        }
        if status is not None:
            binding = {"statusCode": status, "bindingVersion": "0.3.0"}
            found[name]["bindings"] = {"http": binding}
    return found


def channel() -> Document:
    """Return the call's channel."""
    return {
        "address": DEMO_PATH,
        "title": "Sign-up with play money",
        "description": "One HTTP POST. Bodies are JSON.",
        "servers": [{"$ref": "#/servers/http"}],
        "messages": {
            name: {"$ref": f"#/components/messages/{name}"}
            for name in ("demo_request", "demo_account", "demo_refused")
        },
    }


def operation() -> Document:
    """Return the call as an operation of AsyncAPI."""
    here = "#/channels/demo"
    return {
        "action": "receive",
        "title": "demo",
        "summary": "Open a play-money account and get a ticket.",
        "channel": {"$ref": here},
        "messages": [{"$ref": f"{here}/messages/demo_request"}],
        "reply": {
            "channel": {"$ref": here},
            "messages": [
                {"$ref": f"{here}/messages/demo_account"},
                {"$ref": f"{here}/messages/demo_refused"},
            ],
        },
        "bindings": {"http": {"method": "POST", "bindingVersion": "0.3.0"}},
    }


def calls(http: str) -> list[Document]:
    """Return the call in plain words, with every answer."""
    return [
        {
            "method": "POST",
            "url": http.rstrip("/") + DEMO_PATH,
            "headers": {"Content-Type": "application/json"},
            "request": {
                "schema": {"$ref": "#/components/schemas/DemoRequest"},
                "example": REQUEST,
            },
            "responses": [
                {
                    "status": 200,
                    "schema": {"$ref": "#/components/schemas/DemoAccount"},
                    "example": ACCOUNT,
                },
                *(
                    {
                        "status": status,
                        "schema": {"$ref": "#/components/schemas/DemoRefused"},
                        "example": _refused(code, words),
                    }
                    for status, code, words in REFUSALS
                ),
            ],
        }
    ]


def _refused(code: str, words: str) -> Document:
    return {"error": {"code": code, "message": words}}


def literal() -> str:
    """Return the call and its answer as they cross the wire."""
    return (
        f"POST {DEMO_PATH} HTTP/1.1\nContent-Type: application/json\n\n{json.dumps(REQUEST)}\n\n"
        f"HTTP/1.1 200 OK\nContent-Type: application/json\n\n{json.dumps(ACCOUNT)}"
    )
