"""When bets are made and by whom.

Closed loop: each player goes on when he has his answer. That measures how fast the server is with
so many players, but a server that stalls is asked nothing meanwhile, so its worst moments hardly
show in the percentiles.

Open loop: bets arrive at their own times whatever the server does, as they do from a crowd. The
latency counts from the time at which a bet was meant to go out. What finds no free player is
dropped and counted.

Times are those of `perf_counter`: the clock of a fast event loop counts whole milliseconds only,
and so do its timers. A bet goes out about half a millisecond late, therefore. That counts as
latency, and the report says how late bets were, so that it can be told from the server's share.
"""

from __future__ import annotations

import asyncio
import random
from collections import deque
from time import perf_counter
from typing import Final, Literal

from client.load.results import Tally

__all__ = ["Arrivals"]

_TICK_S: Final = 0.001
"""The shortest sleep. A shorter one would be none at all, and the loop would turn idle."""


class Arrivals:
    """The clock of an open loop: hands each bet to the player who has been free the longest."""

    def __init__(
        self,
        rate: float,
        shape: Literal["poisson", "uniform"],
        chance: random.Random,
        tally: Tally,
    ) -> None:
        self._gap = 1.0 / rate
        self._shape = shape
        self._chance = chance
        self._tally = tally
        self._free: deque[asyncio.Future[float | None]] = deque()
        self._over = False

    async def next(self) -> float | None:
        """Wait for the next bet of this player; returns when it is due, or None at the end."""
        if self._over:
            return None
        turn: asyncio.Future[float | None] = asyncio.get_running_loop().create_future()
        self._free.append(turn)
        return await turn

    async def run(self, until: float) -> None:
        """Let bets arrive until a time of `perf_counter`, then send everyone home."""
        due = perf_counter() + self._wait()
        try:
            while due < until:
                now = perf_counter()
                if due > now:
                    await asyncio.sleep(max(due - now, _TICK_S))
                    now = perf_counter()
                while due <= now and due < until:
                    self._arrive(due, now)
                    due += self._wait()
        finally:
            self.end()

    def end(self) -> None:
        """Send every free player home, and whoever becomes free later."""
        self._over = True
        while self._free:
            turn = self._free.popleft()
            if not turn.done():
                turn.set_result(None)

    def _wait(self) -> float:
        if self._shape == "uniform":
            return self._gap
        return self._chance.expovariate(1.0) * self._gap

    def _arrive(self, due: float, now: float) -> None:
        self._tally.arrivals += 1
        self._tally.lateness.record(int((now - due) * 1_000_000))
        while self._free:
            turn = self._free.popleft()
            if not turn.done():
                turn.set_result(due)
                return
        self._tally.dropped_sends += 1
