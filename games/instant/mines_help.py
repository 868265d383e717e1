"""The description of mines and its exact mathematics.

A set of g tiles is free of m mines with the chance C(25 - m, g) / C(25, g), whichever tiles they
are and in whatever order, so a strategy can choose nothing but when to cash out. Cashing out after
g ≥ 1 tiles returns that chance times the multiplier, at most the return of the game as the
multiplier is rounded down; cashing out at once returns the stake. A strategy that mixes them, by
chance or by what it sees, returns a mean of these: none that turns over a tile returns more than
the game's return.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from games.analysis.decimals import published
from games.analysis.outcomes import bet_return
from games.game import BetReturn, Choice, Description, StakeForm
from games.instant.rounding import (
    HUNDREDTHS,
    MINIMUM_STAKE,
    STAKES,
    paid,
    percent,
    rounding_note,
    written,
)

if TYPE_CHECKING:
    from games.instant.mines import Mines

_TILES: Final = 25
_SHOWN: Final = 5
"""How many multipliers of a row the table of pays shows from its start."""


def return_at(
    multipliers: tuple[tuple[int, ...], ...], mines: int, picks: int, stake: int | None
) -> Fraction:
    """Return what cashing out after `picks` safe tiles brings back of each unit staked."""
    chance = Fraction(math.comb(_TILES - mines, picks), math.comb(_TILES, picks))
    multiplier = multipliers[mines][picks]
    if stake is None:
        return chance * Fraction(multiplier, HUNDREDTHS)
    return chance * Fraction(paid(stake, multiplier), stake)


def bet_returns(game: Mines) -> tuple[BetReturn, ...]:
    """Return each number of mines, turning over tiles until the multiplier is at least 2.00."""
    return tuple(_bet_return(game, mines) for mines in range(1, _TILES))


def _bet_return(game: Mines, mines: int) -> BetReturn:
    picks = game.picks_to_double(mines)
    multiplier = game.multipliers[mines][picks]
    safe = math.comb(_TILES - mines, picks)
    ways = ((safe, multiplier), (math.comb(_TILES, picks) - safe, 0))
    outcomes = [(weight, Fraction(each, HUNDREDTHS)) for weight, each in ways]
    expected = game.return_at(mines, picks)
    note = (
        "Exact, for turning over tiles until the multiplier is at least 2.00 and cashing out then."
        f" {rounding_note(ways, expected)}"
    )
    return bet_return(f"mines-{mines}", outcomes, note)


def description(game: Mines) -> Description:
    """Return the machine-readable description of the game."""
    lowest, mines, picks = min(
        (game.return_at(mines, picks, STAKES[0]), mines, picks)
        for mines in range(1, _TILES)
        for picks in range(1, _TILES - mines + 1)
    )
    highest = written(max(map(max, game.multipliers[1:])))
    where = f"{_counted(mines, 'mine')}, {_counted(picks, 'tile')}, a stake of {STAKES[0]}"
    return Description(
        game=game.name,
        version=game.version,
        digest=game.digest,
        title=game.title,
        kind=game.kind,
        stake_form=StakeForm.LIST,
        stakes=STAKES,
        seats=game.seats,
        choices=tuple(
            Choice(
                f"mines-{number}",
                _counted(number, "mine"),
                "Mines",
                f"{written(game.multipliers[number][1])} after one tile",
            )
            for number in range(1, _TILES)
        ),
        actions=(*(f"reveal-{tile}" for tile in range(1, _TILES + 1)), "cash-out"),
        returns=published(
            lowest,
            "Exact: the lowest of all numbers of mines and of tiles turned over, one or more, at"
            f" all stakes offered, with multipliers and payouts rounded down ({where}). No strategy"
            " that turns over a tile returns"
            f" more than {percent(game.return_to_player, 2)}; cashing out at once returns the"
            " stake",
        ),
        maximum_payout=f"{highest} times the stake, with 12 or 13 mines and every safe tile",
        help=_help(game, highest),
        paytable=tuple(_pays(game, number) for number in range(1, _TILES)),
    )


def _pays(game: Mines, mines: int) -> tuple[str, str]:
    steps = [written(each) for each in game.multipliers[mines][1:]]
    if len(steps) > _SHOWN + 1:
        steps[_SHOWN:-1] = ["…"]
    return _counted(mines, "mine"), ", ".join(steps)


def _counted(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _help(game: Mines, highest: str) -> str:
    return f"""# Mines

A field has 25 tiles, and mines lie under as many of them as you chose, 1 to 24. Turn over tiles.
Each safe one raises the multiplier; cash out and your stake is paid times the multiplier. Turn
over a mine and the stake is lost.

- **Bet** `mines-3` and the like, one in a round. **Stake** at least {MINIMUM_STAKE} minor units.
- **Multiplier** after g safe tiles of m mines: {percent(game.return_to_player, 2)} times
  C(25, g) / C(25 - m, g), rounded down to two decimals. The payout is rounded down to whole minor
  units; at stakes that are multiples of 100 nothing is lost by that.
- **Cash out** whenever you like; before the first tile the stake comes back as it is. Turning over
  the last safe tile cashes out by itself. If your time runs out the platform cashes out for you.
- **Chance** that the next tile is safe: safe tiles left in tiles left. Which tile you choose makes
  no difference; the mines lie where they lie from the start.
- **Most** {highest} times the stake, with 12 or 13 mines and every safe tile.
"""
