"""The games and versions that this program can run.

Old versions stay here for as long as a recorded round may have to be replayed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from games.game import AnyGame


class Catalogue:
    """Games by name and version.

    `closed` names games that take no new rounds; their recorded rounds still end and replay.
    `chosen` are further versions, which new rounds are played under whatever their numbers are.
    """

    def __init__(
        self,
        games: Iterable[AnyGame],
        closed: Collection[str] = (),
        chosen: Collection[AnyGame] = (),
    ) -> None:
        self._versions: dict[tuple[str, int], AnyGame] = {}
        self._made: dict[tuple[str, int], AnyGame] = {}
        self._current: dict[str, AnyGame] = {}
        self._closed = frozenset(closed)
        self._chosen = frozenset(game.name for game in chosen)
        for game in (*games, *chosen):
            self.add(game)
        for game in chosen:
            if game.name not in self._closed:
                self._current[game.name] = game

    def add(self, game: AnyGame) -> None:
        """Add a version; new rounds are played under the highest number, or the one chosen.

        Raises ValueError for a name and version that is here already.
        """
        key = (game.name, game.version)
        if key in self._versions:
            raise ValueError(f"{game.name} version {game.version} is there twice")
        self._versions[key] = game
        if game.name in self._closed | self._chosen:
            return
        current = self._current.get(game.name)
        if current is None or current.version < game.version:
            self._current[game.name] = game

    def current(self, name: str) -> AnyGame | None:
        """Return the version that new rounds are played under, or None for an unknown name."""
        return self._current.get(name)

    def version(self, name: str, version: int) -> AnyGame | None:
        """Return one version, to replay or to finish a round under it.

        An instant game that is here is found for every return that it can be made for, so that
        rounds which were played for another return than today's are played again as well.
        """
        key = (name, version)
        return self._versions.get(key) or self._made.get(key) or self._make(name, version)

    def _make(self, name: str, version: int) -> AnyGame | None:
        from games.instant.returns import of_version, rules_of  # noqa: PLC0415 - so that one game
        # can be used alone.

        base = self._versions.get((name, rules_of(version)))
        game = None if base is None else of_version(base, version)
        if game is not None:
            self._made[name, version] = game
        return game

    def __iter__(self) -> Iterator[AnyGame]:
        """Iterate over the current version of every game, by name."""
        return iter(sorted(self._current.values(), key=lambda game: game.name))

    def versions(self) -> list[AnyGame]:
        """Return every version of every game, of those for other returns only what was chosen."""
        return list(self._versions.values())


def standard() -> Catalogue:
    """Return the games that ship with Croupier."""
    from games.baccarat import baccarat_games  # noqa: PLC0415 - so that one game can be used alone
    from games.big_six import BigSix  # noqa: PLC0415
    from games.blackjack import blackjack_games  # noqa: PLC0415
    from games.casino_war import CasinoWar  # noqa: PLC0415
    from games.craps import Craps  # noqa: PLC0415
    from games.instant import Crash, Dice, HiLo, Limbo, Mines, Plinko  # noqa: PLC0415
    from games.keno import Keno40, Keno80  # noqa: PLC0415
    from games.roulette import (  # noqa: PLC0415
        AmericanRoulette,
        EuropeanRoulette,
        FrenchRoulette,
    )
    from games.sic_bo import SicBo  # noqa: PLC0415
    from games.slots.machine import shipped_machines  # noqa: PLC0415
    from games.three_card_poker import three_card_poker_games  # noqa: PLC0415
    from games.video_poker import video_poker_games  # noqa: PLC0415

    wheels = (EuropeanRoulette(), FrenchRoulette(), AmericanRoulette(), BigSix())
    numbers = (Craps(), SicBo(), Keno80(), Keno40())
    cards: tuple[AnyGame, ...] = (
        *blackjack_games(),
        CasinoWar(),
        *baccarat_games(),
        *three_card_poker_games(),
        *video_poker_games(),
    )
    instant = (Crash(), Dice(), HiLo(), Limbo(), Mines(), Plinko())
    return Catalogue([*shipped_machines(), *wheels, *numbers, *cards, *instant])
