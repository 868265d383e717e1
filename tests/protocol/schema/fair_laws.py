"""What every bet of the games of few draws brings back on every draw, as one hash a game.

    python -m tests.protocol.schema.fair_laws

writes `web/packages/fair/test/laws.json`. The tests of the browser's verifier play the same rounds
by its own rules and hash the same lines, each ended by a line feed:

    <value of each draw, with commas>|<stake>|<what each bet brings back, with commas>|<summary>

The bets are those that the game describes, in that order, as many in a round as it takes; the draws
run from all zeros up, the last one fastest, every `step`-th of them. Of crash and limbo, whose draw
has 2^52 values, they are the lowest and the highest, and for each target the lowest that wins and
the one before it; crash adds `|<duration>` to its lines.
"""

from __future__ import annotations

import functools
import itertools
import json
from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import msgspec

from games.catalogue import Catalogue, standard
from games.entropy import Draws
from games.instant import multiplier

__all__ = ["LAWS_FILE", "Scripted", "laws", "shipped"]

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


@functools.cache
def _catalogue() -> Catalogue:
    return standard()


def shipped(name: str) -> Any:
    """Return the game of that name that ships."""
    return _catalogue().current(name)


def laws() -> dict[str, Any]:
    """Return for each game the draws, the bets of a round, and the hash."""
    return {
        **{
            name: {
                "stake": STAKE,
                "bounds": list(bounds),
                "step": step,
                "values": None,
                "rounds": _rounds(name, most),
                "sha256": _hash(name, _product(bounds, step), most),
            }
            for name, (bounds, step, most) in GAMES.items()
        },
        **{
            name: {
                "stake": STAKE,
                "bounds": None,
                "step": None,
                "values": _edges(name),
                "rounds": _rounds(name, 20),
                "sha256": _hash(name, [(value,) for value in _edges(name)], 20),
            }
            for name in ("crash", "limbo")
        },
    }


def _product(bounds: Sequence[int], step: int) -> Iterable[Sequence[int]]:
    return itertools.islice(itertools.product(*map(range, bounds)), 0, None, step)


def _edges(name: str) -> list[int]:
    """Return the values of the draw of crash or limbo between which a target turns to win."""
    game = shipped(name)
    winning = (
        multiplier.winning_values(game.target(choice.bet), game.return_to_player)
        for choice in game.describe().choices
    )
    firsts = [multiplier.RANGE - count for count in winning]
    return sorted({0, multiplier.RANGE - 1, *firsts, *(first - 1 for first in firsts)})


def _rounds(name: str, most: int) -> list[list[str]]:
    """Return the bets of each round that is played on every draw."""
    game = shipped(name)
    bets = [choice.bet for choice in game.describe().choices]
    return [bets[at : at + most] for at in range(0, len(bets), most)]


def _hash(name: str, draws: Iterable[Sequence[int]], most: int) -> str:
    return sha256("".join(_lines(name, draws, most)).encode()).hexdigest()


def _lines(name: str, draws: Iterable[Sequence[int]], most: int) -> Iterator[str]:
    game = shipped(name)
    rounds = _rounds(name, most)
    decoded = [
        msgspec.convert({"bets": [{"bet": bet, "stake": STAKE} for bet in names]}, game.bets_type)
        for names in rounds
    ]
    for values in draws:
        for names, bets in zip(rounds, decoded, strict=True):
            state: Any = game.open([bets], Scripted(values))
            view: Any = game.view(state, 0)
            won = {win.bet: win.payout for win in view.wins}
            paid = ",".join([str(won.get(bet, 0)) for bet in names])
            more = f"|{view.duration}" if name == "crash" else ""
            drawn = ",".join(map(str, values))
            yield f"{drawn}|{state.stakes[0]}|{paid}|{view.summary}{more}\n"


if __name__ == "__main__":
    LAWS_FILE.write_text(json.dumps(laws(), indent=2) + "\n", encoding="utf-8")
