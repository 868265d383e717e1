"""European roulette: one zero, private rounds, every inside and outside bet.

Names of bets: `straight-17`; `split-17-20`; `street-13-14-15`; `trio-0-1-2` and `trio-0-2-3`;
`corner-13-14-16-17`; `first-four` (0, 1, 2, 3); `line-13-18`, from the first to the last of six
numbers; `column-1` (1, 4 … 34) to `column-3`; `dozen-1` to `dozen-3`; `red`, `black`, `odd`,
`even`, `low`, `high`. The lower number comes first. A round takes each bet once.

Zero loses every even-money bet whole (no la partage), so a bet on k numbers pays 36/k times its
stake, stake included, and returns 36/37, whichever it is.

Draws of a round: `below(37)`, the number itself.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Annotated, ClassVar, Final

import msgspec

from games import stakes
from games.analysis.decimals import published
from games.analysis.outcomes import bet_return
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
from protocol.errors import ErrorCode, Refused
from protocol.messages.common import MAXIMUM_INTEGER, Amount, Counter, Name

POCKETS: Final = 37
MAXIMUM_BETS: Final = 50
"""Bets of one round."""
RED: Final = frozenset({1, 3, 5, 7, 9, 12, 14, 16, 18, 19, 21, 23, 25, 27, 30, 32, 34, 36})
STAKES: Final = (10, 50, 100, 500, 1_000, 2_500, 10_000)


class Spot(msgspec.Struct, frozen=True):
    """A bet that the layout offers."""

    name: str
    label: str
    group: str
    numbers: frozenset[int]

    @property
    def factor(self) -> int:
        """What a win pays for each minor unit staked, the stake included."""
        return 36 // len(self.numbers)


def _spots() -> Iterator[Spot]:
    for number in range(POCKETS):
        yield Spot(f"straight-{number}", str(number), "Straight", frozenset({number}))
    yield from _splits()
    for first in range(1, 35, 3):
        row = (first, first + 1, first + 2)
        yield _inside("street", row, "Street")
    yield _inside("trio", (0, 1, 2), "Trio")
    yield _inside("trio", (0, 2, 3), "Trio")
    for first in range(1, 33):
        if first % 3:
            yield _inside("corner", (first, first + 1, first + 3, first + 4), "Corner")
    yield Spot("first-four", "0-1-2-3", "First four", frozenset(range(4)))
    for first in range(1, 32, 3):
        numbers = frozenset(range(first, first + 6))
        yield Spot(f"line-{first}-{first + 5}", f"{first} to {first + 5}", "Line", numbers)
    for column in (1, 2, 3):
        numbers = frozenset(range(column, POCKETS, 3))
        yield Spot(f"column-{column}", f"Column {column}", "Column", numbers)
    for dozen in (1, 2, 3):
        numbers = frozenset(range(12 * dozen - 11, 12 * dozen + 1))
        yield Spot(f"dozen-{dozen}", f"{12 * dozen - 11} to {12 * dozen}", "Dozen", numbers)
    colours = {"red": RED, "black": frozenset(range(1, POCKETS)) - RED}
    halves = {
        "odd": range(1, POCKETS, 2),
        "even": range(2, POCKETS, 2),
        "low": range(1, 19),
        "high": range(19, POCKETS),
    }
    for name, chosen in (colours | halves).items():
        yield Spot(name, name.capitalize(), "Even money", frozenset(chosen))


def _splits() -> Iterator[Spot]:
    for other in (1, 2, 3):
        yield _inside("split", (0, other), "Split")
    for number in range(1, POCKETS):
        if number % 3:
            yield _inside("split", (number, number + 1), "Split")
        if number <= 33:
            yield _inside("split", (number, number + 3), "Split")


def _inside(kind: str, numbers: tuple[int, ...], group: str) -> Spot:
    label = "-".join(map(str, numbers))
    return Spot(f"{kind}-{label}", label, group, frozenset(numbers))


SPOTS: Final = {spot.name: spot for spot in _spots()}
"""Every bet by its name."""
_WINNING: Final = tuple(
    {name: spot.factor for name, spot in SPOTS.items() if number in spot.numbers}
    for number in range(POCKETS)
)
"""For each number the bets that it wins, with what they pay."""
_PAYS: Final = {
    factor: f"{factor - 1} to 1" for factor in sorted({spot.factor for spot in SPOTS.values()})
}


class RouletteBet(msgspec.Struct, frozen=True, gc=False):
    """One chip on the layout."""

    bet: Annotated[str, msgspec.Meta(max_length=64)]
    stake: stakes.Stake


class RouletteBets(msgspec.Struct, frozen=True):
    """`{"bets": [{"bet": "straight-17", "stake": 100}, …]}`."""

    bets: Annotated[tuple[RouletteBet, ...], msgspec.Meta(max_length=1_000)]
    """1 to 50 of them; a longer list is refused as BET_INVALID."""


class RouletteWin(msgspec.Struct, frozen=True, gc=False):
    """A bet that won."""

    bet: Name
    stake: Amount
    payout: Amount
    """The stake included."""


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
    colour: Name
    """`red`, `black` or `green`."""
    wins: tuple[RouletteWin, ...]
    payout: Amount
    summary: str
    """For a history: `17 black`."""


class EuropeanRoulette(Game[RouletteBets, msgspec.Struct, RouletteRound]):
    """A private wheel for one player.

    Of a table's limits the minimum is that of each bet, the maximum that of the whole round.
    """

    name = "roulette"
    version = 1
    title = "European roulette"
    kind: ClassVar[RoundKind] = RoundKind.INSTANT
    bets_type = RouletteBets
    view_type = RouletteView

    def __init__(self) -> None:
        self.maximum_draws = 1
        self.maximum_payout_factor = 36
        self.digest = rules_digest((sys.modules[__name__], stakes))
        self.maximum_reply_bytes = _maximum_reply_bytes()

    def stake(self, bets: RouletteBets, limits: StakeLimits) -> int:
        """Return the sum of all bets. A bet named twice is refused, not summed."""
        if not bets.bets:
            raise Refused(ErrorCode.BET_INVALID, "Place at least one bet.")
        if len(bets.bets) > MAXIMUM_BETS:
            raise Refused(ErrorCode.BET_INVALID, f"Place at most {MAXIMUM_BETS} bets a round.")
        total = 0
        seen = set()
        for bet in bets.bets:
            if bet.bet not in SPOTS:
                raise Refused(ErrorCode.BET_INVALID, f"There is no bet named {bet.bet!r}.")
            if bet.bet in seen:
                raise Refused(ErrorCode.BET_INVALID, f"{bet.bet} is bet on twice; add the stakes.")
            seen.add(bet.bet)
            stake = stakes.whole(bet.stake)
            if stake < max(1, limits.minimum):
                raise stakes.below(max(1, limits.minimum))
            total += stake
        if total > limits.maximum:
            raise stakes.above(limits.maximum)
        return total

    def open(self, seats: Sequence[RouletteBets], draws: Draws) -> RouletteRound:
        """Spin the wheel."""
        number = draws.copy().below(POCKETS)
        winning = _WINNING[number]
        total = payout = 0
        wins = []
        for bet in seats[0].bets:
            stake = bet.stake
            assert type(stake) is int, "the bets have passed `stake`"
            total += stake
            factor = winning.get(bet.bet)
            if factor is not None:
                payout += stake * factor
                wins.append(RouletteWin(bet.bet, stake, stake * factor))
        return RouletteRound((total,), (payout,), number, tuple(wins))

    def sample(self, bet: str, stake: int) -> RouletteBets:
        """Return one bet of that name."""
        if bet not in SPOTS:
            raise ValueError(f"there is no bet named {bet!r}")
        return RouletteBets((RouletteBet(bet, stake),))

    def view(self, state: RouletteRound, seat: int | None) -> RouletteView:  # noqa: ARG002
        """Return the number and the bets that won; a seat and a watcher see the same."""
        payout = state.payouts[0]
        assert payout is not None, "a spin is finished when it is opened"
        name = colour(state.number)
        return RouletteView(state.number, name, state.wins, payout, f"{state.number} {name}")

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
                Choice(spot.name, spot.label, spot.group, _PAYS[spot.factor])
                for spot in SPOTS.values()
            ),
            actions=(),
            returns=published(Fraction(36, 37), "exact, the same for every bet"),
            maximum_payout="36 times the stake",
            help=_HELP,
            paytable=_paytable(),
        )

    def bet_returns(self) -> tuple[BetReturn, ...]:
        """Return the exact mathematics of every bet, counted over the 37 numbers."""
        note = "exact, counted over the 37 numbers"
        return tuple(
            bet_return(
                name, ((1, _WINNING[number].get(name, 0)) for number in range(POCKETS)), note
            )
            for name in SPOTS
        )


def colour(number: int) -> str:
    """Return `red`, `black` or `green`."""
    if number == 0:
        return "green"
    return "red" if number in RED else "black"


def _paytable() -> tuple[tuple[str, str], ...]:
    rows = {spot.group: _PAYS[spot.factor] for spot in SPOTS.values()}
    return tuple(rows.items())


def _maximum_reply_bytes() -> int:
    """Return the length of a view in which the number with the most bets wins them all."""
    longest = 0
    for number, winning in enumerate(_WINNING):
        wins = tuple(RouletteWin(name, MAXIMUM_INTEGER, MAXIMUM_INTEGER) for name in winning)
        name = colour(number)
        view = RouletteView(number, name, wins, MAXIMUM_INTEGER, f"{number} {name}")
        longest = max(longest, len(msgspec.msgpack.encode(view)))
    return longest


_HELP: Final = f"""# European roulette

The wheel has the numbers 0 to 36; each comes up with a chance of 1 in 37, whatever came before.
Place one or more bets, at most {MAXIMUM_BETS} in a round and each of them once, and spin.

A bet covers one or more numbers. If one of them comes up it pays as the table says, and its stake
comes back as well; if not, its stake is lost. Zero loses red, black, odd, even, low and high whole.

- **Straight** one number; **split** two neighbours; **street** a row of three
- **Trio** 0-1-2 or 0-2-3; **first four** 0-1-2-3
- **Corner** four numbers that meet; **line** two neighbouring rows
- **Column** and **dozen** twelve numbers
- **Low** 1 to 18, **high** 19 to 36

Every bet returns 36/37 of its stake in the long run, 97.3 %.
"""
