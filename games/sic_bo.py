"""Sic bo: three dice, private rounds, every bet of the layout.

Names of bets: `small` (4 to 10), `big` (11 to 17), `odd`, `even`, all four lost on a triple;
`total-4` to `total-17`; `single-1` to `single-6`, which pay by the number of dice that show it;
`double-1` to `double-6`, at least two dice of the number; `triple-1` to `triple-6`; `any-triple`;
`combination-1-2` to `combination-5-6`, the lower number first. A round takes each bet once.

The pays are those of the layout in the casinos of Atlantic City, with a double at 10 to 1, a triple
at 180 to 1 and any triple at 30 to 1.

Draws of a round: three times `below(6)`; each plus 1 is one die, in order.
"""

from __future__ import annotations

import functools
import itertools
import sys
from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Annotated, Final

import msgspec

from games import chips, stakes
from games.analysis.decimals import published
from games.analysis.outcomes import bet_return
from games.chips import Chips, ChipWin, one_chip, settle, total_stake
from games.digest import rules_digest
from games.entropy import Draws
from games.game import (
    BetReturn,
    Choice,
    Description,
    Game,
    RoundKind,
    StakeForm,
    StakeLimits,
)
from protocol.messages.common import MAXIMUM_INTEGER, Amount

STAKES: Final = (10, 50, 100, 500, 1_000, 2_500, 10_000)
TOTAL_PAYS: Final = {
    4: 60,
    5: 30,
    6: 17,
    7: 12,
    8: 8,
    9: 6,
    10: 6,
    11: 6,
    12: 6,
    13: 8,
    14: 12,
    15: 17,
    16: 30,
    17: 60,
}
DOUBLE_PAYS: Final = 10
TRIPLE_PAYS: Final = 180
ANY_TRIPLE_PAYS: Final = 30
COMBINATION_PAYS: Final = 5
SINGLE_PAYS: Final = (0, 1, 2, 3)
"""By how many dice show the number."""
DICE: Final = tuple(
    (first, second, third) for first, second, third in itertools.product(range(1, 7), repeat=3)
)
"""All 216 rolls, each as likely as any other."""
PAIRS: Final = tuple(itertools.combinations(range(1, 7), 2))


def _choices() -> Iterator[Choice]:
    for name in ("small", "big", "odd", "even"):
        yield Choice(name, name.capitalize(), "Even money", "1 to 1")
    for total, pays in TOTAL_PAYS.items():
        yield Choice(f"total-{total}", str(total), "Total", f"{pays} to 1")
    for number in range(1, 7):
        yield Choice(f"single-{number}", str(number), "Single", "1, 2 or 3 to 1")
    for number in range(1, 7):
        label = f"{number}-{number}"
        yield Choice(f"double-{number}", label, "Double", f"{DOUBLE_PAYS} to 1")
    for number in range(1, 7):
        label = f"{number}-{number}-{number}"
        yield Choice(f"triple-{number}", label, "Triple", f"{TRIPLE_PAYS} to 1")
    yield Choice("any-triple", "Any triple", "Triple", f"{ANY_TRIPLE_PAYS} to 1")
    for one, other in PAIRS:
        name = f"combination-{one}-{other}"
        yield Choice(name, f"{one}-{other}", "Combination", f"{COMBINATION_PAYS} to 1")


CHOICES: Final = tuple(_choices())
MULTIPLES: Final = {choice.bet: 1 for choice in CHOICES}
"""Every bet, with what its stake is a multiple of: every pay is whole."""


def winning_bets(dice: Sequence[int]) -> dict[str, int]:
    """Return the bets that three dice win, with what each brings back to one staked."""
    total = sum(dice)
    shown = {number: dice.count(number) for number in sorted(dice)}
    pays = {f"single-{number}": SINGLE_PAYS[times] for number, times in shown.items()}
    for number, times in shown.items():
        if times >= 2:
            pays[f"double-{number}"] = DOUBLE_PAYS
    if total in TOTAL_PAYS:
        pays[f"total-{total}"] = TOTAL_PAYS[total]
    for one, other in itertools.combinations(shown, 2):
        pays[f"combination-{one}-{other}"] = COMBINATION_PAYS
    if len(shown) == 1:
        pays[f"triple-{dice[0]}"] = TRIPLE_PAYS
        pays["any-triple"] = ANY_TRIPLE_PAYS
    else:
        pays["small" if total <= 10 else "big"] = 1
        pays["odd" if total % 2 else "even"] = 1
    return {name: pay + 1 for name, pay in pays.items()}


_WINNING: Final = {dice: winning_bets(dice) for dice in DICE}

Die = Annotated[int, msgspec.Meta(ge=1, le=6)]


class SicBoRound(msgspec.Struct, frozen=True, gc=False):
    """A finished round."""

    stakes: tuple[int, ...]
    payouts: tuple[int | None, ...]
    dice: tuple[int, int, int]
    wins: tuple[ChipWin, ...]
    finished: bool = True


class SicBoView(msgspec.Struct, frozen=True, gc=False):
    """A whole round. Bets that are not among the wins have lost."""

    dice: tuple[Die, Die, Die]
    wins: tuple[ChipWin, ...]
    payout: Amount
    summary: str
    """For a history: `2, 4 and 4: 10, small`."""


