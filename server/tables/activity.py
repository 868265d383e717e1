"""How much is going on at the games of this node, as counts that tell of no single player."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final

from protocol.messages.tables import ActivityList, GameActivity

if TYPE_CHECKING:  # a table has a tally, and the tally must not need the table
    from server.tables.table import PrivateTable

LISTED_EVERY_S: Final = 2.0
"""The tables are looked through at most this often, however many players ask."""
EVERY_MS: Final = 10_000
"""How often it is worth asking, which the reply says."""
HERE_S: Final = 300.0
"""A player who has neither sat down nor bet for longer is not counted."""
WINDOW_S: Final = 60.0
"""The time in which settled rounds are counted."""


class Tally:
    """Counts the settled rounds of one game, at all of its tables."""

    __slots__ = ("rounds",)

    def __init__(self) -> None:
        self.rounds = 0


class Activity:
    """The counts of every game.

    A settled round costs one addition. The rounds of a minute are the difference to a sample of the
    tallies that is a minute old; players are counted when somebody asks.
    """

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._tallies: dict[str, Tally] = {}
        self._samples: deque[tuple[float, dict[str, int]]] = deque([(monotonic(), {})])
        self._listed = ActivityList((), EVERY_MS)
        self._listed_at = -math.inf

    def tally(self, game: str) -> Tally:
        """Return where the settled rounds of a game are counted."""
        return self._tallies.setdefault(game, Tally())

    def sample(self) -> None:
        """Keep what the tallies say now. To be called every few seconds, asked or not."""
        now, samples = self._monotonic(), self._samples
        samples.append((now, {game: tally.rounds for game, tally in self._tallies.items()}))
        # The oldest sample that stays is the newest one that is a whole minute old.
        while samples[1][0] <= now - WINDOW_S:
            samples.popleft()

    def listed(self, seats: Mapping[int, Mapping[str, PrivateTable]]) -> ActivityList:
        """Return the counts; `seats` are each account's tables by game."""
        now = self._monotonic()
        if now - self._listed_at >= LISTED_EVERY_S:
            self._listed_at = now
            self._listed = self._count(seats, now)
        return self._listed

    def _count(self, seats: Mapping[int, Mapping[str, PrivateTable]], now: float) -> ActivityList:
        players = _players(seats, now - HERE_S)
        self.sample()
        _, before = self._samples[0]
        games = []
        for game, tally in sorted(self._tallies.items()):
            here, rounds = players.get(game, 0), tally.rounds - before.get(game, 0)
            if here or rounds:
                games.append(GameActivity(game, here, rounds))
        return ActivityList(tuple(games), EVERY_MS)


def _players(seats: Mapping[int, Mapping[str, PrivateTable]], since: float) -> dict[str, int]:
    """Count each connected player at the game where he sat down or bet last, after `since`."""
    players: dict[str, int] = {}
    for tables in seats.values():
        latest, where = since, ""
        for game, table in tables.items():
            player = table.player
            if player is None or player.connection is None:
                continue
            at = table.sat_at
            # A table that was only loaded again is not where its player is.
            if table.used_at > at and table.used_at != table.made_at:
                at = table.used_at
            if at > latest:
                latest, where = at, game
        if where:
            players[where] = players.get(where, 0) + 1
    return players


__all__ = ["Activity", "Tally"]
