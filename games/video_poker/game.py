"""Video poker under the contract of `games.game`, one game for each machine.

The draws of a round are in `games.video_poker.rules`, the pay tables in
`games.video_poker.machines`.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Annotated, ClassVar, Final

import msgspec

from games import cards, stakes
from games.analysis.decimals import decimal, published
from games.digest import rules_digest
from games.entropy import Draws
from games.game import (
    BetReturn,
    Description,
    Game,
    RoundKind,
    StakeForm,
    StakeLimits,
    StrategyTable,
)
from games.video_poker import hands, holds, rules, strategy
from games.video_poker.help import help_text
from games.video_poker.machines import MACHINES, Machine
from games.video_poker.rules import ACTIONS, HOLD_OF, State
from games.video_poker.view import VideoPokerView, hold_options, view_of
from protocol.errors import ErrorCode, Refused
from protocol.messages.common import MAXIMUM_INTEGER

STAKES: Final = (10, 50, 100, 500, 1_000, 2_500, 10_000)
BET: Final = "main"
"""The one bet there is, as `bet_returns` names it."""


class VideoPokerBets(msgspec.Struct, frozen=True):
    """`{"stake": 100}`."""

    stake: stakes.Stake


class VideoPokerDecision(msgspec.Struct, frozen=True):
    """`{"action": "hold-1-3-5"}`: the places of the cards to keep, ascending, or `hold-none`."""

    action: Annotated[str, msgspec.Meta(max_length=64)]


class VideoPoker(Game[VideoPokerBets, VideoPokerDecision, State]):
    """One machine, one player, one fresh deck each round."""

    version = 1
    kind: ClassVar[RoundKind] = RoundKind.DECISIONS
    bets_type = VideoPokerBets
    decision_type = VideoPokerDecision
    view_type = VideoPokerView
    view_notes = (
        f"{cards.NOTES} The joker is 52. Places are counted from 1 at the left; a decision names"
        " those that are held: `hold-1-3-5`."
    )
    maximum_draws = rules.MAXIMUM_CARDS

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.name = machine.name
        self.title = machine.title
        self.maximum_payout_factor = max(pay for _, pay in machine.pays)
        self.digest = rules_digest((hands, rules, holds, cards, stakes), machine.digested())
        self.maximum_reply_bytes = _maximum_reply_bytes(machine)

    def stake(self, bets: VideoPokerBets, limits: StakeLimits) -> int:
        """Return the stake in minor units.

        Raises `Refused` with STAKE_NOT_WHOLE, STAKE_BELOW or STAKE_ABOVE.
        """
        stake = stakes.whole(bets.stake)
        minimum = max(1, limits.minimum)
        if stake < minimum:
            raise stakes.below(minimum)
        if stake > limits.maximum:
            raise stakes.above(limits.maximum)
        return stake

    def open(self, seats: Sequence[VideoPokerBets], draws: Draws) -> State:
        """Deal five cards."""
        return rules.open_round(self.machine, int(seats[0].stake), draws)

    def price(self, state: State, seat: int, decision: VideoPokerDecision) -> int:
        """Return 0: no hold costs anything. DECISION_FORBIDDEN after the draw or for no hold."""
        if state.finished:
            raise Refused(ErrorCode.DECISION_FORBIDDEN, "The round has ended.")
        if seat != 0:
            raise Refused(ErrorCode.DECISION_FORBIDDEN, "There is one seat.")
        if decision.action not in HOLD_OF:
            raise Refused(
                ErrorCode.DECISION_FORBIDDEN,
                "Hold the places of the cards to keep in order, such as hold-1-3-5, or hold-none.",
            )
        return 0

    def decide(self, state: State, seat: int, decision: VideoPokerDecision) -> State:
        """Return the ended round: the cards not held are replaced and the hand pays."""
        assert seat == 0
        return rules.draw(self.machine, state, HOLD_OF[decision.action])

    def platform_decision(self, state: State) -> tuple[int, VideoPokerDecision]:
        """Return what perfect play holds, so that a lost connection costs nothing."""
        return 0, self._perfect(state.dealt)

    def sample(self, bet: str, stake: int) -> VideoPokerBets:
        """Return the one bet there is, `main`."""
        if bet != BET:
            raise ValueError(f"there is no bet named {bet!r}")
        return VideoPokerBets(stake)

    def advise(self, view: VideoPokerView) -> VideoPokerDecision:
        """Return what perfect play holds."""
        return self._perfect(view.dealt)

    def _perfect(self, dealt: Sequence[int]) -> VideoPokerDecision:
        return VideoPokerDecision(ACTIONS[holds.best_hold(self.machine, dealt)])

    def view(self, state: State, seat: int | None) -> VideoPokerView:
        """Return what the seat or a watcher may see."""
        return view_of(self.machine, state, seat)

    def describe(self) -> Description:
        """Return the machine-readable description."""
        return self._description

    @functools.cached_property
    def _description(self) -> Description:
        machine = self.machine
        return Description(
            game=self.name,
            version=self.version,
            digest=self.digest,
            title=self.title,
            kind=self.kind,
            stake_form=StakeForm.ONE,
            stakes=STAKES,
            seats=self.seats,
            choices=(),
            actions=ACTIONS,
            returns=published(
                machine.expected,
                "exact, with perfect play over every deal and every draw; other play returns less",
            ),
            maximum_payout=f"{self.maximum_payout_factor} times the stake",
            help=help_text(machine, f"{decimal(machine.expected * 100, 4)} %"),
            paytable=tuple((machine.label(row), f"{pay} for 1") for row, pay in machine.pays),
        )

    def strategy_table(self) -> tuple[StrategyTable, ...]:
        """Return what to hold, as one list for each number of wild cards in the deal."""
        return strategy.tables(self.machine)

    def bet_returns(self) -> tuple[BetReturn, ...]:
        """Return the exact mathematics of the machine with perfect play."""
        from games.analysis.video_poker import machine_return  # noqa: PLC0415 - imports these

        return (machine_return(self.machine),)


def video_poker_games() -> tuple[VideoPoker, ...]:
    """Return the games that ship, one for each machine."""
    return tuple(VideoPoker(machine) for machine in MACHINES)


def _maximum_reply_bytes(machine: Machine) -> int:
    """Return a bound of a view's length: everything a view can hold at its longest, at once."""
    longest = (49, 36, 23, 10, 51)
    names = max((machine.label(row) for row in (*machine.rows, hands.Row.NOTHING)), key=len)
    tens = (9, 22, 35, 48, 52)
    view = VideoPokerView(
        longest,
        longest,
        (1, 2, 3, 4, 5),
        max((row.value for row in hands.Row), key=len),
        names,
        MAXIMUM_INTEGER,
        MAXIMUM_INTEGER,
        hold_options(tens),
        f"{names}: {cards.labels(tens)}",
    )
    return len(msgspec.msgpack.encode(view))
