"""Live tables for operators' pages: a pushed stream, and what may be done to a table."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import Counter
from typing import Final

import msgspec
import structlog
from aiohttp import WSCloseCode, WSMsgType, web

from protocol.schema.console_tables import (
    Action,
    ActionDone,
    ActionOrder,
    Ended,
    FromPage,
    Subscribe,
)
from server.console.feed import Feed
from server.console.live import ActionRefused, LiveTables, Order
from server.database.errors import DATABASE_ERRORS
from server.gateway.limits import TokenBucket
from server.http.console import Console, plain_reason, read_body, refuse
from server.identity.errors import NotPermitted, NotSignedIn
from server.identity.roles import Permission
from server.identity.sign_ins import SignedIn

__all__ = ["LiveRoom"]

log = structlog.get_logger(__name__)

FLUSH_S: Final = 0.25
"""Between two batches of messages: at most four a second."""
CHECK_S: Final = 5.0
"""An open page whose sign-in has ended, or whose role has changed, is told within this time."""
DOUBT_S: Final = 30.0
"""For so long a page stays open though the database does not say whether it may."""
OPEN_MAX: Final = 200
OPEN_EACH_MAX: Final = 12
"""Streams at a time, of everybody and of one operator."""
_HEARTBEAT_S: Final = 20.0
_GOODBYE_S: Final = 1.0
"""For a page to say goodbye when the server has."""
_MESSAGE_BYTES_MAX: Final = 1_024
_MESSAGES_A_SECOND: Final = 5.0
_MESSAGES_BURST: Final = 20.0
_ENDED_CODE: Final = 4401
"""The close code after `ended`: below it the page reconnects by itself."""

_PERMISSIONS: Final = {
    Action.PAUSE: Permission.TABLES_OPERATE,
    Action.RESUME: Permission.TABLES_OPERATE,
    Action.OPEN: Permission.TABLES_OPERATE,
    Action.CLOSE: Permission.TABLES_OPERATE,
    Action.VOID: Permission.ROUNDS_VOID,
}


class LiveRoom:
    """Answers `/live` and the actions below `/tables`."""

    def __init__(
        self,
        console: Console,
        tables: LiveTables,
        *,
        flush_s: float = FLUSH_S,
        check_s: float = CHECK_S,
        doubt_s: float = DOUBT_S,
    ) -> None:
        self._console = console
        self._tables = tables
        self._flush_s = flush_s
        self._check_s = check_s
        self._doubt_s = doubt_s
        self._open: Counter[int] = Counter()
        self._sockets: set[web.WebSocketResponse] = set()

    @property
    def watching(self) -> int:
        """How many streams are open."""
        return len(self._sockets)

    def add_to(self, application: web.Application) -> None:
        """Add the routes."""
        route = self._console.route
        route(application, "GET", "/live", Permission.TABLES_WATCH, self._stream, socket=True)
        for action, permission in _PERMISSIONS.items():
            route(application, "POST", f"/tables/{{table}}/{action}", permission, self._act)
        application.on_shutdown.append(self._leave)

    # -- the stream --------------------------------------------------------------------------------

    async def _stream(self, request: web.Request, operator: SignedIn) -> web.StreamResponse:
        socket = web.WebSocketResponse(
            timeout=_GOODBYE_S,
            heartbeat=_HEARTBEAT_S,
            max_msg_size=_MESSAGE_BYTES_MAX,
            compress=False,
        )
        if not socket.can_prepare(request):
            raise web.HTTPUpgradeRequired
        who = operator.credential
        if len(self._sockets) >= OPEN_MAX or self._open[who] >= OPEN_EACH_MAX:
            return refuse("too_many")
        self._open[who] += 1
        self._sockets.add(socket)
        try:
            await socket.prepare(request)
            await self._serve(socket, operator)
        finally:
            self._sockets.discard(socket)
            self._open[who] -= 1
            if not self._open[who]:
                del self._open[who]
        return socket

    async def _serve(self, socket: web.WebSocketResponse, operator: SignedIn) -> None:
        feed = Feed(self._tables)
        tasks = [
            asyncio.ensure_future(self._send(socket, feed)),
            asyncio.ensure_future(self._check(socket, operator, feed)),
        ]
        try:
            await self._read(socket, feed)
        finally:
            feed.close()
            for task in tasks:
                task.cancel()
            for result in await asyncio.gather(*tasks, return_exceptions=True):
                if isinstance(result, Exception) and not isinstance(result, ConnectionError):
                    log.error("live stream failed", exc_info=result)
            await socket.close()

    async def _read(self, socket: web.WebSocketResponse, feed: Feed) -> None:
        """Read what the page says until it leaves. What it must not say ends the stream."""
        bucket = TokenBucket(_MESSAGES_A_SECOND, _MESSAGES_BURST, time.monotonic())
        async for message in socket:
            if message.type is not WSMsgType.TEXT:
                await socket.close(code=WSCloseCode.UNSUPPORTED_DATA)
                return
            if bucket.take(time.monotonic()) < 0:
                await socket.close(code=WSCloseCode.POLICY_VIOLATION)
                return
            try:
                said = msgspec.json.decode(message.data, type=FromPage)
            except (msgspec.DecodeError, ValueError, RecursionError):
                await socket.close(code=WSCloseCode.POLICY_VIOLATION)
                return
            feed.follow(said.table if isinstance(said, Subscribe) else None)

    async def _send(self, socket: web.WebSocketResponse, feed: Feed) -> None:
        """Send what is new, a batch at a time, with a pause in between."""
        try:
            while True:
                await feed.wait()
                for text in await feed.take():
                    await socket.send_str(text.decode())
                await asyncio.sleep(self._flush_s)
        except Exception:
            # The reader waits for the page: without this it would show what is no longer so.
            with contextlib.suppress(ConnectionError):
                await socket.close(code=WSCloseCode.INTERNAL_ERROR)
            raise

    async def _check(self, socket: web.WebSocketResponse, operator: SignedIn, feed: Feed) -> None:
        """Look again and again whether the operator may still watch."""
        sure = time.monotonic()
        while True:
            await asyncio.sleep(self._check_s)
            feed.look()
            code = ""
            try:
                operator = await self._console.sign_ins.renew(operator)
                operator.require(Permission.TABLES_WATCH)
                sure = time.monotonic()
            except NotSignedIn:
                code = "not_signed_in"
            except NotPermitted:
                code = "not_permitted"
            except DATABASE_ERRORS:
                code = "unavailable" if time.monotonic() - sure > self._doubt_s else ""
            if code:
                with contextlib.suppress(ConnectionError):
                    await socket.send_str(msgspec.json.encode(Ended(code=code)).decode())
                    await socket.close(code=_ENDED_CODE)
                return

    async def _leave(self, _: web.Application) -> None:
        """End all streams: the server stops, and pages find another."""
        await asyncio.gather(
            *(socket.close(code=WSCloseCode.GOING_AWAY) for socket in tuple(self._sockets)),
            return_exceptions=True,  # of those that are gone already
        )

    # -- actions -----------------------------------------------------------------------------------

    async def _act(self, request: web.Request, operator: SignedIn) -> web.StreamResponse:
        table, action = request.match_info["table"], Action(request.path.rpartition("/")[2])
        said = await read_body(request, ActionOrder)
        reason = "" if said is None else plain_reason(said.reason)
        if said is None or not reason:
            return refuse("reason_needed")
        if (action is Action.VOID) is (said.round is None) or not (said.round or "").isprintable():
            return refuse("reason_needed")
        if self._tables.row(table) is None:
            return refuse("no_table")
        subject = table if said.round is None else f"{table} {said.round}"
        record = await self._console.record(request, operator, f"table.{action}", subject, reason)
        order = Order(operator.name, operator.role or "", reason, record, said.round)
        try:
            await self._tables.act(table, action, order)
        except ActionRefused as refused:
            why = f"{refused.code}, of record {record}"
            await self._console.record(request, operator, f"table.{action}.refused", subject, why)
            return refuse(refused.code)
        log.info("table operated", action=action, operator=operator.name, record=record)
        done = ActionDone(record=str(record), table=self._tables.row(table))
        return web.json_response(msgspec.to_builtins(done), headers={"Cache-Control": "no-store"})
