"""The HTTP calls of operators who are signed in: tables, rounds, the record."""

from __future__ import annotations

from typing import Any, Final

from protocol.schema import console_making, console_record, console_tables
from protocol.schema.console import PREFIX, UNUSED, example, refusals

__all__ = ["paths"]

Document = dict[str, Any]

_JSON: Final = "application/json"
_COOKIE: Final[list[Document]] = [{"consoleCookie": []}]
_ALWAYS: Final = ("not_signed_in", "not_permitted", "unavailable")
_LIVE: Final = """\
A WebSocket with JSON texts; send `Origin`, as browsers do. First comes
`{"type": "snapshot", "tables": [...], "private": [...], "nodes": [...]}`, then, at most four times
a second, `{"type": "changes", "tables": [...], "gone": [...]}` with whole rows and the ids of
tables that are no more, and `private` or `nodes`, whole, where one of them is another now.
`{"type": "subscribe", "table": "t7"}` asks for one table as well:
`{"type": "detail", "id": "t7", "table": {"row": ..., "seats": [...], "rounds": [...]}}`, again
whenever it has changed (null where there is none), and `{"type": "events", "id": "t7", "events":
[...], "missed": 0}`. Whoever may not watch any more is told `{"type": "ended", "code": ...}`, and
the stream closes with 4401; after any other close connect again, with `?use=no` where nobody asked
for it. An open stream does not count as a use of the sign-in."""


def paths() -> Document:
    """Return the calls as paths of OpenAPI."""
    found: Document = {f"{PREFIX}/live": {"get": _live()}}
    for action in console_tables.Action:
        found[f"{PREFIX}/tables/{{table}}/{action}"] = {"post": _action(action)}
    found[f"{PREFIX}/tables"] = {"post": _make()}
    found[f"{PREFIX}/tables/offer"] = {
        "get": _get(
            "consoleTableOffer",
            "What a new table can be.",
            "The games that live tables can have, with what is usual, and the currencies.",
            example(console_making.OFFER),
        )
    }
    found[f"{PREFIX}/tables/{{table}}/terms"] = {
        "get": _get(
            "consoleTableTerms",
            "What a table takes: limits, seats, clocks, and who set them.",
            "As it is on record.",
            example(console_making.TERMS),
            parameters=[_in_path("table", "The table's id.")],
            codes=("no_table",),
        ),
        "post": _change(),
    }
    found[f"{PREFIX}/tables/{{table}}/revert"] = {"post": _revert()}
    found[f"{PREFIX}/rounds/{{round}}"] = {
        "get": _get(
            "consoleRound",
            "A finished round, computed again from its record.",
            "An open round is not found: it would tell its outcome.",
            example(console_tables.REPLAY),
            parameters=[_in_path("round", "The round's id.")],
            codes=("no_round",),
        )
    }
    found[f"{PREFIX}/actions"] = {
        "get": _get(
            "consoleActions",
            "What operators did, the newest first.",
            "By command or in the console. The record is append-only.",
            example(console_record.ACTIONS),
            parameters=[*_paging(), _in_query("operator", "Of this operator alone.", "string")],
            codes=("invalid_query",),
        )
    }
    found[f"{PREFIX}/attempts"] = {
        "get": _get(
            "consoleAttempts",
            "Attempts of operators to sign in, the newest first.",
            "With the true outcome, which whoever tried was not told.",
            example(console_record.ATTEMPTS),
            parameters=_paging(),
            codes=("invalid_query",),
        )
    }
    found[f"{PREFIX}/operators"] = {
        "get": _get(
            "consoleOperators",
            "Who the operators are.",
            "They are added and changed by `croupier operator`, as the owner of the database.",
            example(console_record.OPERATORS),
        )
    }
    return found


def _live() -> Document:
    return {
        "operationId": "consoleLive",
        "tags": ["operators"],
        "summary": "All live tables, pushed.",
        "description": _LIVE,
        "security": _COOKIE,
        "parameters": [UNUSED],
        "responses": {
            "101": {"description": "The stream begins.", "content": {}},
            **refusals((*_ALWAYS, "wrong_origin", "too_many")),
        },
    }


