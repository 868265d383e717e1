"""Private tables as operators see them: totals of a game, which tell of no single player."""

from __future__ import annotations

from games.catalogue import Catalogue
from protocol.messages.tables import ActivityList
from protocol.schema.console_tables import PrivatePlay

__all__ = ["private_play"]


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
