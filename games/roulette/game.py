"""Roulette under the contract of `games.game`, for three wheels: European, French and American.

A bet on k numbers pays 36/k times its stake, stake included (the top line 7 times), so it returns
36/37, or 18/19 with two zeros. Zero loses even-money bets whole, except on the French wheel: there
half of the stake comes back (la partage). A round takes each bet once.

Draws of a round: `below(37)`, the number itself; on the American wheel `below(38)`, where 37 is 00.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Sequence
from fractions import Fraction
from typing import Annotated, ClassVar, Final

import msgspec

from games import chips, stakes
from games.analysis.decimals import published
from games.analysis.outcomes import bet_return
from games.chips import Chip, ChipWin, total_stake
from games.digest import rules_digest
from games.entropy import Draws
from games.game import (
    BetReturn,
    Choice,
    Description,
    Game,
    PublishedReturn,
    RoundKind,
    StakeForm,
    StakeLimits,
)
from games.roulette import layout
from games.roulette.help import HELP
from games.roulette.layout import EVEN_MONEY, Spot, Wheel, colour, number_name
from protocol.messages.common import MAXIMUM_INTEGER, Amount, Counter, Name

STAKES: Final = (10, 50, 100, 500, 1_000, 2_500, 10_000)
_HALVES: Final = 2
"""Payouts are counted in halves of the stake, for la partage."""


class RouletteBet(Chip, frozen=True, gc=False):
    """One chip on the layout."""


class RouletteBets(msgspec.Struct, frozen=True):
    """`{"bets": [{"bet": "straight-17", "stake": 100}, …]}`."""

    bets: Annotated[tuple[RouletteBet, ...], msgspec.Meta(max_length=1_000)]
    """1 to 50 of them; a longer list is refused as BET_INVALID."""


class RouletteWin(ChipWin, frozen=True, gc=False):
    """A bet that won, or that la partage gave half back for."""


class RouletteRound(msgspec.Struct, frozen=True, gc=False):
    """A finished round."""

    stakes: tuple[int, ...]
    payouts: tuple[int | None, ...]
    number: int
    wins: tuple[RouletteWin, ...]
    finished: bool = True


class RouletteView(msgspec.Struct, frozen=True, gc=False):
    """A whole round. Bets that are not among the wins have lost."""

    number: Counter
    """37 is the double zero."""
    colour: Name
    """`red`, `black` or `green`."""
    wins: tuple[RouletteWin, ...]
    payout: Amount
    summary: str
    """For a history: `17 black`."""


class _Table:
    """What one wheel's bets are and pay."""

    def __init__(self, wheel: Wheel) -> None:
        self.spots = {spot.name: spot for spot in layout.spots(wheel)}
        """Every bet by its name."""
        self.winning: tuple[dict[str, int], ...] = tuple(
            {
                name: halves
                for name, spot in self.spots.items()
                if (halves := _halves(wheel, spot, number))
            }
            for number in range(wheel.pockets)
        )
        """For each number the bets that something comes back for, with how many halves of the
        stake."""
        divides = wheel is Wheel.FRENCH
        self.multiples = {
            name: _HALVES if divides and spot.group == EVEN_MONEY else 1
            for name, spot in self.spots.items()
        }
        """What the stake of each bet is a multiple of."""


def _halves(wheel: Wheel, spot: Spot, number: int) -> int:
    """Return what comes back for a bet on a number, in halves of its stake."""
    if number in spot.numbers:
        return spot.factor * _HALVES
    return int(wheel is Wheel.FRENCH and number == 0 and spot.group == EVEN_MONEY)


_TABLES: Final = {wheel: _Table(wheel) for wheel in Wheel}
SPOTS: Final = _TABLES[Wheel.EUROPEAN].spots
"""Every bet of the European wheel by its name."""


