"""The lobby of private games: what there is, and what its tables take."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from games.catalogue import Catalogue
from games.game import AnyGame, StakeLimits
from protocol.messages.tables import LobbyGame, LobbyList, StakeRange
from server.catalogue.stakes import stake_limits
from server.config import Games

__all__ = ["Lobby"]


class Lobby:
    """Lists the games of a catalogue, by currency; the lists are kept until `forget`."""

    def __init__(self, settings: Games, catalogue: Callable[[], Catalogue]) -> None:
        self._settings = settings
        self._catalogue = catalogue
        self._lists: dict[str, LobbyList] = {}

    def forget(self) -> None:
        """Make the lists anew: there are other games."""
        self._lists.clear()

    def limits(self, game: AnyGame, currency: str) -> StakeLimits:
        """Return the stakes a table takes: the site's for the currency, else the game's own."""
        return stake_limits(self._settings, game, currency)

    def listed(self, currency: str) -> LobbyList:
        """Return the games with their stakes in a currency."""
        found = self._lists.get(currency)
        if found is None:
            entries = []
            for game in self._catalogue():
                limits = self.limits(game, currency)
                entries.append(
                    LobbyGame(
                        game=game.name,
                        stakes=StakeRange(limits.minimum, limits.maximum),
                        description=msgspec.to_builtins(game.describe()),
                    )
                )
            found = self._lists[currency] = LobbyList(tuple(entries))
        return found
