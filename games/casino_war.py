"""Casino war: one card each, the higher wins; on a tie, surrender half or go to war.

Six decks, a fresh shoe each round, aces high. Bets: `ante` on the higher card, `tie` on a tie of
the first two cards, each once. On a tie the ante is half given up, or a raise of the same amount is
put beside it and both sides take another card: a higher one wins the raise even money and the ante
comes back, a lower one loses both, and a second tie wins two antes. A tie bet can be placed without
an ante; then the round ends with the first two cards.

Draws of a round, each by `games.entropy.draw_card` from the counts of 52 faces, six of each at the
start: the player's card, the dealer's card; after `war` the player's second card and the dealer's.
No cards are burned: each card that is left is as likely without. A face is 0 to 51, `face // 13`
the suit (clubs, diamonds, hearts, spades), `face % 13` the rank (0 ace, 1 two, ... 12 king).
"""

from __future__ import annotations

import enum
import functools
import sys
from collections.abc import Sequence
from fractions import Fraction
from typing import ClassVar, Final

import msgspec

from games import chips, stakes
from games.analysis.decimals import published
from games.analysis.outcomes import bet_return
from games.cards import FACES, NOTES, Face
from games.chips import Chip, Chips
from games.digest import rules_digest
from games.entropy import Draws, draw_card
from games.game import (
    BetReturn,
    Choice,
    Description,
    Game,
    Option,
    RoundKind,
    StakeForm,
    StakeLimits,
    StrategyTable,
)
from protocol.errors import ErrorCode, Refused
from protocol.messages.common import MAXIMUM_INTEGER, Amount

DECKS: Final = 6
RANKS: Final = 13
ANTE: Final = "ante"
TIE: Final = "tie"
TIE_PAYS: Final = 10
"""To one."""
WAR_TIE_PAYS: Final = 2
"""Antes won by a second tie."""
STAKES: Final = (10, 50, 100, 500, 1_000, 2_500, 10_000)


class WarAction(enum.Enum):
    """What can be done about a tie."""

    WAR = "war"
    SURRENDER = "surrender"


class WarDecision(msgspec.Struct, frozen=True):
    """`{"action": "war"}`."""

    action: WarAction


class WarResult(enum.Enum):
    """How the ante stands or ended."""

    UNDECIDED = "undecided"
    """A tie that waits for the player."""
    WON = "won"
    LOST = "lost"
    SURRENDERED = "surrendered"
    WAR_WON = "war-won"
    WAR_LOST = "war-lost"
    WAR_TIED = "war-tied"
    NO_ANTE = "no-ante"


_UNITS_BACK: Final = {
    # What comes back for each unit of the ante, the raise included where there is one.
    WarResult.WON: Fraction(2),
    WarResult.LOST: Fraction(0),
    WarResult.SURRENDERED: Fraction(1, 2),
    WarResult.WAR_WON: Fraction(3),
    WarResult.WAR_LOST: Fraction(0),
    WarResult.WAR_TIED: Fraction(2 + WAR_TIE_PAYS),
    WarResult.NO_ANTE: Fraction(0),
}
_WORDS: Final = {
    WarResult.UNDECIDED: "a tie, go to war or surrender",
    WarResult.WON: "won",
    WarResult.LOST: "lost",
    WarResult.SURRENDERED: "surrendered",
    WarResult.WAR_WON: "war won",
    WarResult.WAR_LOST: "war lost",
    WarResult.WAR_TIED: "war tied, bonus",
    WarResult.NO_ANTE: "no ante",
}


