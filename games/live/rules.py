"""How a game is played by many seats at once.

Three ways. Where the draws of a game depend on no bet, every seat is paid by the same draws as if
it sat alone: each seat's round is the private game's own, drawn with all seats' client seeds, and
proves itself as one. Blackjack deals one shoe to all seats, so its rules take them together. Craps
rolls on while bets stand: each roll is a round of its own, and what it leaves standing is an input
of the next.
"""

from __future__ import annotations

import enum
from collections.abc import Sequence
from typing import Any, Final

import msgspec

from games.baccarat.game import Baccarat
from games.big_six import BigSix
from games.blackjack.game import BlackjackTable
from games.craps.game import Craps
from games.craps.roll import CrapsStage, added, held
from games.craps.table import CrapsTable
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
    ROLLS = "rolls"
    """One draw after another; bets that a draw does not decide stand for the next."""


_STYLES: Final[tuple[tuple[type[AnyGame], Style], ...]] = (
    (Roulette, Style.WINDOW),
    (BigSix, Style.WINDOW),
    (SicBo, Style.WINDOW),
    (Baccarat, Style.WINDOW),
    (Keno, Style.WINDOW),
    (BlackjackTable, Style.TURNS),
    (Crash, Style.RISING),
    (Craps, Style.ROLLS),
)
_MOST_SEATS: Final = {Style.TURNS: 7, Style.ROLLS: 50}
"""Seats of a table; the bets that stand at all of a table of rolls are told together."""
_MOST: Final = 500
_TOLD_TOGETHER_BYTES: Final = 1_000_000
"""What a round has made of all seats, or where they stand, goes to other nodes in one message,
which is a mebibyte at most."""
_BESIDE_VIEW_BYTES: Final = 400
"""What a seat is told of a round besides its view, at most."""


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

    def __init__(self, game: AnyGame, style: Style, listed: AnyGame | None = None) -> None:
        self.game = game
        """The rules of a round."""
        self.listed = listed or game
        """The game as the catalogue has it."""
        self.style = style
        self._list = game.describe().stake_form is StakeForm.LIST

    @property
    def most_seats(self) -> int:
        """How many seats a table can have."""
        told = self.game.maximum_reply_bytes + _BESIDE_VIEW_BYTES
        return min(_MOST_SEATS.get(self.style, _MOST), _TOLD_TOGETHER_BYTES // told)

    @property
    def together(self) -> int:
        """How many seats the rules take together: 1 where each has a round of its own."""
        return self.most_seats if self.style is Style.TURNS else 1

    @property
    def asked_type(self) -> type[msgspec.Struct]:
        """The form in which a player asks for bets; `game.bets_type` is that of a seat's bets."""
        return self.listed.bets_type

    def added(self, placed: Any, more: Any, stage: CrapsStage | None = None) -> Any:
        """Return a seat's bets with further ones; stakes on the same bet are summed.

        `placed` has the form of `game.bets_type`, `more` that of `asked_type`; `stage` is what the
        round began with. Raises Refused for what is no bet of the game's, or not now.
        """
        if self.style is Style.ROLLS:
            return added(placed, more.bets, (stage or CrapsStage()).point)
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

    def draw(self, bets: Sequence[Any], draws: Draws, stage: CrapsStage | None = None) -> LiveState:
        """Draw a round for the seats that bet, in seat order; at least one at a table of turns."""
        game = self.game
        if self.style is Style.TURNS:
            return LiveState((game.open(bets, draws.copy()),), None)
        nothing: dict[str, Any] = {"bets": []}
        if self.style is Style.ROLLS:
            nothing["point"] = (stage or CrapsStage()).point
        empty = msgspec.convert(nothing, game.bets_type)
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

    # -- from one roll to the next --------------------------------------------------------------

    def left(self, state: LiveState, seat: int) -> Any | None:
        """Return the bets of a seat (from 0 among those that bet) that stand for the next round."""
        if self.style is not Style.ROLLS:
            return None
        part: Any = state.parts[seat]
        return part.left

    def left_stake(self, state: LiveState, seat: int) -> int:
        """Return what stays on hold for a seat after the draw, in minor units."""
        left = self.left(state, seat)
        return 0 if left is None else held(left)

    def stage_after(self, state: LiveState) -> CrapsStage | None:
        """Return what the next round begins with, None where it begins anew."""
        if self.style is not Style.ROLLS:
            return None
        watched: Any = state.watched
        return CrapsStage(watched.point) if watched.point else None

    # -- what is seen ---------------------------------------------------------------------------

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
    if isinstance(game, CrapsTable):
        return LiveRules(game, Style.ROLLS, Craps())
    for kind, style in _STYLES:
        if isinstance(game, kind):
            if style is Style.ROLLS:
                return LiveRules(CrapsTable(), style, game)
            return LiveRules(game, style)
    return None