class Roulette(Game[RouletteBets, msgspec.Struct, RouletteRound]):
    """A private wheel for one player.

    Of a table's limits the minimum is that of each bet, the maximum that of the whole round.
    """

    version = 1
    wheel: ClassVar[Wheel]
    kind: ClassVar[RoundKind] = RoundKind.INSTANT
    bets_type = RouletteBets
    view_type = RouletteView
    view_notes = (
        "The only draw of a round is the number: an integer below 37; on the American wheel "
        "below 38, where 37 is 00."
    )

    def __init__(self) -> None:
        self._table = _TABLES[self.wheel]
        self.maximum_draws = 1
        self.maximum_payout_factor = 36
        modules = (sys.modules[__name__], layout, chips, stakes)
        self.digest = rules_digest(modules, self.wheel.name.encode())
        self.maximum_reply_bytes = _maximum_reply_bytes(self._table)

    def stake(self, bets: RouletteBets, limits: StakeLimits) -> int:
        """Return the sum of all bets. A bet named twice is refused, not summed."""
        return total_stake(bets.bets, limits, self._table.multiples.get)

    def open(self, seats: Sequence[RouletteBets], draws: Draws) -> RouletteRound:
        """Spin the wheel."""
        table = self._table
        number = draws.copy().below(len(table.winning))
        winning = table.winning[number]
        total = payout = 0
        wins = []
        for bet in seats[0].bets:
            stake = bet.stake
            assert type(stake) is int, "the bets have passed `stake`"
            total += stake
            halves = winning.get(bet.bet)
            if halves is not None:
                back = stake * halves // _HALVES
                payout += back
                wins.append(RouletteWin(bet.bet, stake, back))
        return RouletteRound((total,), (payout,), number, tuple(wins))

    def sample(self, bet: str, stake: int) -> RouletteBets:
        """Return one bet of that name."""
        if bet not in self._table.spots:
            raise ValueError(f"there is no bet named {bet!r}")
        return RouletteBets((RouletteBet(bet, stake),))

    def view(self, state: RouletteRound, seat: int | None) -> RouletteView:  # noqa: ARG002
        """Return the number and the bets that won; a seat and a watcher see the same."""
        payout = state.payouts[0]
        assert payout is not None, "a spin is finished when it is opened"
        return _view(state.number, state.wins, payout)

    def describe(self) -> Description:
        """Return the machine-readable description."""
        return self._description

    @functools.cached_property
    def _description(self) -> Description:
        spots = self._table.spots.values()
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
                Choice(spot.name, spot.label, spot.group, _pays(spot.factor)) for spot in spots
            ),
            actions=(),
            returns=_PUBLISHED[self.wheel],
            maximum_payout="36 times the stake",
            help=HELP[self.wheel],
            paytable=_paytable(self.wheel, self._table),
        )

    def bet_returns(self) -> tuple[BetReturn, ...]:
        """Return the exact mathematics of every bet, counted over the numbers of the wheel."""
        winning = self._table.winning
        note = f"exact, counted over the {len(winning)} numbers"
        return tuple(
            bet_return(name, ((1, Fraction(won.get(name, 0), _HALVES)) for won in winning), note)
            for name in self._table.spots
        )


class EuropeanRoulette(Roulette):
    """One zero, which loses every even-money bet whole."""

    name = "roulette"
    title = "European roulette"
    wheel = Wheel.EUROPEAN


class FrenchRoulette(Roulette):
    """One zero, with la partage; the stake on an even-money bet is even, so that half is whole."""

    name = "roulette-french"
    title = "French roulette"
    wheel = Wheel.FRENCH


class AmericanRoulette(Roulette):
    """Two zeros and the top line."""

    name = "roulette-american"
    title = "American roulette"
    wheel = Wheel.AMERICAN


_PUBLISHED: Final[dict[Wheel, PublishedReturn]] = {
    Wheel.EUROPEAN: published(Fraction(36, 37), "exact, the same for every bet"),
    Wheel.FRENCH: published(
        Fraction(36, 37),
        "exact, the lowest of all bets: even-money bets return 73/74, all others this",
    ),
    Wheel.AMERICAN: published(
        Fraction(35, 38),
        "exact, the lowest of all bets: the top line returns this, all others 18/19",
    ),
}


def _view(number: int, wins: tuple[RouletteWin, ...], payout: int) -> RouletteView:
    name = colour(number)
    return RouletteView(number, name, wins, payout, f"{number_name(number)} {name}")


def _pays(factor: int) -> str:
    return f"{factor - 1} to 1"


def _paytable(wheel: Wheel, table: _Table) -> tuple[tuple[str, str], ...]:
    rows = {spot.group: _pays(spot.factor) for spot in table.spots.values()}
    if wheel is Wheel.FRENCH:
        rows["Even money on zero"] = "half the stake back"
    return tuple(rows.items())


def _maximum_reply_bytes(table: _Table) -> int:
    """Return the length of a view in which the number with the most bets wins them all."""
    huge = MAXIMUM_INTEGER
    longest = 0
    for number, winning in enumerate(table.winning):
        wins = tuple(RouletteWin(name, huge, huge) for name in winning)
        longest = max(longest, len(msgspec.msgpack.encode(_view(number, wins, huge))))
    return longest
