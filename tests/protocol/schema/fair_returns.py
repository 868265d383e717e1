"""Instant games for returns that an operator could choose, as the browser must make them itself.

    python -m tests.protocol.schema.fair_returns

writes `web/packages/fair/test/returns.json`, which `npm run format` in `web` then lays out: name,
number and digest of each version, and its tables. From the number alone the browser's verifier must
come to the same.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

from games.catalogue import standard
from games.game import AnyGame
from games.instant.returns import RETURN_GAMES, with_return
from tests.protocol.schema.fair_tables import tables

__all__ = ["RETURNS_FILE", "games_with_returns", "returns"]

RETURNS_FILE: Final = (
    Path(__file__).parents[3] / "web" / "packages" / "fair" / "test" / "returns.json"
)


def returns() -> list[dict[str, Any]]:
    """Return every game for the bounds, for round returns, and for ones that cancel to nothing."""
    chosen = ("0.9", "0.9001", "0.95", "0.9737", "0.98", "0.9999", "1")
    return [
        {"game": game.name, "version": game.version, "digest": game.digest, **tables(game)}
        for game in games_with_returns(*chosen)
    ]


def games_with_returns(*chosen: str) -> Iterator[AnyGame]:
    """Yield the games that have a return to choose, for each of these returns."""
    catalogue = standard()
    for name in RETURN_GAMES:
        game = catalogue.current(name)
        assert game is not None
        for each in chosen:
            yield with_return(game, Fraction(each))


if __name__ == "__main__":
    RETURNS_FILE.write_text(json.dumps(returns(), indent=2) + "\n", encoding="utf-8")
