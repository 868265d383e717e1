"""Keno: 20 of 80 numbers, or 10 of 40, are drawn; a ticket has picked 1 to 10 of them.

A bet is a ticket. Its name lists the picked numbers in ascending order: `numbers-3-17-22`. Every
set of 1 to 10 different numbers of the game can be bet on. A round takes each ticket once, and one
draw decides all of them.

Draws of a round: a partial shuffle. Lay the numbers out in a list, 1 first. For each number to be
drawn: `below(how many are left)` is a place in the list, counted from 0; the number there is drawn,
the last number of the list moves into its place, and the list is one shorter. So the draws are
`below(80)`, `below(79)` … `below(61)`, or `below(40)` … `below(31)`, and every set of numbers, in
every order, is equally likely.
"""

from __future__ import annotations

import functools
import itertools
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from math import comb
from typing import Annotated, ClassVar, Final

import msgspec

from games import chips, stakes
from games.analysis.decimals import decimal, published
from games.analysis.outcomes import bet_return
from games.chips import MAXIMUM_BETS, Chips, ChipWin, one_chip, settle, total_stake
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

MAXIMUM_PICKS: Final = 10
_NAME: Final = re.compile(r"numbers((?:-[1-9][0-9]?){1,10})")

PAYS_80_20: Final[Mapping[int, tuple[int, ...]]] = {
    1: (0, 380),
    2: (0, 0, 1_580),
    3: (0, 0, 200, 4_800),
    4: (0, 0, 100, 600, 15_500),
    5: (0, 0, 0, 300, 2_400, 63_000),
    6: (0, 0, 0, 200, 800, 8_000, 166_000),
    7: (0, 0, 0, 100, 400, 2_400, 34_000, 450_000),
    8: (0, 0, 0, 0, 300, 1_400, 8_500, 105_000, 1_800_000),
    9: (0, 0, 0, 0, 100, 700, 5_000, 28_000, 400_000, 3_000_000),
    10: (0, 0, 0, 0, 0, 500, 2_500, 15_000, 100_000, 500_000, 10_000_000),
}
"""By picks, then by how many of them are drawn: what comes back, in hundredths of the stake."""
PAYS_40_10: Final[Mapping[int, tuple[int, ...]]] = {
    1: (0, 396),
    2: (0, 190, 450),
    3: (0, 100, 310, 1_040),
    4: (0, 80, 180, 500, 2_250),
    5: (0, 25, 140, 410, 1_650, 3_600),
    6: (0, 0, 100, 368, 700, 1_650, 4_000),
    7: (0, 0, 47, 300, 450, 1_400, 3_100, 6_000),
    8: (0, 0, 0, 220, 400, 1_300, 2_200, 5_500, 7_000),
    9: (0, 0, 0, 155, 300, 800, 1_500, 4_400, 6_000, 8_500),
    10: (0, 0, 0, 140, 225, 450, 800, 1_700, 5_000, 8_000, 10_000),
}
"""The same for 10 of 40: the classic table of online houses."""
HUNDREDTHS: Final = 100
"""Pays are counted in these, and every stake is a multiple of so many minor units."""


def draw_numbers(draws: Draws, numbers: int, drawn: int) -> tuple[int, ...]:
    """Return that many different numbers from 1 to `numbers`, in the order in which they come."""
    left = list(range(1, numbers + 1))
    found = []
    for place in draws.below_each(range(numbers, numbers - drawn, -1)):
        last = left.pop()
        if place == len(left):
            found.append(last)
        else:
            found.append(left[place])
            left[place] = last
    return tuple(found)


@functools.lru_cache(maxsize=4_096)
def picks_of(bet: str, numbers: int) -> tuple[int, ...] | None:
    """Return the numbers that a bet's name picks, or None where it is no bet."""
    match = _NAME.fullmatch(bet)
    if match is None:
        return None
    picks = tuple(map(int, match[1][1:].split("-")))
    ascending = all(one < other for one, other in itertools.pairwise(picks))
    return picks if ascending and picks[-1] <= numbers else None


def hit_law(numbers: int, drawn: int, picks: int) -> tuple[int, ...]:
    """Return for each number of hits in how many of the C(numbers, picks) tickets it happens."""
    return tuple(
        comb(drawn, hits) * comb(numbers - drawn, picks - hits) for hits in range(picks + 1)
    )


