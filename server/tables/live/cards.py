"""The cards of all live tables of the casino: each node tells its own, twice a second."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

import msgspec

from protocol.messages.live import TableCard, TableList
from server.cluster.bus import Bus
from server.tables.live.floor import LiveFloor
from server.tables.live.settings import TableState
from server.tables.live.table import LiveTable

__all__ = ["Cards"]

TOPIC: Final = "cards"
LISTED_EVERY_MS: Final = 2_000
FORGOTTEN_S: Final = 5.0
"""A node that tells nothing for so long has no tables any more."""
KEPT_S: Final = 0.1
"""For how long a list is given again, however many ask: 300 tables cost half a millisecond."""


class NodeCards(msgspec.Struct, frozen=True, tag="cards"):
    """The tables of one node, with their currencies."""

    node: int
    cards: list[tuple[str, TableCard]]


class Cards:
    """What is known of every table for the lobby."""

    def __init__(
        self, bus: Bus, node: int, floor: LiveFloor, watchers: Callable[[LiveTable], int]
    ) -> None:
        self._bus = bus
        self._node = node
        self._floor = floor
        self._watchers = watchers
        self._others: dict[int, tuple[float, NodeCards]] = {}
        self._kept: dict[str, tuple[float, TableList]] = {}
        bus.subscribe(TOPIC, NodeCards, self._heard)

    def _heard(self, cards: NodeCards) -> None:
        if cards.node != self._node:
            self._others[cards.node] = (time.monotonic(), cards)

    def _own(self) -> list[tuple[str, TableCard]]:
        return [
            (table.settings.currency, table.card(self._watchers(table)))
            for table in self._floor.tables.values()
            if table.state is not TableState.CLOSED
        ]

    def tell(self) -> None:
        """Tell the other nodes of this node's tables."""
        self._bus.publish(TOPIC, NodeCards(self._node, self._own()))

    def listed(self, currency: str, known: Callable[[str], bool]) -> TableList:
        """Return the tables of a currency that are known, by title; at most `KEPT_S` old."""
        now = time.monotonic()
        kept = self._kept.get(currency)
        if kept is None or now - kept[0] > KEPT_S:
            kept = self._kept[currency] = (now, self._list(currency, known, now - FORGOTTEN_S))
        return kept[1]

    def _list(self, currency: str, known: Callable[[str], bool], oldest: float) -> TableList:
        found = {card.table: card for code, card in self._own() if code == currency}
        for at, cards in self._others.values():
            if at > oldest:
                for code, card in cards.cards:
                    if code == currency:
                        found.setdefault(card.table, card)
        ordered = sorted(found.values(), key=lambda card: (card.title, card.table))
        return TableList(tuple(card for card in ordered if known(card.table)), LISTED_EVERY_MS)