class WarRound(msgspec.Struct, frozen=True, gc=False):
    """One round in play. A value: nothing changes it."""

    ante: int
    raised: int
    tie_stake: int
    player: tuple[int, ...]
    dealer: tuple[int, ...]
    result: WarResult
    counts: tuple[int, ...]
    """What is left of the shoe, by face."""
    draws: Draws
    """The stream where it stands; to be copied before use."""

    @property
    def stakes(self) -> tuple[int, ...]:
        """Everything staked so far, in minor units."""
        return (self.ante + self.raised + self.tie_stake,)

    @property
    def payouts(self) -> tuple[int | None, ...]:
        """The payout in minor units, None while a tie waits."""
        if not self.finished:
            return (None,)
        return (int(self.ante * _UNITS_BACK[self.result]) + self.tie_payout,)

    @property
    def finished(self) -> bool:
        """Whether no decision is left."""
        return self.result is not WarResult.UNDECIDED

    @property
    def tie_payout(self) -> int:
        """What the tie bet brings back; decided by the first two cards."""
        tied = strength(self.player[0]) == strength(self.dealer[0])
        return self.tie_stake * (TIE_PAYS + 1) if tied else 0


class WarView(msgspec.Struct, frozen=True, gc=False):
    """A round; both sides' cards lie open."""

    player: tuple[Face, ...]
    dealer: tuple[Face, ...]
    result: WarResult
    stake: Amount
    """Everything staked so far, in minor units."""
    tie_payout: Amount
    """What the tie bet brings back when the round ends."""
    payout: Amount | None
    options: tuple[Option, ...]
    summary: str


def strength(face: int) -> int:
    """Return the rank of a face in the order of the game: twos 1, kings 12, aces 13."""
    return face % RANKS or RANKS


