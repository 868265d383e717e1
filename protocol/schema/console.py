"""The HTTP calls with which operators sign in. Players never need them."""

from __future__ import annotations

from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta

from protocol.schema.rest import Problem, ProblemDetail

__all__ = [
    "COOKIE",
    "COOKIE_PLAIN",
    "PREFIX",
    "REFUSALS",
    "UNUSED",
    "ConsoleSession",
    "ConsoleSignIn",
    "example",
    "paths",
    "refusals",
]

Document = dict[str, Any]

PREFIX: Final = "/api/v1/console"
COOKIE: Final = "__Host-croupier-console"
"""The cookie over TLS: bound to this host, never sent in clear."""
COOKIE_PLAIN: Final = "croupier-console"
"""The cookie in development on this machine itself, where there is no TLS."""

_JSON: Final = "application/json"
_REFERENCE: Final = "#/components/schemas/"


class ConsoleSignIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who signs in. Either `code` or `recovery_code` is given."""

    name: Annotated[str, Meta(min_length=1, max_length=64)]
    """The operator's name, in small or capital letters."""
    password: Annotated[str, Meta(min_length=1, max_length=256)]
    """The password."""
    code: Annotated[str, Meta(min_length=1, max_length=16)] | None = None
    """What the authenticator shows: six digits, each code good once."""
    recovery_code: Annotated[str, Meta(min_length=1, max_length=64)] | None = None
    """Instead of the code, for whoever has lost the authenticator. Each is good once."""

    def __repr__(self) -> str:
        """Say nothing that a log or a traceback must not hold."""
        return "ConsoleSignIn(***)"


class ConsoleSession(msgspec.Struct, frozen=True, kw_only=True):
    """Who is signed in, and what the role allows."""

    operator: str
    """The operator's id."""
    name: str
    """The operator's name."""
    role: str
    """`floor`, `cashier`, `compliance` or `admin`. The set is open."""
    permissions: tuple[str, ...]
    """What the role may do. The server checks it at every call, whatever a page shows."""
    signed_in_ms: int
    """When this sign-in began, in milliseconds since 1970."""
    ends_ms: int
    """When it ends at the latest."""
    idle_ms: int
    """After how long without a call it ends sooner."""
    recovery_codes: int
    """How many recovery codes are left."""
    previous_ms: int | None
    """When the sign-in before this one began; null for the first."""
    previous_address: str | None
    """From which address that came."""


SIGN_IN: Final = ConsoleSignIn(name="mara", password="a long one, of several words", code="492039")  # noqa: S106 - an example
SESSION: Final = ConsoleSession(
    operator="3",
    name="mara",
    role="floor",
    permissions=("rounds.view", "rounds.void", "tables.operate", "tables.watch"),
    signed_in_ms=1_790_000_000_000,
    ends_ms=1_790_043_200_000,
    idle_ms=1_800_000,
    recovery_codes=10,
    previous_ms=1_789_900_000_000,
    previous_address="192.0.2.7",
)

REFUSALS: Final[dict[str, tuple[int, str]]] = {
    "invalid_body": (400, 'Send {"name": "...", "password": "...", "code": "..."}.'),
    "not_json": (415, "Send the body as application/json."),
    "wrong_origin": (403, "Only pages of this server may ask for this."),
    "insecure": (403, "Sign in over HTTPS: a password was sent in clear, so change it."),
    "sign_in_refused": (401, "Name, password or code is wrong, or the account is disabled."),
    "locked": (429, "Too many failures under this name or from this address; wait."),
    "too_fast": (429, "Too many attempts from this address; wait a minute."),
    "unavailable": (503, "Not now; try again in a few seconds."),
    "not_signed_in": (401, "Sign in first; a sign-in ends when it is not used for a while."),
    "not_permitted": (403, "Your role does not allow this."),
    "reason_needed": (400, 'Send {"reason": "..."} of 3 to 500 characters; to void, "round" too.'),
    "invalid_query": (400, "A word of the address is wrong: see the documents."),
    "no_table": (404, "There is no such table, or no more."),
    "no_round": (404, "There is no such round, or it has not ended; to void: it has."),
    "wrong_state": (409, "The table is not in a state in which this can be done; look again."),
    "unreachable": (503, "The table's node did not answer: look whether it was done."),
    "invalid_table": (400, "A value of the table is wrong: see field and reason."),
    "unknown_game": (400, "Choose a game that live tables can have; reason names them."),
    "unknown_currency": (400, "Choose a currency that the server knows."),
    "too_many_seats": (400, "Choose fewer seats; reason says how many this game can have."),
    "wrong_limits": (400, "Choose other limits; reason says what is wrong with these."),
    "name_taken": (409, "There is a table of this name; choose another name."),
    "table_open": (409, "Pause or close the table and let its round end; then change it."),
    "not_configured": (409, "The server's settings list no such table: change it, or close it."),
    "not_changed": (409, "The table is as the server's settings have it: there is nothing to do."),
    "seats_taken": (409, "Somebody sits on a seat that would be gone: keep more seats, or wait."),
    "too_many": (503, "Too many pages watch; close some."),
}
"""Status and message of every refusal, by code."""
_FIELDS: Final = {
    "invalid_table": ("betting_ms", "expected whole milliseconds from 1 to 86400000"),
    "unknown_game": ("game", "dice is no game for a live table; those are ..."),
    "unknown_currency": ("currency", "EUX is no currency known here; did you mean EUR?"),
    "too_many_seats": ("seats", "blackjack has at most 7 seats, not 8"),
    "wrong_limits": ("maximum", "it must not be below the minimum 0.50"),
    "name_taken": ("title", "there is a table named Roulette 7 already"),
    "not_configured": ("title", "config.toml lists no table Roulette 7 of roulette in EUR"),
    "not_changed": ("title", "Roulette 7 has what config.toml says: no operator has changed it"),
}
"""Examples of `field` and `reason`, of those refusals that have them."""

