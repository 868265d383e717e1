"""Mines: turn over tiles of a field of 25 and cash out before a mine comes up.

The one bet of a round is `mines-3`, with 1 to 24 mines. After g safe tiles of m mines the
multiplier is return · C(25, g) / C(25 - m, g), rounded down to two decimals; the payout is the
stake times the multiplier at which the player cashes out, rounded down once. Turning over the last
safe tile cashes out by itself. Who cashes out before turning over a tile gets the stake back.

Tiles are 1 to 25. A decision is `reveal-7` or `cash-out`; when time has run out the platform cashes
out.

Draws of a round, all of them when it opens: for each mine one card without replacement from a shoe
that holds each tile once, so `below(25)`, `below(24)` and so on: the value is the position among
the tiles that have no mine yet. Decisions draw nothing.
"""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Sequence
from fractions import Fraction
from typing import Annotated, ClassVar, Final

import msgspec

from games import stakes
from games.chips import Chip, Chips
from games.digest import rules_digest
from games.entropy import Draws, draw_card
from games.game import BetReturn, Description, Game, Option, RoundKind, StakeLimits
from games.instant import bets as named, mines_help, rounding
from games.instant.rounding import DEFAULT_RETURN, HUNDREDTHS, written
from protocol.errors import ErrorCode, Refused
from protocol.messages.common import MAXIMUM_INTEGER, Amount, Counter, Name

TILES: Final = 25
CASH_OUT: Final = "cash-out"
REVEALS: Final = {f"reveal-{tile}": tile for tile in range(1, TILES + 1)}
"""The tile of each decision that turns one over."""
_BET: Final = re.compile(r"mines-([1-9]|1\d|2[0-4])", re.ASCII)


class MinesDecision(msgspec.Struct, frozen=True):
    """`{"action": "reveal-7"}` or `{"action": "cash-out"}`."""

    action: Annotated[str, msgspec.Meta(max_length=64)]


class MinesRound(msgspec.Struct, frozen=True):
    """A round in play."""

    stake: int
    mined: frozenset[int]
    """The tiles with a mine."""
    revealed: tuple[int, ...] = ()
    """Safe tiles in the order in which they were turned over."""
    hit: int | None = None
    """The mine that ended the round."""
    payout: int | None = None

    @property
    def stakes(self) -> tuple[int, ...]:
        """The stake of the only seat."""
        return (self.stake,)

    @property
    def payouts(self) -> tuple[int | None, ...]:
        """The payout, None while the round is open."""
        return (self.payout,)

    @property
    def finished(self) -> bool:
        """Whether the player hit a mine or cashed out."""
        return self.payout is not None


class MinesView(msgspec.Struct, frozen=True):
    """A round from its seat; where the mines are is told when it has ended."""

    mines: Counter
    """How many there are."""
    revealed: tuple[Counter, ...]
    """Safe tiles in the order in which they were turned over."""
    hit: Counter | None
    """The mine that ended the round."""
    mined: tuple[Counter, ...] | None
    """All tiles with a mine; null until the round has ended."""
    multiplier: Name
    """What cashing out pays now, or paid; `0.00` after a mine."""
    next_multiplier: Name | None
    """What it pays after one more safe tile; null when the round has ended."""
    stake: Amount
    payout: Amount | None
    options: tuple[Option, ...]
    summary: str


