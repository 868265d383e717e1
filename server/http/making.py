"""New live tables for operators' pages, and what a table takes from now on."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any

import msgspec
import structlog
from aiohttp import web

from protocol.schema.console_making import TableMade
from server.console.live import ActionRefused, Change, LiveTables, TableMaker
from server.http.console import Console, plain_reason, read_fields, refuse
from server.identity.roles import Permission
from server.identity.sign_ins import SignedIn
from server.tables.live.terms import TableRefused

__all__ = ["MakingRoom"]

log = structlog.get_logger(__name__)


class MakingRoom:
    """Answers `/tables`, `/tables/offer`, `/tables/{table}/terms` and `/tables/{table}/revert`."""

    def __init__(self, console: Console, tables: LiveTables) -> None:
        self._console = console
        self._tables = tables

    def add_to(self, application: web.Application) -> None:
        """Add the routes."""
        route = self._console.route
        operate, watch = Permission.TABLES_OPERATE, Permission.TABLES_WATCH
        route(application, "GET", "/tables/offer", operate, self._offer)
        route(application, "POST", "/tables", operate, self._make)
        route(application, "GET", "/tables/{table}/terms", watch, self._terms)
        route(application, "POST", "/tables/{table}/terms", operate, self._change)
        route(application, "POST", "/tables/{table}/revert", operate, self._revert)

    async def _offer(self, _request: web.Request, _: SignedIn) -> web.StreamResponse:
        making = self._tables.making
        return refuse("unavailable") if making is None else _answer(await making.offer())

    async def _terms(self, request: web.Request, _: SignedIn) -> web.StreamResponse:
        making = self._tables.making
        if making is None:
            return refuse("unavailable")
        found = await making.terms(request.match_info["table"])
        return refuse("no_table") if found is None else _answer(found)

    async def _make(self, request: web.Request, operator: SignedIn) -> web.StreamResponse:
        making, (said, reason) = self._tables.making, await _read(request)
        if making is None:
            return refuse("unavailable")
        if not reason:
            return refuse("reason_needed")
        closed = said.pop("closed", False)
        if not isinstance(closed, bool):
            return refuse("invalid_table", field="closed", reason="expected true or false")
        try:
            new = await making.check(said, closed=closed)
        except TableRefused as refused:
            return _refuse(refused)
        subject = f"{new.id} {new.table.title}"
        record = await self._record(request, operator, "make", subject, f"{new.text}: {reason}")
        try:
            row = await making.make(new, f"operator:{operator.name}", record)
        except TableRefused as refused:
            why = f"{refused.code}, of record {record}"
            await self._record(request, operator, "make.refused", subject, why)
            return _refuse(refused)
        log.info("table operated", action="make", operator=operator.name, record=record)
        return _answer(TableMade(record=str(record), id=str(new.id), table=row))

    async def _change(self, request: web.Request, operator: SignedIn) -> web.StreamResponse:
        making, (said, reason) = self._tables.making, await _read(request)
        if making is None:
            return refuse("unavailable")
        if not reason:
            return refuse("reason_needed")
        check = making.check_change(request.match_info["table"], said)
        return await self._changed(making, request, operator, "change", check, reason)

    async def _revert(self, request: web.Request, operator: SignedIn) -> web.StreamResponse:
        making, (said, reason) = self._tables.making, await _read(request)
        if making is None:
            return refuse("unavailable")
        if said or not reason:
            return refuse("reason_needed")
        check = making.check_revert(request.match_info["table"])
        return await self._changed(making, request, operator, "revert", check, reason)

    async def _changed(
        self,
        making: TableMaker,
        request: web.Request,
        operator: SignedIn,
        action: str,
        check: Awaitable[Change],
        reason: str,
    ) -> web.StreamResponse:
        """Have a table changed as *check* says, and put that on record."""
        table = request.match_info["table"]
        try:
            change = await check
            why = f"{change.text}: {reason}"
            record = await self._record(request, operator, action, table, why)
            try:
                await making.change(change, f"operator:{operator.name}", record)
            except ActionRefused as refused:
                why = f"{refused.code}, of record {record}"
                await self._record(request, operator, f"{action}.refused", table, why)
                raise
        except TableRefused as refused:
            return _refuse(refused)
        except ActionRefused as refused:
            return refuse(refused.code)
        log.info("table operated", action=action, operator=operator.name, record=record)
        return _answer(TableMade(record=str(record), id=table, table=self._tables.row(table)))

    async def _record(
        self, request: web.Request, operator: SignedIn, action: str, subject: str, reason: str
    ) -> int:
        return await self._console.record(request, operator, f"table.{action}", subject, reason)


async def _read(request: web.Request) -> tuple[dict[str, Any], str]:
    """Return what was said of a table, and the reason, empty where there is none to be read."""
    said = await read_fields(request) or {}
    return said, plain_reason(said.pop("reason", ""))


def _refuse(refused: TableRefused) -> web.Response:
    return refuse(refused.code, field=refused.field, reason=refused.reason)


def _answer(found: msgspec.Struct) -> web.Response:
    return web.Response(
        body=msgspec.json.encode(found),
        content_type="application/json",
        headers={"Cache-Control": "no-store"},
    )
