"""Baccarat under the contract of `games.game`: bets, limits, view and description.

The draws of a round and the drawing rules are in `games.baccarat.rules`.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Sequence
from fractions import Fraction
from typing import ClassVar, Final

import msgspec

from games import cards, chips, stakes
from games.analysis.decimals import decimal, published
from games.baccarat import rules
from games.baccarat.help import help_text
from games.cards import Face
from games.chips import Chips
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
from protocol.messages.common import MAXIMUM_INTEGER, Amount, Counter, Name

STAKES: Final = (20, 100, 500, 1_000, 2_500, 10_000, 50_000)
RETURNS: Final = {
    rules.BANKER: 1 - Fraction(114753351728, 10847218479825),
    rules.PLAYER: 1 - Fraction(241149546272, 19524993263685),
    rules.BANKER_PAIR: Fraction(372, 415),
    rules.PLAYER_PAIR: Fraction(372, 415),
}
"""Expected payout per unit staked, ties counted; `games.analysis.baccarat` counts them again."""
TIE_CHANCE: Final = Fraction(475627426473216, 4998398275503360)
"""Of a tie, counted over ordered sequences of six cards."""

_LABELS: Final = {
    rules.BANKER: "Banker",
    rules.PLAYER: "Player",
    rules.TIE: "Tie",
    rules.BANKER_PAIR: "Banker pair",
    rules.PLAYER_PAIR: "Player pair",
}


class BaccaratWin(msgspec.Struct, frozen=True, gc=False):
    """A bet that won, or that a tie gave back."""

    bet: Name
    stake: Amount
    payout: Amount
    """The stake included."""


class BaccaratRound(msgspec.Struct, frozen=True, gc=False):
    """A finished round."""

    stakes: tuple[int, ...]
    payouts: tuple[int | None, ...]
    coup: rules.Coup
    wins: tuple[BaccaratWin, ...]
    finished: bool = True


class BaccaratView(msgspec.Struct, frozen=True, gc=False):
    """A whole round. Bets that are not among the wins have lost."""

    player: tuple[Face, ...]
    """The player's cards in the order they were dealt."""
    banker: tuple[Face, ...]
    player_total: Counter
    banker_total: Counter
    result: Name
    """`player`, `banker` or `tie`."""
    player_pair: bool
    """Whether the player's first two cards are a pair."""
    banker_pair: bool
    wins: tuple[BaccaratWin, ...]
    payout: Amount
    summary: str
    """For a history: `Banker 7, player 4`."""


