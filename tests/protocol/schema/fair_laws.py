"""What every bet of the games of few draws brings back on every draw, as one hash a game.

    python -m tests.protocol.schema.fair_laws

writes `web/packages/fair/test/laws.json`. The tests of the browser's verifier play the same rounds
by its own rules and hash the same lines, each ended by a line feed:

    <value of each draw, with commas>|<stake>|<what each bet brings back, with commas>

The bets are those that the game describes, in that order, as many in a round as it takes; the draws
run from all zeros up, the last one fastest, every `step`-th of them.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import msgspec

from games.catalogue import standard
from games.entropy import Draws

__all__ = ["LAWS_FILE", "laws"]

LAWS_FILE: Final = Path(__file__).parents[3] / "web" / "packages" / "fair" / "test" / "laws.json"
STAKE: Final = 600
"""Minor units on every bet: a multiple of all that a stake must be a multiple of."""
GAMES: Final[dict[str, tuple[tuple[int, ...], int, int]]] = {
    "roulette": ((37,), 1, 50),
    "roulette-french": ((37,), 1, 50),
    "roulette-american": ((38,), 1, 50),
    "big-six": ((54,), 1, 50),
    "sic-bo": ((6, 6, 6), 1, 50),
    "dice": ((10_000,), 1, 20),
    "plinko": ((65_536,), 7, 20),
}
"""By game the bounds of its draws, the step through them, and the bets of a round."""


class Scripted(Draws):
    """Draws of given values."""

    __slots__ = ("_left",)

    def __init__(self, values: Sequence[int]) -> None:
        super().__init__(bytes(32), ())
        self._left = list(values)

    def copy(self) -> Scripted:
        """Return a stream of the same values."""
        return Scripted(self._left)

    def below(self, bound: int) -> int:
        """Return the next value."""
        value = self._left.pop(0)
        assert value < bound
        return value

    def below_each(self, bounds: Sequence[int]) -> list[int]:
        """Return the next values."""
        return [self.below(bound) for bound in bounds]


def laws() -> dict[str, Any]:
    """Return for each game the bounds, the step, the bets of a round, and the hash."""
    return {
        name: {
            "stake": STAKE,
            "bounds": list(bounds),
            "step": step,
            "rounds": _rounds(name, most),
            "sha256": sha256("".join(_lines(name, bounds, step, most)).encode()).hexdigest(),
        }
        for name, (bounds, step, most) in GAMES.items()
    }


def _rounds(name: str, most: int) -> list[list[str]]:
    """Return the bets of each round that is played on every draw."""
    game = standard().current(name)
    assert game is not None
    bets = [choice.bet for choice in game.describe().choices]
    return [bets[at : at + most] for at in range(0, len(bets), most)]


def _lines(name: str, bounds: Sequence[int], step: int, most: int) -> Iterator[str]:
    game = standard().current(name)
    assert game is not None
    rounds = _rounds(name, most)
    decoded = [
        msgspec.convert({"bets": [{"bet": bet, "stake": STAKE} for bet in names]}, game.bets_type)
        for names in rounds
    ]
    for values in itertools.islice(itertools.product(*map(range, bounds)), 0, None, step):
        for names, bets in zip(rounds, decoded, strict=True):
            state: Any = game.open([bets], Scripted(values))
            won = {win.bet: win.payout for win in state.wins}
            paid = ",".join([str(won.get(bet, 0)) for bet in names])
            yield f"{','.join(map(str, values))}|{state.stakes[0]}|{paid}\n"


if __name__ == "__main__":
    LAWS_FILE.write_text(json.dumps(laws(), indent=2) + "\n", encoding="utf-8")
