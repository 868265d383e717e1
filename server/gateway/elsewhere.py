"""One live session a player across all nodes: whoever welcomes one tells the others.

The database fences the older session in any case; this only ends it at once, and has the player's
private tables left to the node that he is on now. Where two nodes let the same session in, the
database says who was the last: messages may be late.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Final, Protocol

import msgspec

from protocol.errors import CloseCode
from server.cluster.bus import Bus
from server.database.errors import DATABASE_ERRORS
from server.gateway.sessions import Session
from server.tables.directory import Directory

__all__ = ["Elsewhere"]

TOPIC: Final = "sessions"
_AGAIN_S: Final = 0.5
"""How long the database is left alone when it does not answer."""


class Welcomed(msgspec.Struct, frozen=True, tag="welcomed"):
    """A session goes on at a node."""

    node: int
    session: int
    account: int
    epoch: int


class Sessions(Protocol):
    """The sessions of the node."""

    def current(self, account: int) -> Session | None:
        """Return the live session of an account."""

    def end(self, session: Session, code: CloseCode = CloseCode.REPLACED) -> None:
        """Take a session out."""


class Elsewhere:
    """Tells other nodes of sessions, and hears of theirs."""

    def __init__(
        self,
        bus: Bus,
        node: int,
        sessions: Sessions,
        directory: Directory,
        is_newest: Callable[[Session], Awaitable[bool]],
        spawn: Callable[[Coroutine[Any, Any, None]], None],
    ) -> None:
        self._bus = bus
        self._node = node
        self._sessions = sessions
        self._directory = directory
        self._is_newest = is_newest
        self._spawn = spawn
        bus.subscribe(TOPIC, Welcomed, self._heard)

    def tell(self, session: Session) -> None:
        """Tell that a session goes on here."""
        self._bus.publish(TOPIC, Welcomed(self._node, session.id, session.account, session.epoch))

    def _heard(self, welcomed: Welcomed) -> None:
        if welcomed.node == self._node:
            return
        current = self._sessions.current(welcomed.account)
        if current is None:
            self._directory.leave_to_others(welcomed.account)
        elif current.id == welcomed.session:
            self._spawn(self._settle(current))
        elif current.epoch < welcomed.epoch:
            self._leave(current)

    async def _settle(self, session: Session) -> None:
        """End a session that goes on elsewhere, unless it came back here since."""
        while not session.ended:
            token = session.token
            try:
                newest = await self._is_newest(session)
            except DATABASE_ERRORS:
                await asyncio.sleep(_AGAIN_S)
                continue
            if session.token != token:
                continue  # it came back here while the database was asked
            if not newest and not session.ended:
                self._leave(session)
            return

    def _leave(self, session: Session) -> None:
        self._sessions.end(session)
        self._directory.leave_to_others(session.account)
