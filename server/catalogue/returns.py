"""Instant games for the returns that the settings choose."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from games.analysis.decimals import decimal
from games.game import AnyGame
from games.instant.returns import with_return
from server.catalogue.machines import return_of
from server.config import Games

__all__ = ["chosen_games"]


def chosen_games(games: Games, found: Iterable[AnyGame]) -> tuple[list[AnyGame], list[str]]:
    """Return the versions that `games.returns` asks for, and what is wrong with it, a line each.

    They are made from the newest version of each that ships; one for its own return is that
    version. The lowest return that such a game publishes, with payouts rounded at the lowest stake,
    must not be below `games.minimum_return`.
    """
    chosen: list[AnyGame] = []
    problems: list[str] = []
    newest = {game.name: game for game in sorted(found, key=lambda game: game.version)}
    for name, wanted in games.chosen_returns.items():
        game = with_return(newest[name], wanted)
        if game is newest[name]:
            continue
        lowest = return_of(game.describe().returns)
        if lowest < games.return_floor:
            problems.append(
                f"games.returns: {name} for {_percent(wanted)} returns {_percent(lowest)} where its"
                f" payouts are rounded most, below games.minimum_return"
                f" ({_percent(games.return_floor)}); raise the one or lower the other"
            )
        chosen.append(game)
    return chosen, problems


def _percent(value: Fraction) -> str:
    return f"{decimal(value * 100, 4)} %"
