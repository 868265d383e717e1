"""The slot: bets, rounds and views of any machine.

Draws of a spin: `below(values of the reel)` for each reel from left to right, first the paid spin,
then each free game.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Sequence
from typing import ClassVar

import msgspec

from games import stakes
from games.analysis import slots as analysis
from games.analysis.decimals import published
from games.digest import rules_digest
from games.entropy import Draws
from games.game import (
    BetReturn,
    Description,
    Game,
    RoundKind,
    StakeForm,
    StakeLimits,
)
from games.slots import (
    bounds,
    events,
    lines,
    machine as machine_module,
    reading,
    reels,
    rulebook,
)
from games.slots.events import Event, FreeGamesWon, LineWin, Reveal, ScatterWin, SlotView, Total
from games.slots.lines import LineRules
from games.slots.machine import FreeGames, Machine, MachineError
from games.slots.reels import Reels, Spin
from protocol.errors import ErrorCode, Refused
from protocol.messages.common import MAXIMUM_INTEGER

_RULES = (machine_module, reading, lines, reels, events, stakes)


class SlotBets(msgspec.Struct, frozen=True):
    """`{"stake": 20}`: the total stake of a spin on all lines."""

    stake: stakes.Stake


class SlotRound(msgspec.Struct, frozen=True, gc=False):
    """A finished round."""

    stakes: tuple[int, ...]
    payouts: tuple[int | None, ...]
    line_bet: int
    spin: Spin
    free_games: tuple[Spin, ...] = ()
    finished: bool = True


class Slot(Game[SlotBets, msgspec.Struct, SlotRound]):
    """One machine."""

    kind: ClassVar[RoundKind] = RoundKind.INSTANT
    bets_type = SlotBets
    view_type = SlotView
    view_notes = (
        "A cell in `positions` is reel * rows + row, both counted from 0: down the first reel, then"
        " down the second. The stake is one of the description's `stakes`."
    )

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.name = machine.name
        self.version = machine.version
        self.title = machine.title
        self.digest = rules_digest((*_RULES, sys.modules[__name__]), machine.source)
        rules = LineRules(machine)
        self._lines = len(machine.lines)
        self._levels = frozenset(machine.stakes)
        self._reels = Reels(machine, machine.reels, rules)
        self._free_reels = self._reels
        if machine.free_games is not None:
            self._free_reels = Reels(machine, machine.free_games.reels, rules)
        self._awards = machine.free_games.awards if machine.free_games else ()
        self.maximum_draws = bounds.maximum_draws(machine)
        self.maximum_payout_factor = bounds.maximum_payout_factor(machine, rules)
        highest = machine.stakes[-1] * self.maximum_payout_factor
        if highest > MAXIMUM_INTEGER:
            raise MachineError(
                f"{machine.origin}: line_bets: the highest could pay {highest},"
                f" and no amount is above {MAXIMUM_INTEGER}"
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
        if stake % self._lines:
            raise Refused(
                ErrorCode.STAKE_NOT_WHOLE,
                f"Stake a multiple of {self._lines} minor units: the same on each line.",
                {"multiple": self._lines},
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
        line_bet = stake // self._lines
        draws = draws.copy()
        spin = self._reels.spin(draws)
        if spin.scatters and self._awards and self._awards[len(spin.scatters)]:
            assert self.machine.free_games is not None
            return self._with_free_games(stake, line_bet, spin, self.machine.free_games, draws)
        return SlotRound((stake,), (spin.amount * line_bet,), line_bet, spin)

    def _with_free_games(
        self, stake: int, line_bet: int, spin: Spin, rules: FreeGames, draws: Draws
    ) -> SlotRound:
        awarded = rules.awards[len(spin.scatters)]
        games: list[Spin] = []
        amount = 0
        while len(games) < awarded:
            game = self._free_reels.spin(draws)
            games.append(game)
            amount += game.amount
            awarded = min(rules.cap, awarded + rules.retrigger_awards[len(game.scatters)])
        payout = (spin.amount + rules.multiplier * amount) * line_bet
        return SlotRound((stake,), (payout,), line_bet, spin, tuple(games))

    def view(self, state: SlotRound, seat: int | None) -> SlotView:  # noqa: ARG002
        """Return the round as events; a seat and a watcher see the same."""
        payout = state.payouts[0]
        assert payout is not None, "a slot round is finished when it is opened"
        spin = state.spin
        if not payout and not state.free_games:
            return SlotView(
                (Reveal(spin.stops, spin.window), Total(0)), 0, self.machine.words["no_win"]
            )
        shown: list[Event] = []
        self._show(shown, spin, state.line_bet, 0)
        if state.free_games:
            self._show_free_games(shown, state)
        shown.append(Total(payout))
        return SlotView(tuple(shown), payout, self._summary(state))

    def _show(self, shown: list[Event], spin: Spin, unit: int, number: int) -> None:
        shown.append(Reveal(spin.stops, spin.window, number))
        shown.extend(
            LineWin(hit.line, hit.symbol, hit.run, hit.amount * unit, hit.positions)
            for hit in spin.hits
        )
        if spin.scatters:
            pay = self.machine.scatter_pay(len(spin.scatters))
            if pay:
                symbol = self.machine.scatter_symbol
                shown.append(ScatterWin(symbol, len(spin.scatters), pay * unit, spin.scatters))

    def _show_free_games(self, shown: list[Event], state: SlotRound) -> None:
        rules = self.machine.free_games
        assert rules is not None, "free games were played"
        awarded = rules.awards[len(state.spin.scatters)]
        shown.append(FreeGamesWon(awarded, awarded, rules.multiplier, state.spin.scatters))
        for number, spin in enumerate(state.free_games, 1):
            self._show(shown, spin, state.line_bet * rules.multiplier, number)
            before = awarded
            awarded = min(rules.cap, awarded + rules.retrigger_awards[len(spin.scatters)])
            if awarded > before:
                shown.append(
                    FreeGamesWon(
                        awarded - before, awarded - number, rules.multiplier, spin.scatters
                    )
                )

    def _summary(self, state: SlotRound) -> str:
        parts = []
        hits = len(state.spin.hits)
        if hits:
            parts.append("1 line win" if hits == 1 else f"{hits} line wins")
        scatters = len(state.spin.scatters)
        if scatters and self.machine.scatter_pay(scatters):
            parts.append(f"{scatters} scatters")
        if state.free_games:
            parts.append(f"{len(state.free_games)} {self.machine.words['free_games']}")
        return ", ".join(parts)

    def describe(self) -> Description:
        """Return the machine-readable description."""
        return self._description

    @functools.cached_property
    def _description(self) -> Description:
        expected = analysis.expected_return(self.machine)
        factor = self.maximum_payout_factor
        return Description(
            game=self.name,
            version=self.version,
            digest=self.digest,
            title=self.title,
            kind=self.kind,
            stake_form=StakeForm.ONE,
            stakes=self.machine.stakes,
            seats=self.seats,
            choices=(),
            actions=(),
            returns=published(expected, "exact, from the reel strips and the pay table"),
            maximum_payout=f"never more than {factor:,} times the stake",
            help=rulebook.help_text(self.machine, *analysis.top_pay(self.machine)),
            paytable=rulebook.pay_table(self.machine),
        )

    def bet_returns(self) -> tuple[BetReturn, ...]:
        """Return the exact mathematics of each bet level; they are the same per unit staked."""
        return self._bet_returns

    @functools.cached_property
    def _bet_returns(self) -> tuple[BetReturn, ...]:
        return analysis.bet_returns(self.machine)
