"""The description of hi-lo and its exact mathematics.

A right guess multiplies by one over its chance, so the product of odds is a fair game: whatever
the strategy, its mean stays 1 (optional stopping, with at most 50 steps). The payout is at most
the return of the game times that product. So no strategy that guesses at least once returns more
than the game's return; cashing out before the first guess returns the stake. No maximum takes
anything from a guess.
"""

from __future__ import annotations

from collections import defaultdict
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from games.analysis import outcomes
from games.analysis.decimals import published
from games.game import BetReturn, Description, StakeForm
from games.instant.hi_lo_rules import GUESSES, RANK_NAMES, RANKS, likelier, winning_ranks
from games.instant.rounding import (
    HUNDREDTHS,
    MINIMUM_STAKE,
    STAKES,
    percent,
    rounded_down,
    rounding_note,
)

if TYPE_CHECKING:
    from games.instant.hi_lo import HiLo

_STRATEGY: Final = (
    "the likelier guess on every card, higher on a seven, and cashing out at 2.00 or more"
)


def law(return_to_player: Fraction) -> dict[int, Fraction]:
    """Return the chance of every final multiplier, in hundredths, under the strategy of `advise`.

    Forward over all (rank on the table, product of odds): a step spreads the chance of each over
    the thirteen ranks that may come.
    """
    ended: dict[int, Fraction] = defaultdict(Fraction)
    playing = {(rank, Fraction(1)): Fraction(1, RANKS) for rank in range(RANKS)}
    while playing:
        following: dict[tuple[int, Fraction], Fraction] = defaultdict(Fraction)
        for (rank, fair), chance in playing.items():
            wins = winning_ranks(likelier(rank), rank)
            after = fair * Fraction(RANKS, len(wins))
            multiplier = rounded_down(return_to_player * after)
            ended[0] += chance * Fraction(RANKS - len(wins), RANKS)
            for drawn in wins:
                if multiplier >= 2 * HUNDREDTHS:
                    ended[multiplier] += chance / RANKS
                else:
                    following[drawn, after] += chance / RANKS
        playing = following
    return dict(ended)


def ways(return_to_player: Fraction) -> tuple[tuple[int, int], ...]:
    """Return the same law as whole numbers of equally likely ways, (ways, multiplier)."""
    chances = law(return_to_player)
    total = 1
    while any(total % chance.denominator for chance in chances.values()):
        total *= RANKS
    return tuple(
        (chance.numerator * (total // chance.denominator), multiplier)
        for multiplier, chance in sorted(chances.items())
    )


def bet_return(return_to_player: Fraction) -> BetReturn:
    """Return the mathematics of the strategy of `advise`."""
    counted = ways(return_to_player)
    listed = [(weight, Fraction(multiplier, HUNDREDTHS)) for weight, multiplier in counted]
    expected = sum((weight * each for weight, each in listed), Fraction(0))
    expected /= sum(weight for weight, _ in listed)
    note = (
        f"Exact, for {_STRATEGY}. No strategy that makes a guess returns more than"
        f" {percent(return_to_player, 2)}; cashing out at once returns the stake."
        f" {rounding_note(counted, expected)}"
    )
    return outcomes.bet_return("main", listed, note)


def description(game: HiLo) -> Description:
    """Return the machine-readable description of the game."""
    entry = bet_return(game.return_to_player)
    assert entry.expected is not None
    return Description(
        game=game.name,
        version=game.version,
        digest=game.digest,
        title=game.title,
        kind=game.kind,
        stake_form=StakeForm.ONE,
        stakes=STAKES,
        seats=game.seats,
        choices=(),
        actions=("higher", "lower", "skip", "cash-out"),
        returns=published(
            entry.expected,
            f"Exact, with multipliers and payouts rounded down, for {_STRATEGY}. No strategy that"
            f" makes a guess returns more than {percent(game.return_to_player, 2)}; cashing out at"
            " once returns the stake",
        ),
        maximum_payout="never more than 10,000 times the stake",
        help=_help(game),
        paytable=_paytable(),
    )


def _paytable() -> tuple[tuple[str, str], ...]:
    return tuple(
        (
            f"On {name}",
            ", ".join(f"{guess.value} 13/{len(winning_ranks(guess, rank))}" for guess in GUESSES),
        )
        for rank, name in enumerate(RANK_NAMES)
    )


def _help(game: HiLo) -> str:
    return f"""# Hi-lo

A card lies on the table. Guess whether the next one is higher or lower; each right guess raises the
multiplier. Cash out and your stake is paid times the multiplier. A wrong guess loses the stake.

- **Cards** come from an endless deck: each of the 52 is equally likely every time. Aces are low,
  kings high.
- **Higher** wins on the same rank or a higher one, **lower** on the same rank or a lower one. On an
  ace, higher wins on any other rank and lower on another ace; on a king the reverse.
- **Multiplier** 13/n for a guess that n of the 13 ranks win; all right guesses are multiplied, and
  that once by {percent(game.return_to_player, 2)}. It is rounded down to two decimals, and the
  payout to whole minor units; at stakes that are multiples of 100 nothing is lost by that.
- **Skip** puts a new card on the table without a guess. Skipping changes no odds.
- **Cash out** whenever you like; before the first guess the stake comes back as it is. If your time
  runs out the platform cashes out for you.
- **Stake** at least {MINIMUM_STAKE} minor units (cents).
- **Most** 10,000 times the stake. A guess that could bring more is not offered. After 50 guesses
  and skips the round cashes out by itself.
"""