class SicBo(Game[Chips, msgspec.Struct, SicBoRound]):
    """A private table for one player.

    Of a table's limits the minimum is that of each bet, the maximum that of the whole round.
    """

    name = "sic-bo"
    version = 1
    title = "Sic bo"
    kind = RoundKind.INSTANT
    bets_type = Chips
    view_type = SicBoView
    view_notes = (
        "Three draws below 6, each plus one, are the dice, in the order in which they are listed."
    )
    maximum_draws = 3
    maximum_payout_factor = TRIPLE_PAYS + 1

    def __init__(self) -> None:
        self.digest = rules_digest((sys.modules[__name__], chips, stakes))
        self.maximum_reply_bytes = _maximum_reply_bytes()

    def stake(self, bets: Chips, limits: StakeLimits) -> int:
        """Return the sum of all bets. A bet named twice is refused, not summed."""
        return total_stake(bets.bets, limits, MULTIPLES.get)

    def open(self, seats: Sequence[Chips], draws: Draws) -> SicBoRound:
        """Throw the dice."""
        first, second, third = draws.copy().below_each((6, 6, 6))
        dice = (first + 1, second + 1, third + 1)
        total, payout, wins = settle(seats[0].bets, _WINNING[dice].get)
        return SicBoRound((total,), (payout,), dice, wins)

    def sample(self, bet: str, stake: int) -> Chips:
        """Return one bet of that name."""
        return one_chip(bet, stake, MULTIPLES.get)

    def view(self, state: SicBoRound, seat: int | None) -> SicBoView:  # noqa: ARG002
        """Return the dice and the bets that won; a seat and a watcher see the same."""
        payout = state.payouts[0]
        assert payout is not None, "a roll is finished when it is opened"
        return _view(state.dice, state.wins, payout)

    def describe(self) -> Description:
        """Return the machine-readable description."""
        return self._description

    @functools.cached_property
    def _description(self) -> Description:
        return Description(
            game=self.name,
            version=self.version,
            digest=self.digest,
            title=self.title,
            kind=self.kind,
            stake_form=StakeForm.LIST,
            stakes=STAKES,
            seats=self.seats,
            choices=CHOICES,
            actions=(),
            returns=published(
                Fraction(175, 216),
                "exact, the lowest of all bets (total 9 or 12); small, big, odd and even return"
                " 35/36",
            ),
            maximum_payout=f"{TRIPLE_PAYS + 1} times the stake",
            help=_HELP,
            paytable=_PAYTABLE,
        )

    def bet_returns(self) -> tuple[BetReturn, ...]:
        """Return the exact mathematics of every bet, counted over the 216 rolls."""
        note = "exact, counted over the 216 rolls"
        return tuple(
            bet_return(name, ((1, _WINNING[dice].get(name, 0)) for dice in DICE), note)
            for name in MULTIPLES
        )


def _view(dice: tuple[int, int, int], wins: tuple[ChipWin, ...], payout: int) -> SicBoView:
    first, second, third = dice
    total = sum(dice)
    size = "small" if total <= 10 else "big"
    word = "triple" if first == second == third else size
    return SicBoView(dice, wins, payout, f"{first}, {second} and {third}: {total}, {word}")


def _maximum_reply_bytes() -> int:
    """Return the length of a view in which the roll with the most bets wins them all."""
    huge = MAXIMUM_INTEGER
    longest = 0
    for dice, winning in _WINNING.items():
        wins = tuple(ChipWin(name, huge, huge) for name in winning)
        longest = max(longest, len(msgspec.msgpack.encode(_view(dice, wins, huge))))
    return longest


_PAYTABLE: Final = (
    ("Small, big, odd, even; lost on a triple", "1 to 1"),
    *(
        (f"Total {total} or {21 - total}", f"{pays} to 1")
        for total, pays in TOTAL_PAYS.items()
        if total <= 10
    ),
    ("Single number on one, two or three dice", "1, 2 or 3 to 1"),
    ("Double: at least two dice of the number", f"{DOUBLE_PAYS} to 1"),
    ("Triple: three dice of the number", f"{TRIPLE_PAYS} to 1"),
    ("Any triple", f"{ANY_TRIPLE_PAYS} to 1"),
    ("Combination: both numbers shown", f"{COMBINATION_PAYS} to 1"),
)

_HELP: Final = f"""# Sic bo

Three dice, each of the 216 rolls as likely as any other whatever came before. Place one or more
bets, at most {chips.MAXIMUM_BETS} in a round and each of them once, and roll. A bet that wins pays
as the table says, and its stake comes back as well; every other stake is lost.

- **Small** a total of 4 to 10, **big** 11 to 17; **odd** and **even** totals. A triple loses all
  four.
- **Total** the three dice add up to it, from 4 to 17; a triple counts too.
- **Single** a number: pays 1, 2 or 3 to 1 when one, two or three dice show it.
- **Double** at least two dice of the number; **triple** all three; **any triple** of any number.
- **Combination** two numbers, both shown.

House edge: small, big, odd and even 2.78 %; single 7.87 %; double 18.52 %; triple 16.20 %; any
triple 13.89 %; combination 16.67 %; total 4 or 17 15.28 %, 5 or 16 13.89 %, 6 or 15 16.67 %, 7 or
14 9.72 %, 8 or 13 12.5 %, 9 or 12 18.98 %, 10 or 11 12.5 %.
"""