def ticket(picks: Sequence[int]) -> str:
    """Return the name of the bet on those numbers."""
    return "-".join(["numbers", *map(str, sorted(picks))])


class KenoRound(msgspec.Struct, frozen=True, gc=False):
    """A finished round."""

    stakes: tuple[int, ...]
    payouts: tuple[int | None, ...]
    drawn: tuple[int, ...]
    wins: tuple[ChipWin, ...]
    finished: bool = True


class KenoView(msgspec.Struct, frozen=True, gc=False):
    """A whole round. Tickets that are not among the wins have lost."""

    drawn: tuple[Annotated[int, msgspec.Meta(ge=1, le=80)], ...]
    """The numbers in the order in which they were drawn."""
    wins: tuple[ChipWin, ...]
    """Tickets that something came back for; it can be less than the stake."""
    payout: Amount
    summary: str
    """The numbers in ascending order, for a history."""


class Keno(Game[Chips, msgspec.Struct, KenoRound]):
    """A private draw for one player.

    Of a table's limits the minimum is that of each ticket, the maximum that of the whole round.
    """

    version = 1
    kind = RoundKind.INSTANT
    bets_type = Chips
    view_type = KenoView
    view_notes = (
        "A bet's name is its ticket: the chosen numbers in ascending order, such as "
        "`numbers-3-17-22`. The stake is a multiple of 100 minor units."
    )
    numbers: ClassVar[int]
    drawn: ClassVar[int]
    pays: ClassVar[Mapping[int, tuple[int, ...]]]
    offered: ClassVar[tuple[int, ...]]
    """Stakes to offer."""

    def __init__(self) -> None:
        self.maximum_draws = self.drawn
        self.maximum_payout_factor = max(map(max, self.pays.values())) // HUNDREDTHS
        self.digest = rules_digest((sys.modules[__name__], chips, stakes), self.name.encode())
        self.maximum_reply_bytes = _maximum_reply_bytes(self.numbers, self.drawn)

    def stake(self, bets: Chips, limits: StakeLimits) -> int:
        """Return the sum of all tickets. A ticket named twice is refused, not summed."""
        return total_stake(bets.bets, limits, self._multiple)

    def _multiple(self, bet: str) -> int | None:
        return None if picks_of(bet, self.numbers) is None else HUNDREDTHS

    def open(self, seats: Sequence[Chips], draws: Draws) -> KenoRound:
        """Draw the numbers."""
        drawn = draw_numbers(draws.copy(), self.numbers, self.drawn)
        among = frozenset(drawn)

        def factor(bet: str) -> int:
            picks = picks_of(bet, self.numbers)
            assert picks is not None, "the bets have passed `stake`"
            return self.pays[len(picks)][len(among.intersection(picks))]

        total, payout, wins = settle(seats[0].bets, factor, HUNDREDTHS)
        return KenoRound((total,), (payout,), drawn, wins)

    def sample(self, bet: str, stake: int) -> Chips:
        """Return one ticket of that name."""
        return one_chip(bet, stake, self._multiple)

    def view(self, state: KenoRound, seat: int | None) -> KenoView:  # noqa: ARG002
        """Return the numbers and the tickets that won; a seat and a watcher see the same."""
        payout = state.payouts[0]
        assert payout is not None, "a draw is finished when it is opened"
        return _view(state.drawn, state.wins, payout)

    def describe(self) -> Description:
        """Return the machine-readable description."""
        return self._description

    @functools.cached_property
    def _description(self) -> Description:
        lowest = min(self.return_of(picks) for picks in self.pays)
        return Description(
            game=self.name,
            version=self.version,
            digest=self.digest,
            title=self.title,
            kind=self.kind,
            stake_form=StakeForm.LIST,
            stakes=self.offered,
            seats=self.seats,
            choices=tuple(self._choices()),
            actions=(),
            returns=published(lowest, "exact, the lowest of all numbers of picks; see the help"),
            maximum_payout=f"{self.maximum_payout_factor:,} times the stake",
            help=self._help(),
            paytable=tuple(self._paytable()),
        )

    def return_of(self, picks: int) -> Fraction:
        """Return the exact return of a ticket with that many picks."""
        law = hit_law(self.numbers, self.drawn, picks)
        paid = sum(ways * pays for ways, pays in zip(law, self.pays[picks], strict=True))
        return Fraction(paid, HUNDREDTHS * comb(self.numbers, picks))

    def _choices(self) -> Iterator[Choice]:
        """Yield for each number of picks the lowest numbers, and some spread over the board."""
        for count in self.pays:
            lowest = range(1, count + 1)
            spread = [(2 * place + 1) * self.numbers // (2 * count) for place in range(count)]
            for picks in (lowest, spread):
                label = "-".join(map(str, picks))
                plural = "pick" if count == 1 else "picks"
                pays = f"up to {_times(max(self.pays[count]))}"
                yield Choice(ticket(picks), label, f"{count} {plural}", pays)

    def _paytable(self) -> Iterator[tuple[str, str]]:
        for picks, pays in self.pays.items():
            for hits, hundredths in enumerate(pays):
                if hundredths:
                    yield f"{picks} picked, {hits} drawn", _times(hundredths)

    def _help(self) -> str:
        returns = "\n".join(
            f"- {picks} picked: {decimal(100 * self.return_of(picks), 4)} %"
            f" ({self.return_of(picks)}); all of them drawn once in"
            f" {_rarity(self._chance_of_all(picks))} draws"
            for picks in self.pays
        )
        return f"""# {self.title}

{self.drawn} of the numbers 1 to {self.numbers} are drawn, every set of them equally likely whatever
came before. A ticket picks 1 to {MAXIMUM_PICKS} numbers. It pays by how many of its numbers are
drawn, as the table says; what comes back includes the stake. Place at most {MAXIMUM_BETS} tickets
in a round, each set of numbers once; one draw decides them all.

The stake on a ticket is a multiple of {HUNDREDTHS} minor units (cents), so that every payout is
exact.

What a ticket returns in the long run:

{returns}
"""

    def _chance_of_all(self, picks: int) -> Fraction:
        return Fraction(comb(self.drawn, picks), comb(self.numbers, picks))

    def bet_returns(self) -> tuple[BetReturn, ...]:
        """Return the exact mathematics of a ticket with each number of picks.

        Which numbers it picks does not matter; the tickets named here pick the lowest ones.
        """
        return tuple(self._bet_return(picks) for picks in self.pays)

    def _bet_return(self, picks: int) -> BetReturn:
        law = hit_law(self.numbers, self.drawn, picks)
        outcomes = (
            (ways, Fraction(pays, HUNDREDTHS))
            for ways, pays in zip(law, self.pays[picks], strict=True)
        )
        note = "exact, by hypergeometric counts; the same for every ticket with as many picks"
        return bet_return(ticket(range(1, picks + 1)), outcomes, note)


class Keno80(Keno):
    """20 of 80 numbers."""

    name = "keno-80-20"
    title = "Keno, 20 of 80"
    numbers = 80
    drawn = 20
    pays = PAYS_80_20
    offered = (100, 200, 500, 1_000, 2_500)


class Keno40(Keno):
    """10 of 40 numbers."""

    name = "keno-40-10"
    title = "Keno, 10 of 40"
    numbers = 40
    drawn = 10
    pays = PAYS_40_10
    offered = (100, 200, 500, 1_000, 2_500, 10_000)


def _rarity(chance: Fraction) -> str:
    """Return once in how many draws something happens: `847,660,528.00`."""
    whole, _, part = decimal(1 / chance, 2).partition(".")
    return f"{int(whole):,}.{part}"


def _times(hundredths: int) -> str:
    """Return a pay for reading: `3.96 times the stake`."""
    whole, part = divmod(hundredths, HUNDREDTHS)
    return f"{whole:,}{f'.{part:02}'.rstrip('0') if part else ''} times the stake"


def _view(drawn: tuple[int, ...], wins: tuple[ChipWin, ...], payout: int) -> KenoView:
    return KenoView(drawn, wins, payout, " ".join(map(str, sorted(drawn))))


def _maximum_reply_bytes(numbers: int, drawn: int) -> int:
    """Return a length that no view exceeds: as many tickets as can be, each with a win."""
    huge = MAXIMUM_INTEGER
    longest = ticket(range(numbers - MAXIMUM_PICKS + 1, numbers + 1))
    wins = (ChipWin(longest, huge, huge),) * MAXIMUM_BETS
    view = _view(tuple(range(numbers - drawn + 1, numbers + 1)), wins, huge)
    return len(msgspec.msgpack.encode(view))