class Baccarat(Game[Chips, msgspec.Struct, BaccaratRound]):
    """A private shoe for one player, eight fresh decks each round.

    `tie_pays` is what the tie pays to one: 8, or 9 as another game of another name.
    """

    version = 1
    kind: ClassVar[RoundKind] = RoundKind.INSTANT
    bets_type = Chips
    view_type = BaccaratView
    view_notes = cards.NOTES

    def __init__(self, name: str = "baccarat", title: str = "Baccarat", tie_pays: int = 8) -> None:
        self.name = name
        self.title = title
        self.tie_pays = tie_pays
        self.maximum_draws = rules.MAXIMUM_CARDS
        self.maximum_payout_factor = rules.PAIR_PAYS + 1
        self.digest = rules_digest(
            (rules, sys.modules[__name__], cards, chips, stakes), b"tie pays %d" % tie_pays
        )
        self.maximum_reply_bytes = _maximum_reply_bytes()

    def stake(self, bets: Chips, limits: StakeLimits) -> int:
        """Return the sum of all bets; on the banker a multiple of 20 minor units."""
        return chips.total_stake(bets.bets, limits, rules.MULTIPLES.get)

    def open(self, seats: Sequence[Chips], draws: Draws) -> BaccaratRound:
        """Deal the coup and settle every bet."""
        coup = rules.deal(draws.copy())
        amounts = {chip.bet: chips.whole_stake(chip) for chip in seats[0].bets}
        payouts = settle(coup, amounts, self.tie_pays)
        wins = tuple(
            [BaccaratWin(bet, amounts[bet], payout) for bet, payout in payouts.items() if payout]
        )
        return BaccaratRound((sum(amounts.values()),), (sum(payouts.values()),), coup, wins)

    def sample(self, bet: str, stake: int) -> Chips:
        """Return one bet of that name; on the banker the stake is a multiple of 20."""
        return chips.one_chip(bet, stake, rules.MULTIPLES.get)

    def view(self, state: BaccaratRound, seat: int | None) -> BaccaratView:  # noqa: ARG002
        """Return the cards and the bets that won; a seat and a watcher see the same."""
        payout = state.payouts[0]
        assert payout is not None, "a coup is finished when it is opened"
        return _view(state.coup, state.wins, payout)

    def describe(self) -> Description:
        """Return the machine-readable description."""
        return self._description

    @functools.cached_property
    def _description(self) -> Description:
        pays = {
            rules.BANKER: "19 to 20",
            rules.PLAYER: "1 to 1",
            rules.TIE: f"{self.tie_pays} to 1",
            rules.BANKER_PAIR: f"{rules.PAIR_PAYS} to 1",
            rules.PLAYER_PAIR: f"{rules.PAIR_PAYS} to 1",
        }
        returns = RETURNS | {rules.TIE: TIE_CHANCE * (self.tie_pays + 1)}
        percent = {bet: f"{decimal(value * 100, 4)} %" for bet, value in returns.items()}
        each = ", ".join(f"{_LABELS[bet].lower()} {percent[bet]}" for bet in rules.MULTIPLES)
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
                Choice(bet, _LABELS[bet], "Pair" if "pair" in bet else "Result", pays[bet])
                for bet in rules.MULTIPLES
            ),
            actions=(),
            returns=published(
                RETURNS[rules.BANKER],
                f"exact for eight fresh decks, of the bet on the banker, ties counted; {each}",
            ),
            maximum_payout=f"{rules.PAIR_PAYS + 1} times the stake",
            help=help_text(self.title, self.tie_pays, percent),
            paytable=(
                *((_LABELS[bet], text) for bet, text in pays.items()),
                ("Banker or player, if the hands tie", "stake back"),
            ),
        )

    def bet_returns(self) -> tuple[BetReturn, ...]:
        """Return the exact mathematics of every bet, counted over all sequences of six cards."""
        from games.analysis.baccarat import bet_returns  # noqa: PLC0415 - it imports these rules

        return bet_returns(self.tie_pays)


def baccarat_games() -> tuple[Baccarat, ...]:
    """Return the games that ship: one for each pay of the tie."""
    return (
        Baccarat(),
        Baccarat("baccarat-nine-to-one", "Baccarat, tie pays 9 to 1", tie_pays=9),
    )


def settle(coup: rules.Coup, amounts: dict[str, int], tie_pays: int) -> dict[str, int]:
    """Return what each bet brings back in minor units."""
    result = coup.result
    payouts = {}
    for bet, stake in amounts.items():
        if bet == rules.BANKER_PAIR:
            payouts[bet] = rules.pair_payout(stake, pair=rules.is_pair(coup.banker))
        elif bet == rules.PLAYER_PAIR:
            payouts[bet] = rules.pair_payout(stake, pair=rules.is_pair(coup.player))
        else:
            payouts[bet] = rules.payout(bet, stake, result, tie_pays)
    return payouts


def _view(coup: rules.Coup, wins: tuple[BaccaratWin, ...], payout: int) -> BaccaratView:
    player, banker = rules.worth(coup.player), rules.worth(coup.banker)
    result = coup.result
    if result == rules.TIE:
        summary = f"Tie at {player}"
    elif result == rules.PLAYER:
        summary = f"Player {player}, banker {banker}"
    else:
        summary = f"Banker {banker}, player {player}"
    return BaccaratView(
        coup.player,
        coup.banker,
        player,
        banker,
        result,
        rules.is_pair(coup.player),
        rules.is_pair(coup.banker),
        wins,
        payout,
        summary,
    )


def _maximum_reply_bytes() -> int:
    """Return the length of a view of a tie with two pairs and six cards: every bet is told.

    Without a tie at most three are.
    """
    wins = tuple(BaccaratWin(bet, MAXIMUM_INTEGER, MAXIMUM_INTEGER) for bet in rules.MULTIPLES)
    longest = rules.Coup((51, 51, 51), (51, 51, 50))
    return len(msgspec.msgpack.encode(_view(longest, wins, MAXIMUM_INTEGER)))
