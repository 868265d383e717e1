"""The slot: bets, rounds and views of any machine.

Draws of a spin: `below(values of the reel)` for each reel from left to right, first the paid spin,
then each free game. Then come the draws of hold and respin, of the pick bonus and of the gamble, as
`games.slots.features` states them.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Sequence
from typing import Any, ClassVar

import msgspec

from games import stakes
from games.analysis import slots as analysis
from games.analysis.decimals import published
from games.digest import rules_digest
from games.entropy import Draws
from games.game import BetReturn, Description, Game, RoundKind, StakeForm, StakeLimits
from games.slots import (
    bounds,
    columns,
    contradictions,
    decisions,
    events,
    features,
    lines,
    machine as machine_module,
    model,
    reading,
    reels,
    rounds,
    rulebook,
    showing,
    tables,
    windows,
)
from games.slots.events import Reveal, SlotPlayView, SlotView, Total
from games.slots.lines import LineRules
from games.slots.locating import MachineError
from games.slots.model import Machine
from games.slots.rounds import COLLECT, RoundPlayer, SlotPlay, SlotRound
from protocol.errors import ErrorCode, Refused
from protocol.messages.common import MAXIMUM_INTEGER

_RULES = (
    machine_module,
    model,
    tables,
    reading,
    contradictions,
    lines,
    columns,
    windows,
    reels,
    features,
    rounds,
    decisions,
    events,
    showing,
    stakes,
)


class SlotBets(msgspec.Struct, frozen=True):
    """`{"stake": 20}`: the total stake of a spin on all lines."""

    stake: stakes.Stake


class SlotDecision(msgspec.Struct, frozen=True):
    """`{"action": "collect"}`: one of the options of the view."""

    action: str


class Slot(Game[SlotBets, Any, SlotRound]):
    """One machine. A machine with decisions comes out as a `SlotWithDecisions`."""

    kind: ClassVar[RoundKind] = RoundKind.INSTANT
    bets_type = SlotBets
    view_type: type[msgspec.Struct] = SlotView
    view_notes = (
        "A cell in `positions` is reel * rows + row, both counted from 0: down the first reel, then"
        " down the second. The stake is one of the description's `stakes`."
    )

    def __new__(cls, machine: Machine) -> Slot:  # noqa: PYI034 - a subclass for some machines
        """Return the kind of game that the machine is."""
        return super().__new__(SlotWithDecisions if machine.has_decisions else cls)

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.name = machine.name
        self.version = machine.version
        self.title = machine.title
        self.digest = rules_digest((*_RULES, sys.modules[__name__]), machine.source)
        rules = LineRules(machine)
        self._units = machine.units
        self._levels = frozenset(machine.stakes)
        self._player = RoundPlayer(machine, rules)
        self.maximum_draws = bounds.maximum_draws(machine)
        self.maximum_payout_factor = bounds.maximum_payout_factor(machine, rules)
        highest = machine.stakes[-1] * self.maximum_payout_factor
        if highest > MAXIMUM_INTEGER:
            raise MachineError.at(
                machine.source,
                machine.origin,
                "line_bets",
                f"the highest could pay {highest}, and no amount is above {MAXIMUM_INTEGER}",
            )
        self.maximum_reply_bytes = bounds.maximum_reply_bytes(machine)

    def stake(self, bets: SlotBets, limits: StakeLimits) -> int:
        """Return the total stake. Refuses one that is not a bet level of the machine."""
        stake = stakes.whole(bets.stake)
        if stake in self._levels and limits.minimum <= stake <= limits.maximum:
            return stake
        if stake < (minimum := max(limits.minimum, self.machine.stakes[0])):
            raise stakes.below(minimum)
        if stake > (maximum := min(limits.maximum, self.machine.stakes[-1])):
            raise stakes.above(maximum)
        if stake % self._units:
            raise Refused(
                ErrorCode.STAKE_NOT_WHOLE,
                f"Stake a multiple of {self._units} minor units.",
                {"multiple": self._units},
            )
        raise Refused(
            ErrorCode.BET_INVALID,
            "Stake one of the bet levels.",
            {"stakes": list(self.machine.stakes)},
        )

    def open(self, seats: Sequence[SlotBets], draws: Draws) -> SlotRound:
        """Play the whole round."""
        stake = seats[0].stake
        assert type(stake) is int, "the bets have passed `stake`"
        return self._player.open(stake, draws.copy())

    def sample(self, bet: str, stake: int) -> SlotBets:
        """Return the bets that stake so much: the bet levels pay in proportion."""
        if bet not in {f"stake-{level}" for level in self.machine.stakes}:
            raise ValueError(f"{self.name} has no bet {bet!r}")
        return SlotBets(stake)

    def view(self, state: SlotRound, seat: int | None) -> SlotView | SlotPlayView:  # noqa: ARG002
        """Return the round as events; a seat and a watcher see the same."""
        payout = state.payouts[0]
        assert payout is not None, "an instant round is finished when it is opened"
        spin = state.spin
        if not payout and not spin.label and not spin.expanded:
            return SlotView(
                (Reveal(spin.stops, spin.window), Total(0)), 0, self.machine.words["no_win"]
            )
        return SlotView(
            showing.events_of(self.machine, state), payout, showing.summary_of(self.machine, state)
        )

    def describe(self) -> Description:
        """Return the machine-readable description."""
        return self._description

    @functools.cached_property
    def _description(self) -> Description:
        machine = self.machine
        factor = self.maximum_payout_factor
        basis = "exact, from the reel strips and the pay table"
        if machine.gamble is not None:
            basis += "; wins collected (a gamble returns exactly 100 %)"
        return Description(
            game=self.name,
            version=self.version,
            digest=self.digest,
            title=self.title,
            kind=self.kind,
            stake_form=StakeForm.ONE,
            stakes=machine.stakes,
            seats=self.seats,
            choices=(),
            actions=decisions.actions(machine),
            returns=published(analysis.expected_return(machine), basis),
            maximum_payout=f"never more than {factor:,} times the stake",
            help=rulebook.help_text(machine, *analysis.top_pay(machine)),
            paytable=rulebook.pay_table(machine),
        )

    def bet_returns(self) -> tuple[BetReturn, ...]:
        """Return the exact mathematics of each bet level; they are the same per unit staked."""
        return self._bet_returns

    @functools.cached_property
    def _bet_returns(self) -> tuple[BetReturn, ...]:
        return analysis.bet_returns(self.machine)


class SlotWithDecisions(Slot):
    """A machine with a pick bonus or a gamble: `deal`, then `act` until the round has ended."""

    kind: ClassVar[RoundKind] = RoundKind.DECISIONS
    decision_type = SlotDecision
    view_type = SlotPlayView

    def open(self, seats: Sequence[SlotBets], draws: Draws) -> SlotRound:
        """Play the round as far as it goes without a decision."""
        stake = seats[0].stake
        assert type(stake) is int, "the bets have passed `stake`"
        draws = draws.copy()
        return decisions.begin(self.machine, self._player.open(stake, draws), draws)

    def price(self, state: SlotRound, seat: int, decision: SlotDecision) -> int:
        """Return 0: no decision takes a stake. Raises `Refused` with DECISION_FORBIDDEN."""
        assert isinstance(state, SlotPlay)
        if state.finished:
            raise Refused(ErrorCode.DECISION_FORBIDDEN, "The round has ended.")
        if seat != 0:
            raise Refused(ErrorCode.DECISION_FORBIDDEN, "A machine has one seat.")
        options = [option.action for option in decisions.options(self.machine, state)]
        if decision.action not in options:
            raise Refused(
                ErrorCode.DECISION_FORBIDDEN,
                f"Choose {', '.join(options)}.",
                {"options": options},
            )
        return 0

    def decide(self, state: SlotRound, seat: int, decision: SlotDecision) -> SlotRound:
        """Return the state after a decision that `price` has allowed."""
        assert isinstance(state, SlotPlay)
        assert seat == 0
        return decisions.decide(self.machine, state, decision.action)

    def platform_decision(self, state: SlotRound) -> tuple[int, SlotDecision]:
        """Collect; in the bonus open the first place that is left."""
        assert isinstance(state, SlotPlay)
        return 0, SlotDecision(decisions.options(self.machine, state)[0].action)

    def advise(self, view: SlotPlayView) -> SlotDecision:
        """Collect; in the bonus open the first place: all places are worth the same."""
        actions = [option.action for option in view.options]
        return SlotDecision(COLLECT if COLLECT in actions else actions[0])

    def view(self, state: SlotRound, seat: int | None) -> SlotView | SlotPlayView:
        """Return all that has happened; a watcher sees no options."""
        assert isinstance(state, SlotPlay)
        return SlotPlayView(
            showing.events_of(self.machine, state),
            state.payouts[0],
            () if seat is None else decisions.options(self.machine, state),
            showing.summary_of(self.machine, state),
        )
