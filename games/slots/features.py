"""Features that draw beside the reels: hold and respin, pick bonus, gamble.

Draws, in this order:

- Hold and respin: `below(sum of the weights)` is the value of each coin that started it, in the
  order of the cells (down the first reel, then the second). In each respin, for each empty cell in
  the same order, `below(denominator of the chance)`; below the numerator it is a coin, and its
  value is drawn at once.
- Pick bonus: for each pick `below(places that are left)`: the position in the list of prizes as the
  file has it, followed by the ends, without those that have been drawn. Whichever place the player
  opens, it is this that it hides.
- Gamble: `below(2)`, 0 is red and 1 is black.
"""

from __future__ import annotations

from typing import Final

import msgspec

from games.entropy import Draws
from games.slots.columns import bonus_symbols_of, coins_of
from games.slots.model import Machine, Pick, Respins
from games.slots.reels import Spin

COLOURS: Final = ("red", "black")


class RespinStep(msgspec.Struct, frozen=True, gc=False):
    """The coins that one respin brought, or those that started it."""

    cells: tuple[int, ...]
    values: tuple[int, ...]
    """Total stakes, one for each cell."""
    left: int
    """Respins left after it."""


class RespinPlay(msgspec.Struct, frozen=True, gc=False):
    """A hold and respin from its start to its end."""

    steps: tuple[RespinStep, ...]
    """The first is what started it."""
    full: bool

    @property
    def coins(self) -> int:
        """How many coins there are in the end."""
        return sum(len(step.cells) for step in self.steps)

    @property
    def value(self) -> int:
        """What the coins are worth together, in total stakes."""
        return sum(sum(step.values) for step in self.steps)


def starts_respins(machine: Machine, spin: Spin) -> bool:
    """Say whether a paid spin starts hold and respin."""
    rules = machine.respins
    return rules is not None and coins_of(spin.label) >= rules.trigger


def starts_pick(machine: Machine, spin: Spin) -> bool:
    """Say whether a paid spin starts the pick bonus."""
    rules = machine.pick
    return rules is not None and bonus_symbols_of(spin.label) >= rules.trigger


def cells_with(machine: Machine, spin: Spin, symbol: str) -> tuple[int, ...]:
    """Return the cells of the last window that show a symbol, ascending."""
    return tuple(
        reel * machine.rows + row
        for reel, column in enumerate(spin.last_window)
        for row, shown in enumerate(column)
        if shown == symbol
    )


def play_respins(machine: Machine, rules: Respins, spin: Spin, draws: Draws) -> RespinPlay:
    """Play hold and respin to its end."""
    start = cells_with(machine, spin, rules.symbol)
    values = tuple([rules.value(draws.below(rules.weight)) for _ in start])
    steps = [RespinStep(start, values, rules.respins)]
    empty = [
        reel * machine.rows + row
        for reel, rows in enumerate(machine.reel_rows)
        for row in range(rows)
        if reel * machine.rows + row not in start
    ]
    chance, out_of = rules.chance
    left = rules.respins
    while left and empty:
        left -= 1
        coins: dict[int, int] = {}
        for cell in empty:
            if draws.below(out_of) < chance:
                coins[cell] = rules.value(draws.below(rules.weight))
        if coins:
            left = rules.respins
            empty = [cell for cell in empty if cell not in coins]
        steps.append(RespinStep(tuple(coins), tuple(coins.values()), left if empty else 0))
    return RespinPlay(tuple(steps), not empty)


def draw_prize(rules: Pick, taken: tuple[int, ...], draws: Draws) -> int:
    """Return the place in the list of prizes that the next pick finds.

    `taken` are those found before. A place past the last prize is an end.
    """
    left = [place for place in range(rules.places) if place not in taken]
    return left[draws.below(len(left))]


def prize(rules: Pick, place: int) -> int:
    """Return the prize at a place in the list, in total stakes; 0 for an end."""
    return rules.prizes[place] if place < len(rules.prizes) else 0


def pick_is_over(rules: Pick, taken: tuple[int, ...]) -> bool:
    """Say whether no pick is left."""
    return len(taken) >= rules.picks or any(place >= len(rules.prizes) for place in taken)
