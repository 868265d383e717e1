"""How a game is played by many seats at once.

Two ways. Where the draws of a game depend on no bet, every seat is paid by the same draws as if it
sat alone: each seat's round is the private game's own, drawn with all seats' client seeds, and
proves itself as one. Blackjack deals one shoe to all seats, so its rules take them together.
"""

from __future__ import annotations

import enum
from collections.abc import Sequence
from typing import Any, Final

import msgspec

from games.baccarat.game import Baccarat
from games.big_six import BigSix
from games.blackjack.game import BlackjackTable
from games.entropy import Draws
from games.game import AnyGame, RoundState, StakeForm, StakeLimits
from games.instant.crash import Crash
from games.keno import Keno
from games.live.rising import RisingRound
from games.roulette.game import Roulette
from games.sic_bo import SicBo
from protocol.errors import ErrorCode, Refused

__all__ = ["LiveRules", "LiveState", "Style", "live_rules"]


class Style(enum.Enum):
    """How a round of a live table goes on after its bets are closed."""

    WINDOW = "window"
    """One draw, and everybody is paid."""
    TURNS = "turns"
    """The seats decide, one after the other."""
    RISING = "rising"
    """A multiplier rises until it crashes; seats cash out before it does."""


_STYLES: Final[tuple[tuple[type[AnyGame], Style], ...]] = (
    (Roulette, Style.WINDOW),
    (BigSix, Style.WINDOW),
    (SicBo, Style.WINDOW),
    (Baccarat, Style.WINDOW),
    (Keno, Style.WINDOW),
    (BlackjackTable, Style.TURNS),
    (Crash, Style.RISING),
)


class LiveState(msgspec.Struct, frozen=True):
    """One round of a live table as it stands. Seats are counted from 0 among those that bet."""

    parts: tuple[RoundState, ...]
    """Each seat's own round; or the one round of them all."""
    watched: RoundState | None
    """The round without bets, as a watcher sees it; None where all seats share one round."""

    @property
    def together(self) -> bool:
        """Whether all seats share one round."""
        return self.watched is None

    @property
    def finished(self) -> bool:
        """Whether no decision is left."""
        return all(part.finished for part in self.parts)

    @property
    def stakes(self) -> tuple[int, ...]:
        """Total stake of each seat so far, in minor units."""
        return tuple(stake for part in self.parts for stake in part.stakes)

    @property
    def payouts(self) -> tuple[int | None, ...]:
        """Payout of each seat in minor units, None while undecided."""
        return tuple(payout for part in self.parts for payout in part.payouts)


class LiveRules:
    """One version of one game, as a live table plays it."""

    def __init__(self, game: AnyGame, style: Style) -> None:
        self.game = game
        self.style = style
        self._list = game.describe().stake_form is StakeForm.LIST

    @property
    def most_seats(self) -> int:
        """How many seats a table can have."""
        return 7 if self.style is Style.TURNS else 500

    @property
    def together(self) -> int:
        """How many seats the rules take together: 1 where each has a round of its own."""
        return self.most_seats if self.style is Style.TURNS else 1

    def added(self, placed: Any, more: Any) -> Any:
        """Return a seat's bets with further ones; stakes on the same bet are summed.

        Both in the form of `game.bets_type`. Raises Refused for what is no bet of the game's.
        """
        if placed is None:
            return more
        # Each addition for itself: one below zero would take an accepted bet back.
        for part in more.bets if self._list else (more,):
            if type(part.stake) is not int:
                raise Refused(ErrorCode.STAKE_NOT_WHOLE)
            if part.stake < 1:
                raise Refused(ErrorCode.STAKE_BELOW)
        if not self._list:
            return msgspec.structs.replace(placed, stake=placed.stake + more.stake)
        if not more.bets:
            raise Refused(ErrorCode.BET_INVALID, "Place at least one bet.")
        stakes: dict[str, int] = {}
        for chip in (*placed.bets, *more.bets):
            stakes[chip.bet] = stakes.get(chip.bet, 0) + chip.stake
        chip_type = type(placed.bets[0])
        return type(placed)(tuple(chip_type(bet, stake) for bet, stake in stakes.items()))

    def stake(self, bets: Any, limits: StakeLimits) -> int:
        """Return what all bets of a seat stake, in minor units. Raises Refused."""
        return self.game.stake(bets, limits)

    def draw(self, bets: Sequence[Any], draws: Draws) -> LiveState:
        """Draw a round for the seats that bet, in seat order; at least one at a table of turns."""
        game = self.game
        if self.style is Style.TURNS:
            return LiveState((game.open(bets, draws.copy()),), None)
        empty = msgspec.convert({"bets": []}, game.bets_type)
        return LiveState(
            tuple(game.open((each,), draws.copy()) for each in bets),
            game.open((empty,), draws.copy()),
        )

    def rising(self, bets: Sequence[Any], draws: Draws) -> RisingRound:
        """Draw where the multiplier crashes; for a table with a rising multiplier."""
        game = self.game
        if not isinstance(game, Crash):
            raise TypeError(f"{game.name} has no multiplier that rises")
        return RisingRound(game.draw(draws.copy()), tuple(bets))

    def view(self, state: LiveState, seat: int | None) -> msgspec.Struct:
        """Return what one seat may see (from 0 among those that bet), or with None a watcher."""
        if state.watched is None:
            return self.game.view(state.parts[0], seat)
        if seat is None:
            return self.game.view(state.watched, None)
        return self.game.view(state.parts[seat], 0)

    def summary(self, state: LiveState) -> str:
        """Return the result in a few words, for the history board."""
        view: Any = self.view(state, None)
        if self.style is Style.TURNS:
            return _dealer(view)
        return str(view.summary)[:64]

    def acting(self, state: LiveState) -> int:
        """Return whose turn it is, from 0 among the seats that bet; for a table of turns."""
        state_of_all: Any = state.parts[0]
        return int(state_of_all.active_seat)

    def decided(self, state: LiveState, seat: int, decision: Any) -> LiveState:
        """Return the state after a decision that `game.price` has allowed."""
        return LiveState((self.game.decide(state.parts[0], seat, decision),), None)


def _dealer(view: Any) -> str:
    """Return a finished blackjack round for the board, where each seat has a result of its own."""
    if view.stage.value != "settled":
        return "Cards are dealt"
    dealer = view.dealer
    if len(dealer.cards) == 2 and dealer.total == 21:
        return "Dealer has blackjack"
    return "Dealer busts" if dealer.total > 21 else f"Dealer has {dealer.total}"


def live_rules(game: AnyGame) -> LiveRules | None:
    """Return how a game is played at a live table, or None where it cannot be."""
    for kind, style in _STYLES:
        if isinstance(game, kind):
            return LiveRules(game, style)
    return None
