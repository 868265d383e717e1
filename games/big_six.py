"""Big six: a wheel of 54 stops, private rounds, a bet on each of its seven symbols.

Names of bets: `one`, `two`, `five`, `ten`, `twenty`, `joker`, `logo`. A number pays itself to one,
the joker and the logo 40 to 1. A round takes each bet once.

Draws of a round: `below(54)`, the stop, counted from 0 along `STRIP`.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Sequence
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
from protocol.messages.common import MAXIMUM_INTEGER, Amount, Name

STAKES: Final = (10, 50, 100, 500, 1_000, 2_500, 10_000)
PAYS: Final = {"one": 1, "two": 2, "five": 5, "ten": 10, "twenty": 20, "joker": 40, "logo": 40}
"""What each symbol pays to one."""
STRIP: Final = (
    *("one", "two", "ten", "one", "five", "two", "one", "twenty", "one"),
    *("two", "one", "five", "one", "two", "one", "two", "one", "ten"),
    *("five", "one", "two", "one", "joker", "two", "one", "five", "one"),
    *("two", "one", "ten", "one", "two", "one", "two", "one", "five"),
    *("twenty", "one", "two", "one", "two", "one", "five", "one", "ten"),
    *("two", "one", "logo", "one", "two", "one", "five", "one", "two"),
)
"""The symbols as they follow each other around the wheel: 24, 15, 7, 4, 2, 1 and 1 of them."""
STOPS: Final = len(STRIP)
MULTIPLES: Final = dict.fromkeys(PAYS, 1)
"""Every bet, with what its stake is a multiple of: every pay is whole."""
_LABELS: Final = {
    "one": "1",
    "two": "2",
    "five": "5",
    "ten": "10",
    "twenty": "20",
    "joker": "Joker",
    "logo": "Logo",
}


class BigSixRound(msgspec.Struct, frozen=True, gc=False):
    """A finished round."""

    stakes: tuple[int, ...]
    payouts: tuple[int | None, ...]
    stop: int
    wins: tuple[ChipWin, ...]
    finished: bool = True


class BigSixView(msgspec.Struct, frozen=True, gc=False):
    """A whole round. Bets that are not among the wins have lost."""

    stop: Annotated[int, msgspec.Meta(ge=0, le=STOPS - 1)]
    """Where the wheel stopped, counted from 0 along its strip."""
    symbol: Name
    """The bet that the stop wins."""
    wins: tuple[ChipWin, ...]
    payout: Amount
    summary: str
    """For a history: `20`."""


class BigSix(Game[Chips, msgspec.Struct, BigSixRound]):
    """A private wheel for one player.

    Of a table's limits the minimum is that of each bet, the maximum that of the whole round.
    """

    name = "big-six"
    version = 1
    title = "Big six"
    kind = RoundKind.INSTANT
    bets_type = Chips
    view_type = BigSixView
    view_notes = (
        "The only draw of a round is the stop: an integer below 54, a place on the wheel's "
        "strip; `symbol` is the bet that wins there."
    )
    maximum_draws = 1
    maximum_payout_factor = 1 + max(PAYS.values())

    def __init__(self) -> None:
        self.digest = rules_digest((sys.modules[__name__], chips, stakes))
        self.maximum_reply_bytes = _maximum_reply_bytes()

    def stake(self, bets: Chips, limits: StakeLimits) -> int:
        """Return the sum of all bets. A bet named twice is refused, not summed."""
        return total_stake(bets.bets, limits, MULTIPLES.get)

    def open(self, seats: Sequence[Chips], draws: Draws) -> BigSixRound:
        """Spin the wheel."""
        stop = draws.copy().below(STOPS)
        total, payout, wins = settle(seats[0].bets, _WINNING[STRIP[stop]].get)
        return BigSixRound((total,), (payout,), stop, wins)

    def sample(self, bet: str, stake: int) -> Chips:
        """Return one bet of that name."""
        return one_chip(bet, stake, MULTIPLES.get)

    def view(self, state: BigSixRound, seat: int | None) -> BigSixView:  # noqa: ARG002
        """Return the stop and the bet that won; a seat and a watcher see the same."""
        payout = state.payouts[0]
        assert payout is not None, "a spin is finished when it is opened"
        return _view(state.stop, state.wins, payout)

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
            choices=tuple(
                Choice(symbol, _LABELS[symbol], "Symbol", f"{pays} to 1")
                for symbol, pays in PAYS.items()
            ),
            actions=(),
            returns=published(
                Fraction(41, 54),
                "exact, the lowest of all bets (joker and logo); 1 returns 8/9",
            ),
            maximum_payout=f"{self.maximum_payout_factor} times the stake",
            help=_HELP,
            paytable=tuple(
                (f"{_LABELS[symbol]}, {STRIP.count(symbol)} of {STOPS} stops", f"{pays} to 1")
                for symbol, pays in PAYS.items()
            ),
        )

    def bet_returns(self) -> tuple[BetReturn, ...]:
        """Return the exact mathematics of every bet, counted over the 54 stops."""
        note = f"exact, counted over the {STOPS} stops"
        return tuple(
            bet_return(name, ((1, _WINNING[symbol].get(name, 0)) for symbol in STRIP), note)
            for name in PAYS
        )


_WINNING: Final = {symbol: {symbol: pays + 1} for symbol, pays in PAYS.items()}
"""For each symbol the bet that it wins, with what that brings back to one staked."""


def _view(stop: int, wins: tuple[ChipWin, ...], payout: int) -> BigSixView:
    symbol = STRIP[stop]
    return BigSixView(stop, symbol, wins, payout, _LABELS[symbol])


def _maximum_reply_bytes() -> int:
    """Return the length of the longest view: one bet wins at most."""
    huge = MAXIMUM_INTEGER
    return max(
        len(msgspec.msgpack.encode(_view(stop, (ChipWin(symbol, huge, huge),), huge)))
        for stop, symbol in enumerate(STRIP)
    )


_HELP: Final = f"""# Big six

The wheel has {STOPS} stops; each comes up with a chance of 1 in {STOPS}, whatever came before. 24
of them show 1, 15 show 2, 7 show 5, 4 show 10, 2 show 20, one the joker and one the logo.

Place one or more bets, each symbol once, and spin. If your symbol comes up the bet pays and its
stake comes back as well: a number pays itself to 1, the joker and the logo pay 40 to 1. Every other
stake is lost; the joker does not win for the logo, nor the logo for the joker.

House edge: 1 11.11 %, 2 16.67 %, 5 22.22 %, 10 18.52 %, 20 22.22 %, joker and logo 24.07 %.
"""