class CasinoWar(Game[Chips, WarDecision, WarRound]):
    """A private table for one player.

    Of a table's limits the minimum is that of each bet, the maximum that of the whole round.
    """

    name = "casino-war"
    version = 1
    title = "Casino war"
    kind: ClassVar[RoundKind] = RoundKind.DECISIONS
    bets_type = Chips
    decision_type = WarDecision
    view_type = WarView
    view_notes = NOTES

    def __init__(self) -> None:
        self.maximum_draws = 4
        self.maximum_payout_factor = TIE_PAYS + 1
        self.digest = rules_digest((sys.modules[__name__], chips, stakes))
        self.maximum_reply_bytes = _maximum_reply_bytes()

    def stake(self, bets: Chips, limits: StakeLimits) -> int:
        """Return the sum of all bets. A bet named twice is refused, not summed."""
        if not bets.bets:
            raise Refused(ErrorCode.BET_INVALID, "Place at least one bet.")
        total = 0
        seen = set()
        for bet in bets.bets:
            if bet.bet not in (ANTE, TIE):
                raise Refused(ErrorCode.BET_INVALID, f"There is no bet named {bet.bet!r}.")
            if bet.bet in seen:
                raise Refused(ErrorCode.BET_INVALID, f"{bet.bet} is bet on twice; add the stakes.")
            seen.add(bet.bet)
            stake = stakes.whole(bet.stake)
            if stake < max(1, limits.minimum):
                raise stakes.below(max(1, limits.minimum))
            if bet.bet == ANTE and stake % 2:
                raise Refused(
                    ErrorCode.STAKE_NOT_WHOLE,
                    "Stake an even number of minor units, so that half of it is whole.",
                )
            total += stake
        if total > limits.maximum:
            raise stakes.above(limits.maximum)
        return total

    def open(self, seats: Sequence[Chips], draws: Draws) -> WarRound:
        """Deal the first two cards; waits for a decision on a tie with an ante."""
        placed = {bet.bet: int(bet.stake) for bet in seats[0].bets}
        draws = draws.copy()
        counts = [DECKS] * FACES
        player, dealer = draw_card(draws, counts), draw_card(draws, counts)
        ante = placed.get(ANTE, 0)
        if not ante:
            result = WarResult.NO_ANTE
        elif strength(player) == strength(dealer):
            result = WarResult.UNDECIDED
        else:
            higher = strength(player) > strength(dealer)
            result = WarResult.WON if higher else WarResult.LOST
        tie = placed.get(TIE, 0)
        return WarRound(ante, 0, tie, (player,), (dealer,), result, tuple(counts), draws)

    def price(self, state: WarRound, seat: int, decision: WarDecision) -> int:
        """Return the raise, as high as the ante, or nothing for a surrender."""
        if state.finished:
            raise Refused(ErrorCode.DECISION_FORBIDDEN, "The round has ended.")
        if seat != 0:
            raise Refused(ErrorCode.DECISION_FORBIDDEN, "It is another seat's turn.")
        return state.ante if decision.action is WarAction.WAR else 0

    def decide(self, state: WarRound, seat: int, decision: WarDecision) -> WarRound:
        """Return the round after a surrender or a war; either ends it."""
        assert seat == 0
        assert not state.finished
        if decision.action is WarAction.SURRENDER:
            return msgspec.structs.replace(state, result=WarResult.SURRENDERED)
        draws = state.draws.copy()
        counts = list(state.counts)
        player, dealer = draw_card(draws, counts), draw_card(draws, counts)
        if strength(player) == strength(dealer):
            result = WarResult.WAR_TIED
        else:
            higher = strength(player) > strength(dealer)
            result = WarResult.WAR_WON if higher else WarResult.WAR_LOST
        return WarRound(
            state.ante,
            state.ante,
            state.tie_stake,
            (*state.player, player),
            (*state.dealer, dealer),
            result,
            tuple(counts),
            draws,
        )

    def platform_decision(self, state: WarRound) -> tuple[int, WarDecision]:
        """Return a surrender, which needs no further stake."""
        assert not state.finished
        return 0, WarDecision(WarAction.SURRENDER)

    def sample(self, bet: str, stake: int) -> Chips:
        """Return one bet of that name."""
        if bet not in (ANTE, TIE):
            raise ValueError(f"there is no bet named {bet!r}")
        return Chips((Chip(bet, stake),))

    def advise(self, view: WarView) -> WarDecision:
        """Return a war: surrender gives up more."""
        if not view.options:
            raise ValueError("the view offers no options")
        return WarDecision(WarAction.WAR)

    def strategy_table(self) -> tuple[StrategyTable, ...]:
        """Return the one decision there is."""
        row = ("any tie", ("war",))
        return (StrategyTable("On a tie", ("play",), (row,), "Surrender returns less than war."),)

    def view(self, state: WarRound, seat: int | None) -> WarView:
        """Return the cards; a watcher sees the same without options."""
        payout = state.payouts[0]
        words = _WORDS[state.result]
        cards = "; ".join(
            f"{_NAMES[strength(player)]} against {_NAMES[strength(dealer)]}"
            for player, dealer in zip(state.player, state.dealer, strict=True)
        )
        options: tuple[Option, ...] = ()
        if not state.finished and seat is not None:
            options = (
                Option(WarAction.WAR.value, "Go to war", state.ante),
                Option(WarAction.SURRENDER.value, "Surrender"),
            )
        return WarView(
            state.player,
            state.dealer,
            state.result,
            state.stakes[0],
            state.tie_payout,
            payout,
            options,
            f"{cards}: {words}",
        )

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
            choices=(
                Choice(ANTE, "Ante", "War", "1 to 1"),
                Choice(TIE, "Tie", "Side bet", f"{TIE_PAYS} to 1"),
            ),
            actions=tuple(action.value for action in WarAction),
            returns=published(
                ante_return(WarAction.WAR).expected or Fraction(0),
                "Exact, per ante, going to war on every tie. Surrendering every tie returns "
                "599/622; the tie bet 253/311.",
            ),
            maximum_payout="4 times the ante, 11 times the tie bet",
            help=_HELP,
            paytable=(
                ("Ante: higher card", "1 to 1"),
                ("Tie, surrendered", "half the ante back"),
                ("War: higher card", "1 to 1 on the raise, ante back"),
                ("War: second tie", f"{WAR_TIE_PAYS} antes, ante and raise back"),
                ("Tie bet", f"{TIE_PAYS} to 1"),
            ),
        )

    def bet_returns(self) -> tuple[BetReturn, ...]:
        """Return the exact mathematics of the ante with war on every tie, and of the tie bet."""
        tied = DECKS * 4 - 1
        rest = DECKS * FACES - 1 - tied
        note = "exact, counted over the cards that can lie against the first"
        tie = bet_return(TIE, ((tied, TIE_PAYS + 1), (rest, 0)), note)
        return (ante_return(WarAction.WAR), tie)


