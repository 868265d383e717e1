"""Craps under the contract of `games.game`: bets, limits, description, and the rules' calls."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Annotated, Final

import msgspec

from games import chips, stakes
from games.analysis.decimals import published
from games.chips import Chip, Chips, total_stake, whole_stake
from games.craps import bets as layout, mathematics, rules
from games.craps.help import CHOICES, HELP, PAYTABLE
from games.craps.rules import State
from games.craps.view import MAXIMUM_REPLY_BYTES, CrapsView, view_of
from games.digest import rules_digest
from games.entropy import Draws
from games.game import BetReturn, Description, Game, RoundKind, StakeForm, StakeLimits
from protocol.errors import ErrorCode, Refused

STAKES: Final = (30, 60, 150, 300, 600, 1_500, 3_000, 6_000)
"""Multiples of 5 and of 6, so that every bet takes each of them."""
ACTIONS: Final = (
    "roll",
    "come-300",
    "dont-come-300",
    "odds-pass-300",
    "odds-dont-pass-300",
    *(f"odds-{bet}-{point}-300" for bet in ("come", "dont-come") for point in layout.POINTS),
)
"""Every decision with an amount for an example."""


class CrapsDecision(msgspec.Struct, frozen=True):
    """`{"action": "roll"}`, `{"action": "odds-pass-600"}`."""

    action: Annotated[str, msgspec.Meta(max_length=64)]
    """An amount at the end is the further stake, in minor units."""


class Craps(Game[Chips, CrapsDecision, State]):
    """A private table for one player, who is always the shooter; see `help.HELP`.

    Of a table's limits the minimum is that of each bet, the maximum that of all bets which the
    round begins with; come bets and odds are bounded by those.
    """

    name = "craps"
    version = 1
    title = "Craps"
    kind = RoundKind.DECISIONS
    bets_type = Chips
    decision_type = CrapsDecision
    view_type = CrapsView
    view_notes = (
        "Each roll is two dice, every roll of the round in order. Amounts inside the names of "
        "decisions are minor units: `come-60`."
    )
    digest = rules_digest((layout, rules, chips, stakes))
    maximum_draws = rules.MAXIMUM_DRAWS
    maximum_payout_factor = layout.HIGHEST_FACTOR
    maximum_reply_bytes = MAXIMUM_REPLY_BYTES

    def stake(self, bets: Chips, limits: StakeLimits) -> int:
        """Return the sum of all bets. A bet named twice is refused, not summed."""
        return total_stake(bets.bets, limits, layout.MULTIPLES.get)

    def open(self, seats: Sequence[Chips], draws: Draws) -> State:
        """Throw the come-out roll; comes back finished where it decides every bet."""
        return rules.open_round([(chip.bet, whole_stake(chip)) for chip in seats[0].bets], draws)

    def price(self, state: State, seat: int, decision: CrapsDecision) -> int:
        """Return the further stake of a decision in minor units; DECISION_FORBIDDEN if illegal."""
        if seat != 0:
            raise Refused(ErrorCode.DECISION_FORBIDDEN, "There is one seat.")
        return rules.read(state, decision.action).stake

    def decide(self, state: State, seat: int, decision: CrapsDecision) -> State:
        """Return the state after a decision that `price` has allowed."""
        assert seat == 0
        return rules.decide(state, rules.read(state, decision.action))

    def platform_decision(self, state: State) -> tuple[int, CrapsDecision]:  # noqa: ARG002
        """Return a roll: there is nothing else that needs no further stake."""
        return 0, _ROLL

    def sample(self, bet: str, stake: int) -> Chips:
        """Return one bet of that name."""
        if bet not in layout.MULTIPLES:
            raise ValueError(f"there is no bet named {bet!r}")
        return Chips((Chip(bet, stake),))

    def advise(self, view: CrapsView) -> CrapsDecision:  # noqa: ARG002
        """Return a roll: the published returns are those of the first bets alone."""
        return _ROLL

    def view(self, state: State, seat: int | None) -> CrapsView:
        """Return the round as it stands; a watcher gets no options."""
        return view_of(state, seat)

    def describe(self) -> Description:
        """Return the machine-readable description."""
        return Description(
            game=self.name,
            version=self.version,
            digest=self.digest,
            title=self.title,
            kind=self.kind,
            stake_form=StakeForm.LIST,
            stakes=STAKES,
            seats=self.seats,
            choices=CHOICES,
            actions=ACTIONS,
            returns=published(
                Fraction(5, 6),
                "exact, the lowest of all bets (any seven); pass returns 488/495, don't pass"
                " 217/220, odds 1",
            ),
            maximum_payout="31 times the stake of a bet",
            help=HELP,
            paytable=PAYTABLE,
        )

    def bet_returns(self) -> tuple[BetReturn, ...]:
        """Return the exact mathematics of every bet that a round can begin with."""
        return mathematics.bet_returns()


_ROLL: Final = CrapsDecision(rules.ROLL)
