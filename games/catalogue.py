"""The games and versions that this program can run.

Old versions stay here for as long as a recorded round may have to be replayed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from games.game import AnyGame


class Catalogue:
    """Games by name and version."""

    def __init__(self, games: Iterable[AnyGame]) -> None:
        self._versions: dict[tuple[str, int], AnyGame] = {}
        self._current: dict[str, AnyGame] = {}
        for game in games:
            key = (game.name, game.version)
            if key in self._versions:
                message = f"{game.name} version {game.version} is registered twice"
                raise ValueError(message)
            self._versions[key] = game
            current = self._current.get(game.name)
            if current is None or current.version < game.version:
                self._current[game.name] = game

    def current(self, name: str) -> AnyGame | None:
        """Return the version that new rounds are played under, or None for an unknown name."""
        return self._current.get(name)

    def version(self, name: str, version: int) -> AnyGame | None:
        """Return one version, to replay or to finish a round under it."""
        return self._versions.get((name, version))

    def __iter__(self) -> Iterator[AnyGame]:
        """Iterate over the current version of every game, by name."""
        return iter(sorted(self._current.values(), key=lambda game: game.name))

    def versions(self) -> list[AnyGame]:
        """Return every version of every game."""
        return list(self._versions.values())


def standard() -> Catalogue:
    """Return the games that ship with Croupier."""
    from games.blackjack import registered  # noqa: PLC0415 - so that one game can be used alone
    from games.casino_war import CasinoWar  # noqa: PLC0415
    from games.roulette import EuropeanRoulette  # noqa: PLC0415
    from games.slots.machine import shipped_machines  # noqa: PLC0415

    return Catalogue([*shipped_machines(), EuropeanRoulette(), *registered(), CasinoWar()])
