"""Buses in one process, between which messages are lost, delayed, doubled and garbled."""

from __future__ import annotations

import asyncio
import random
from random import Random

from server.cluster.bus import Bus


def new_random() -> Random:
    """Return randomness whose seed is shown when the test fails."""
    seed = random.randrange(2**32)
    print("seed", seed)  # noqa: T201
    return Random(seed)


class Exchange:
    """Joins buses. Nothing goes wrong until its attributes say so."""

    def __init__(self, random: Random | None = None) -> None:
        self.random = random or Random(0)
        self.buses: list[FaultyBus] = []
        self.lose = 0.0
        """Shares of the messages, each way, that a fault befalls."""
        self.double = 0.0
        self.garble = 0.0
        self.delay_s = 0.0
        """Up to how long a message takes; then messages overtake each other."""
        self.carried: list[tuple[str, bytes]] = []

    def add(self) -> FaultyBus:
        """Return another bus."""
        bus = FaultyBus(self)
        self.buses.append(bus)
        return bus

    def carry(self, sender: FaultyBus, topic: str, data: bytes) -> None:
        """Bring a message to every other bus that is not cut off."""
        self.carried.append((topic, data))
        for bus in self.buses:
            if bus is sender or bus.cut or self.random.random() < self.lose:
                continue
            for _ in range(1 + (self.random.random() < self.double)):
                self._deliver(bus, topic, data)

    def _deliver(self, bus: FaultyBus, topic: str, data: bytes) -> None:
        if self.random.random() < self.garble:
            data = data[:8] + self.random.randbytes(self.random.randrange(40))
        loop = asyncio.get_running_loop()
        if self.delay_s:
            loop.call_later(self.random.uniform(0, self.delay_s), bus._receive, topic, data)
        else:
            loop.call_soon(bus._receive, topic, data)


class FaultyBus(Bus):
    """One node's bus."""

    def __init__(self, exchange: Exchange) -> None:
        super().__init__()
        self._exchange = exchange
        self.cut = False

    @property
    def connected(self) -> bool:
        """Whether it is not cut off."""
        return not self.cut

    def sever(self) -> None:
        """Cut it off from all others."""
        self.cut = True
        for topic in self._topics:
            self._interrupt(topic)

    def mend(self) -> None:
        """Join it again."""
        self.cut = False
        for topic in tuple(self._topics):
            self._confirm(topic)

    def _transmit(self, topic: str, data: bytes) -> bool:
        if self.cut:
            self.dropped["not connected"] += 1
            return False
        self._exchange.carry(self, topic, data)
        return True

    def _listen(self, topic: str) -> None:
        if not self.cut:
            self._confirm(topic)