class Mines(Game[Chips, MinesDecision, MinesRound]):
    """A private field for one player."""

    name = "mines"
    title = "Mines"
    kind: ClassVar[RoundKind] = RoundKind.DECISIONS
    bets_type = Chips
    decision_type = MinesDecision
    view_type = MinesView
    view_notes = (
        "Tiles are numbered from 1 to 25, row by row. The bet's name has the number of mines: "
        "`mines-3`."
    )
    maximum_draws = TILES - 1

    def __init__(self, return_to_player: Fraction = DEFAULT_RETURN, version: int = 1) -> None:
        self.return_to_player = rounding.checked_return(return_to_player)
        self.version = version
        modules = (sys.modules[__name__], named, rounding, stakes)
        self.digest = rules_digest(modules, str(return_to_player).encode())
        self.multipliers = tuple(
            self._multipliers(mines) if mines else () for mines in range(TILES)
        )
        """In hundredths, by number of mines and of safe tiles turned over; at none it is 1.00."""
        highest = max(map(max, self.multipliers[1:]))
        self.maximum_payout_factor = -(-highest // HUNDREDTHS)
        self.maximum_reply_bytes = _maximum_reply_bytes(highest)

    def _multipliers(self, mines: int) -> tuple[int, ...]:
        safe = TILES - mines
        fair = (
            Fraction(math.comb(TILES, picks), math.comb(safe, picks))
            for picks in range(1, safe + 1)
        )
        return (
            HUNDREDTHS,
            *(rounding.rounded_down(self.return_to_player * each) for each in fair),
        )

    def stake(self, bets: Chips, limits: StakeLimits) -> int:
        """Return the stake of the one bet there can be."""
        if len(bets.bets) != 1:
            raise Refused(ErrorCode.BET_INVALID, "Place exactly one bet, such as `mines-3`.")
        bet = bets.bets[0]
        if _BET.fullmatch(bet.bet) is None:
            raise Refused(ErrorCode.BET_INVALID, f"There is no bet named {bet.bet!r}.")
        stake = stakes.whole(bet.stake)
        minimum = max(limits.minimum, rounding.MINIMUM_STAKE)
        maximum = min(limits.maximum, MAXIMUM_INTEGER // self.maximum_payout_factor)
        if stake < minimum:
            raise stakes.below(minimum)
        if stake > maximum:
            raise stakes.above(maximum)
        return stake

    def open(self, seats: Sequence[Chips], draws: Draws) -> MinesRound:
        """Lay the mines."""
        bet = seats[0].bets[0]
        assert type(bet.stake) is int, "the bets have passed `stake`"
        stream = draws.copy()
        tiles = [0] + [1] * TILES
        mines = int(bet.bet.removeprefix("mines-"))
        return MinesRound(bet.stake, frozenset([draw_card(stream, tiles) for _ in range(mines)]))

    def price(self, state: MinesRound, seat: int, decision: MinesDecision) -> int:  # noqa: ARG002
        """Return 0: no decision costs anything. DECISION_FORBIDDEN if it is not legal."""
        if state.finished:
            raise Refused(ErrorCode.DECISION_FORBIDDEN, "The round has ended.")
        if decision.action == CASH_OUT:
            return 0
        tile = REVEALS.get(decision.action)
        if tile is None:
            raise Refused(
                ErrorCode.DECISION_FORBIDDEN, "Turn over one of the tiles 1 to 25, or cash out."
            )
        if tile in state.revealed:
            raise Refused(ErrorCode.DECISION_FORBIDDEN, f"Tile {tile} has been turned over.")
        return 0

    def decide(self, state: MinesRound, seat: int, decision: MinesDecision) -> MinesRound:
        """Return the state after a tile was turned over or the player cashed out."""
        assert seat == 0
        if decision.action == CASH_OUT:
            return self._cashed_out(state)
        tile = REVEALS[decision.action]
        if tile in state.mined:
            return msgspec.structs.replace(state, hit=tile, payout=0)
        after = msgspec.structs.replace(state, revealed=(*state.revealed, tile))
        if len(after.revealed) + len(after.mined) == TILES:
            return self._cashed_out(after)
        return after

    def _cashed_out(self, state: MinesRound) -> MinesRound:
        multiplier = self.multipliers[len(state.mined)][len(state.revealed)]
        return msgspec.structs.replace(state, payout=rounding.paid(state.stake, multiplier))

    def platform_decision(self, state: MinesRound) -> tuple[int, MinesDecision]:  # noqa: ARG002
        """Return the cash-out, which costs and risks nothing."""
        return 0, MinesDecision(CASH_OUT)

    def sample(self, bet: str, stake: int) -> Chips:
        """Return the one bet of that name."""
        if _BET.fullmatch(bet) is None:
            raise ValueError(f"there is no bet named {bet!r}")
        return Chips((Chip(bet, stake),))

    def advise(self, view: MinesView) -> MinesDecision:
        """Turn over tiles in their order until the multiplier is at least 2.00, then cash out."""
        if len(view.revealed) >= self.picks_to_double(view.mines):
            return MinesDecision(CASH_OUT)
        tile = next(tile for tile in REVEALS.values() if tile not in view.revealed)
        return MinesDecision(f"reveal-{tile}")

    def picks_to_double(self, mines: int) -> int:
        """Return how many safe tiles bring the multiplier to 2.00 or more."""
        picks = enumerate(self.multipliers[mines])
        return next(number for number, multiplier in picks if multiplier >= 2 * HUNDREDTHS)

    def view(self, state: MinesRound, seat: int | None) -> MinesView:
        """Return what a seat or a watcher sees: no mine before the end."""
        multipliers = self.multipliers[len(state.mined)]
        picks = len(state.revealed)
        multiplier = written(0 if state.hit else multipliers[picks])
        ended = state.finished
        return MinesView(
            len(state.mined),
            state.revealed,
            state.hit,
            tuple(sorted(state.mined)) if ended else None,
            multiplier,
            None if ended else written(multipliers[picks + 1]),
            state.stake,
            state.payout,
            () if ended or seat is None else _options(state.revealed, multiplier),
            _summary(state, multiplier),
        )

    def describe(self) -> Description:
        """Return the machine-readable description."""
        return mines_help.description(self)

    def return_at(self, mines: int, picks: int, stake: int | None = None) -> Fraction:
        """Return what comes back when cashing out after that many safe tiles.

        At one stake, with the payout rounded down, or with None at the multiplier's precision.
        """
        return mines_help.return_at(self.multipliers, mines, picks, stake)

    def bet_returns(self) -> tuple[BetReturn, ...]:
        """Return the mathematics of every number of mines under the strategy of `advise`."""
        return mines_help.bet_returns(self)


_TILE_OPTIONS: Final = tuple(Option(action, f"Tile {tile}") for action, tile in REVEALS.items())


def _options(revealed: tuple[int, ...], multiplier: str) -> tuple[Option, ...]:
    """Return the cash-out, then every tile that is still face down."""
    tiles = [option for option in _TILE_OPTIONS if REVEALS[option.action] not in revealed]
    return (Option(CASH_OUT, f"Cash out at {multiplier}x"), *tiles)


def _summary(state: MinesRound, multiplier: str) -> str:
    found = f"{len(state.revealed)} safe of {len(state.mined)} mines"
    if state.hit is not None:
        return f"Mine on {state.hit} after {found}"
    return f"{multiplier}x after {found}" if state.finished else f"{found}, {multiplier}x"


def _maximum_reply_bytes(highest: int) -> int:
    """Return a length that no view exceeds: all tiles in every list at once."""
    tiles = tuple(REVEALS.values())
    multiplier = written(highest)
    options = _options((), multiplier)
    most = MAXIMUM_INTEGER
    summary = f"Mine on 25, {multiplier}x after 24 safe of 24 mines"
    return named.encoded_bytes(
        MinesView(24, tiles, TILES, tiles, multiplier, multiplier, most, most, options, summary)
    )