def _action(action: console_tables.Action) -> Document:
    words = {
        "pause": "Let a table's round finish and begin no other.",
        "resume": "Let a paused table's rounds begin again.",
        "open": "Open a closed table.",
        "close": "Let a table's round finish and close it.",
        "void": "Void a table's running round.",
    }
    codes: tuple[str, ...] = (
        "reason_needed",
        "not_json",
        "wrong_origin",
        "no_table",
        "wrong_state",
        "unreachable",
        *_ALWAYS,
    )
    order = console_tables.ACTION
    if action is console_tables.Action.VOID:
        codes = (*codes, "no_round")
        order = console_tables.ActionOrder(reason=order.reason, round="7203-17")
    return {
        "operationId": f"consoleTable{action.capitalize()}",
        "tags": ["operators"],
        "summary": words[action],
        "description": "Recorded with operator, reason, address and time before it is done."
        + (" Every stake goes back. Name the round." if codes[-1] == "no_round" else ""),
        "security": _COOKIE,
        "parameters": [_in_path("table", "The table's id.")],
        "requestBody": {"required": True, "content": {_JSON: example(order)}},
        "responses": {
            "200": {
                "description": "Done.",
                "content": {_JSON: example(console_tables.ACTION_DONE)},
            },
            **refusals(codes),
        },
    }


_CHECKED: Final = (
    "reason_needed",
    "not_json",
    "wrong_origin",
    "invalid_table",
    "too_many_seats",
    "wrong_limits",
)


def _make() -> Document:
    return {
        "operationId": "consoleTableMake",
        "tags": ["operators"],
        "summary": "Make a live table.",
        "description": "A node runs it at once and every node lists it; it outlives restarts, and"
        " the server's settings never change it. Recorded with operator, reason, address and time"
        " before it is done. `field` and `reason` of a refusal say which value is wrong and how.",
        "security": _COOKIE,
        "requestBody": {"required": True, "content": {_JSON: example(console_making.NEW_TABLE)}},
        "responses": {
            "200": {"description": "Made.", "content": {_JSON: example(console_making.MADE)}},
            **refusals((*_CHECKED, "unknown_game", "unknown_currency", "name_taken", *_ALWAYS)),
        },
    }


def _change() -> Document:
    return {
        "operationId": "consoleTableChange",
        "tags": ["operators"],
        "summary": "Change a table's limits, seats or clocks.",
        "description": "While it is paused or closed and no round is in play; it counts from the"
        " next round. The table is then the operators': the server's settings leave it alone."
        " Recorded with what was and what is, operator, reason, address and time.",
        "security": _COOKIE,
        "parameters": [_in_path("table", "The table's id.")],
        "requestBody": {"required": True, "content": {_JSON: example(console_making.CHANGE)}},
        "responses": {
            "200": {"description": "Done.", "content": {_JSON: example(console_making.MADE)}},
            **refusals(
                (*_CHECKED, "no_table", "table_open", "seats_taken", "unreachable", *_ALWAYS)
            ),
        },
    }


def _revert() -> Document:
    own = ("unknown_game", "no_table", "not_configured", "not_changed", "table_open")
    codes = (*_CHECKED, *own, "seats_taken", "unreachable", *_ALWAYS)
    return {
        "operationId": "consoleTableRevert",
        "tags": ["operators"],
        "summary": "Give a table back to the server's settings.",
        "description": "It takes what config.toml says, as the node that answers has read it: while"
        " it is paused or closed and no round is in play; it counts from the next round. From then"
        " on a new start takes what stands there. Whether it is open stays as it is. Recorded with"
        " what was and what is, operator, reason, address and time.",
        "security": _COOKIE,
        "parameters": [_in_path("table", "The table's id.")],
        "requestBody": {"required": True, "content": {_JSON: example(console_making.REVERT)}},
        "responses": {
            "200": {"description": "Done.", "content": {_JSON: example(console_making.MADE)}},
            **refusals(codes),
        },
    }


def _get(
    name: str,
    summary: str,
    description: str,
    body: Document,
    *,
    parameters: list[Document] | None = None,
    codes: tuple[str, ...] = (),
) -> Document:
    return {
        "operationId": name,
        "tags": ["operators"],
        "summary": summary,
        "description": description,
        "security": _COOKIE,
        **({} if parameters is None else {"parameters": parameters}),
        "responses": {
            "200": {"description": "What was found.", "content": {_JSON: body}},
            **refusals((*codes, *_ALWAYS)),
        },
    }


def _paging() -> list[Document]:
    return [
        _in_query("before", "Only what is older than this number.", "integer"),
        _in_query("limit", "At most so many, 1 to 200; 50 if left out.", "integer"),
    ]


def _in_path(name: str, words: str) -> Document:
    return {
        "name": name,
        "in": "path",
        "required": True,
        "description": words,
        "schema": {"type": "string"},
    }


def _in_query(name: str, words: str, kind: str) -> Document:
    return {
        "name": name,
        "in": "query",
        "required": False,
        "description": words,
        "schema": {"type": kind},
    }
