"""One live session a player across all nodes: whoever welcomes one tells the others.

The database fences the older session in any case; this only ends it at once, and has the player's
private tables left to the node that he is on now.
"""

from __future__ import annotations

from typing import Final, Protocol

import msgspec

from protocol.errors import CloseCode
from server.cluster.bus import Bus
from server.gateway.sessions import Session
from server.tables.directory import Directory

__all__ = ["Elsewhere"]

TOPIC: Final = "sessions"


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

    def __init__(self, bus: Bus, node: int, sessions: Sessions, directory: Directory) -> None:
        self._bus = bus
        self._node = node
        self._sessions = sessions
        self._directory = directory
        bus.subscribe(TOPIC, Welcomed, self._heard)

    def tell(self, session: Session) -> None:
        """Tell that a session goes on here."""
        self._bus.publish(TOPIC, Welcomed(self._node, session.id, session.account, session.epoch))

    def _heard(self, welcomed: Welcomed) -> None:
        if welcomed.node == self._node:
            return
        current = self._sessions.current(welcomed.account)
        if current is not None:
            if current.id != welcomed.session and current.epoch > welcomed.epoch:
                return  # the one here is the newer
            self._sessions.end(current)
        self._directory.leave_to_others(welcomed.account)
