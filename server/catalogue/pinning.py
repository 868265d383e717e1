"""The database's memory of which rules stood behind a game's version number."""

from __future__ import annotations

from typing import Any, Final

import asyncpg

from games.catalogue import Catalogue
from games.game import AnyGame
from server.catalogue.machines import place_of

__all__ = ["RulesChanged", "pin", "pin_all"]

_PIN: Final = "SELECT * FROM game_version_pin($1, $2, $3)"


class RulesChanged(Exception):  # noqa: N818 - the condition, in words for the operator
    """A version number was served with other rules before; the message names file and line."""


async def pin(pool: Any, game: AnyGame) -> int:
    """Return the database's id of a version, recorded if it is new. Raises RulesChanged."""
    try:
        row = await pool.fetchrow(_PIN, game.name, game.version, game.digest)
    except asyncpg.UniqueViolationError:
        # Another node that starts at this moment was quicker.
        row = await pool.fetchrow(_PIN, game.name, game.version, game.digest)
    if row["digest"] != game.digest:
        raise RulesChanged(
            f"{place_of(game, 'version')}: {game.name} version {game.version} was served with"
            f" other rules before (digest {row['digest'][:16]}…, now {game.digest[:16]}…);"
            " give changed rules a new version number"
        )
    return int(row["id"])


async def pin_all(pool: Any, catalogue: Catalogue) -> dict[tuple[str, int], int]:
    """Pin every version; returns the ids by name and version. Raises RulesChanged.

    Those too that were served before and that the catalogue can still make, such as an instant game
    for an earlier return: open rounds end under them.
    """
    ids = {(game.name, game.version): await pin(pool, game) for game in catalogue.versions()}
    for row in await pool.fetch("SELECT game, version FROM game_version"):
        key = (row["game"], row["version"])
        earlier = None if key in ids else catalogue.version(*key)
        if earlier is not None:
            ids[key] = await pin(pool, earlier)
    return ids
