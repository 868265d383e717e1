"""What operators look up: finished rounds, who did what, who there is."""

from __future__ import annotations

from typing import Any, Final

import msgspec
from aiohttp import web

from server.console.live import LiveTables
from server.console.record import PAGE_ROWS_MAX, Record
from server.console.replays import Replays
from server.http.application import Room
from server.http.console import Console, refuse
from server.http.live import LiveRoom
from server.http.making import MakingRoom
from server.http.pages import ConsolePages
from server.http.policy import Policy
from server.identity.roles import Permission
from server.identity.sign_ins import SignedIn, plain_name
from server.tables.records import Records

__all__ = ["BackOffice", "rooms_of"]

_PAGE_ROWS: Final = 50
_DIGITS_MAX: Final = 18
_NAME_LENGTH_MAX: Final = 64


class BackOffice:
    """Answers the calls that only read."""

    def __init__(
        self, console: Console, record: Record, replays: Replays, tables: LiveTables
    ) -> None:
        self._console = console
        self._record = record
        self._replays = replays
        self._tables = tables

    def add_to(self, application: web.Application) -> None:
        """Add the routes."""
        for path, permission, handler in (
            ("/rounds/{round}", Permission.ROUNDS_VIEW, self._round),
            ("/actions", Permission.ACTIONS_VIEW, self._actions),
            ("/attempts", Permission.ACTIONS_VIEW, self._attempts),
            ("/operators", Permission.OPERATORS_VIEW, self._operators),
        ):
            self._console.route(application, "GET", path, permission, handler)

    async def _round(self, request: web.Request, _: SignedIn) -> web.StreamResponse:
        round_id = request.match_info["round"]
        found = await self._tables.replay(round_id) or await self._replays.of(round_id)
        return refuse("no_round") if found is None else _answer(found)

    async def _actions(self, request: web.Request, _: SignedIn) -> web.StreamResponse:
        page = _page(request)
        actor = plain_name(request.query.get("operator", ""))
        if page is None or len(actor) > _NAME_LENGTH_MAX or not actor.isprintable():
            return refuse("invalid_query")
        before, rows = page
        return _answer(await self._record.actions(before=before, actor=actor, rows=rows))

    async def _attempts(self, request: web.Request, _: SignedIn) -> web.StreamResponse:
        page = _page(request)
        if page is None:
            return refuse("invalid_query")
        before, rows = page
        return _answer(await self._record.attempts(before=before, rows=rows))

    async def _operators(self, _request: web.Request, _: SignedIn) -> web.StreamResponse:
        return _answer(await self._record.operators())


def rooms_of(
    console: Console, policy: Policy, pool: Any, records: Records, tables: LiveTables
) -> tuple[Room, ...]:
    """Return everything that operators are answered by, beside the way in."""
    return (
        ConsolePages(policy, console.within_reach),
        LiveRoom(console, tables),
        MakingRoom(console, tables),
        BackOffice(console, Record(pool), Replays(pool, records), tables),
    )


def _page(request: web.Request) -> tuple[int | None, int] | None:
    """Return from where and how many rows are wanted, or None where that is not said rightly."""
    before, rows = request.query.get("before"), request.query.get("limit", str(_PAGE_ROWS))
    for text in (rows, *([] if before is None else [before])):
        if not (text.isascii() and text.isdigit() and len(text) <= _DIGITS_MAX):
            return None
    if not 1 <= int(rows) <= PAGE_ROWS_MAX:
        return None
    return None if before is None else int(before), int(rows)


def _answer(found: msgspec.Struct) -> web.Response:
    return web.Response(
        body=msgspec.json.encode(found),
        content_type="application/json",
        headers={"Cache-Control": "no-store"},
    )
