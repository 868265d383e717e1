"""Private tables as operators see them: totals of a game, which tell of no single player.

Each node tells the others its totals when they have changed, and again every few seconds.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from games.catalogue import Catalogue
from protocol.messages.tables import ActivityList
from protocol.schema.console_tables import PrivatePlay
from server.cluster.bus import Bus
from server.console.board import LiveBoard

__all__ = ["PrivateTotals", "private_play"]

TOPIC: Final = "private"
LOOK_S: Final = 1.0
TOLD_EVERY_S: Final = 5.0
SILENT_S: Final = 16.0
"""A node that has told nothing for three times as long as it may has no totals any more."""


class Totals(msgspec.Struct, frozen=True, tag="totals"):
    """The private tables of one node."""

    node: Annotated[int, Meta(ge=0, le=255)]
    games: list[PrivatePlay]


class PrivateTotals:
    """Has the totals of every node on this node's board."""

    def __init__(
        self,
        bus: Bus,
        node: int,
        board: LiveBoard,
        alive: Callable[[], set[int]],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Begin to hear the others.

        Args:
            bus: of the nodes.
            node: this one.
            board: where operators read, and where this node's own totals come from.
            alive: tells which nodes live; of the others nothing stays.
            monotonic: a clock in seconds that never goes back.
        """
        self._bus = bus
        self._node = node
        self._board = board
        self._alive = alive
        self._monotonic = monotonic
        self._told: list[PrivatePlay] = []
        self._look_at = self._tell_at = 0.0
        self._heard_at: dict[int, float] = {}
        bus.subscribe(TOPIC, Totals, self._heard)

    def flush(self) -> None:
        """Tell what has changed here, and forget the nodes that left."""
        now = self._monotonic()
        if now < self._look_at:
            return
        self._look_at = now + LOOK_S
        own = list(self._board.own_private())
        if own != self._told or now >= self._tell_at:
            self._tell_at = now + TOLD_EVERY_S
            if own != self._told:
                self._told = own
                self._board.totals_changed()
            self._bus.publish(TOPIC, Totals(self._node, own))
        alive = self._alive()
        for node, heard in list(self._heard_at.items()):
            if node not in alive or now - heard > SILENT_S:
                del self._heard_at[node]
                self._board.put_private(node, ())

    def _heard(self, totals: Totals) -> None:
        if totals.node != self._node:
            self._heard_at[totals.node] = self._monotonic()
            self._board.put_private(totals.node, totals.games)


def private_play(activity: ActivityList, catalogue: Catalogue, node: int) -> list[PrivatePlay]:
    """Return the totals of a node's private tables, by game."""
    found = []
    for entry in activity.games:
        game = catalogue.current(entry.game)
        found.append(
            PrivatePlay(
                game=entry.game,
                title=entry.game if game is None else game.describe().title,
                node=str(node),
                players=entry.players,
                rounds=entry.rounds,
            )
        )
    return found