UNUSED: Final[Document] = {
    "name": "use",
    "in": "query",
    "required": False,
    "description": "`no` for a page that asks by itself: it does not keep the sign-in from ending.",
    "schema": {"type": "string", "enum": ["no"]},
}
"""A parameter of every call: whether it counts as a use of the sign-in."""
_SIGN_IN_REFUSALS: Final = (
    "invalid_body",
    "not_json",
    "wrong_origin",
    "insecure",
    "sign_in_refused",
    "locked",
    "too_fast",
    "unavailable",
)
_REASONS: Final = {
    400: "The request is wrong; the code says how.",
    401: "Nobody is signed in by this.",
    403: "Not from there, or not with this role.",
    404: "There is none.",
    409: "Not as things are now.",
    415: "The body is not JSON.",
    429: "Too often; `Retry-After` says how many seconds to wait.",
    503: "Not now; try again in a few seconds.",
}


def paths() -> Document:
    """Return the calls as paths of OpenAPI."""
    cookie: list[Document] = [{"consoleCookie": []}]
    return {
        f"{PREFIX}/sign-in": {
            "post": {
                "operationId": "consoleSignIn",
                "tags": ["operators"],
                "summary": "Sign in as an operator.",
                "description": "Sets the cookie. One answer for every wrong name, password or code:"
                " none tells which it was. After some failures in a row name and address are"
                " `locked` for a time that grows. Send `Origin`, as browsers do.",
                "security": [],
                "requestBody": {
                    "required": True,
                    "content": {_JSON: example(SIGN_IN)},
                },
                "responses": {
                    "200": {
                        "description": "Signed in.",
                        "headers": {
                            "Set-Cookie": {
                                "description": "The token, `HttpOnly` and `SameSite=Strict`.",
                                "schema": {"type": "string"},
                            }
                        },
                        "content": {_JSON: example(SESSION)},
                    },
                    **refusals(_SIGN_IN_REFUSALS),
                },
            }
        },
        f"{PREFIX}/sign-out": {
            "post": {
                "operationId": "consoleSignOut",
                "tags": ["operators"],
                "summary": "End the sign-in.",
                "description": "The token is worth nothing afterwards, whoever has a copy.",
                "security": cookie,
                "responses": {
                    "204": {"description": "Signed out, or nobody was signed in.", "content": {}},
                    **refusals(("wrong_origin", "not_json", "unavailable")),
                },
            }
        },
        f"{PREFIX}/session": {
            "get": {
                "operationId": "consoleSession",
                "tags": ["operators"],
                "summary": "Who is signed in, with which permissions.",
                "security": cookie,
                "parameters": [UNUSED],
                "responses": {
                    "200": {"description": "The operator.", "content": {_JSON: example(SESSION)}},
                    **refusals(("not_signed_in", "unavailable")),
                },
            }
        },
    }


def security_schemes() -> Document:
    """Return how operators are known."""
    return {
        "consoleCookie": {
            "type": "apiKey",
            "in": "cookie",
            "name": COOKIE,
            "description": f"Set by the sign-in; `{COOKIE_PLAIN}` in development without TLS.",
        }
    }


def example(value: msgspec.Struct) -> Document:
    """Return schema and example of a body."""
    return {
        "schema": {"$ref": _REFERENCE + type(value).__name__},
        "example": msgspec.to_builtins(value),
    }


def refusals(codes: tuple[str, ...]) -> Document:
    """Return the responses of refusals, by status."""
    found: dict[int, Document] = {}
    for code in codes:
        status, message = REFUSALS[code]
        field, reason = _FIELDS.get(code, ("", ""))
        told = Problem(error=ProblemDetail(code=code, message=message, field=field, reason=reason))
        found.setdefault(status, {})[code] = {"value": msgspec.to_builtins(told)}
    return {
        str(status): {
            "description": _REASONS[status],
            "content": {_JSON: {"schema": {"$ref": _REFERENCE + "Problem"}, "examples": examples}},
        }
        for status, examples in sorted(found.items())
    }