@functools.cache
def ante_return(on_tie: WarAction) -> BetReturn:
    """Return the exact mathematics of the ante, with the same decision on every tie.

    By symmetry the player's card is as often the higher as the lower one, so only ties are counted.
    """
    ranks, of_rank, cards = RANKS, DECKS * 4, DECKS * FACES
    tie = Fraction(of_rank - 1, cards - 1)
    won = (1 - tie) / 2
    law = {Fraction(1): won, Fraction(-1): won}
    # A second tie: of the rank of the first one two cards are gone, of the others none.
    pairs = (of_rank - 2) * (of_rank - 3) + (ranks - 1) * of_rank * (of_rank - 1)
    second = Fraction(pairs, (cards - 2) * (cards - 3))
    if on_tie is WarAction.SURRENDER:
        ends = {(WarResult.SURRENDERED, 1): tie}
    else:
        ends = {
            (WarResult.WAR_WON, 2): tie * (1 - second) / 2,
            (WarResult.WAR_LOST, 2): tie * (1 - second) / 2,
            (WarResult.WAR_TIED, 2): tie * second,
        }
    back = {WarResult.WON: won}
    for (result, staked), chance in ends.items():
        net = _UNITS_BACK[result] - staked
        law[net] = law.get(net, Fraction(0)) + chance
        back[result] = chance
    mean = sum((net * chance for net, chance in law.items()), Fraction(0))
    square = sum((net * net * chance for net, chance in law.items()), Fraction(0))
    highest = max(back, key=lambda result: _UNITS_BACK[result])
    going = "going to war on every tie" if on_tie is WarAction.WAR else "surrendering every tie"
    return BetReturn(
        bet=ANTE,
        expected=1 + mean,
        hit_frequency=sum(
            (chance for result, chance in back.items() if _UNITS_BACK[result]), Fraction(0)
        ),
        variance=square - mean**2,
        note=f"exact, per ante, {going}",
        law=tuple(sorted(law.items())),
        highest_award=_UNITS_BACK[highest],
        highest_award_probability=back[highest],
    )


_NAMES: Final = (
    *("", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"),
    *("jack", "queen", "king", "ace"),
)
"""Of each strength."""


def _maximum_reply_bytes() -> int:
    """Return the length of a view in which everything is as long as it can be."""
    longest = 0
    for result, words in _WORDS.items():
        amount = MAXIMUM_INTEGER
        options = tuple(Option(action.value, "Go to war", amount) for action in WarAction)
        summary = f"seven against seven; queen against queen: {words}"
        view = WarView((51, 51), (51, 51), result, amount, amount, amount, options, summary)
        longest = max(longest, len(msgspec.msgpack.encode(view)))
    return longest


_HELP: Final = f"""# Casino war

You and the dealer get one card each from six decks, freshly shuffled for each round. Aces are
high, suits do not count.

- **Ante.** If your card is higher you win even money, if it is lower you lose. The ante is an
  even number of minor units (cents).
- **A tie** of the two cards leaves you the choice. **Surrender** and half the ante comes back. Or
  go to **war**: put a raise as high as your ante beside it, and you and the dealer get another card
  each. A higher card wins even money on the raise, and the ante comes back. A lower one loses both.
  A second tie wins {WAR_TIE_PAYS} antes, and ante and raise come back.
- **Tie** is a bet of its own that the first two cards tie. It pays {TIE_PAYS} to 1, whatever
  becomes of the ante, and can be placed without one.

Going to war on every tie returns 97.67 % of the ante in the long run, surrendering 96.30 %. The tie
bet returns 81.35 %.

If you take too long to decide, the platform surrenders for you.
"""
