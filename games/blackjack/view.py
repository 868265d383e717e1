"""What a seat or a watcher sees of a round. The hole card is cut here until the round has ended.

Everything a view tells before the end is read from open cards and stakes alone, so a view is the
same whatever the hidden card and the rest of the shoe are.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated, Final, NamedTuple

import msgspec

from games.blackjack.hands import TWENTY_ONE, Face, Hand, HandStatus, Points, total_of
from games.blackjack.options import Rules
from games.blackjack.rules import MAXIMUM_SEATS, Action, Stage, State, allowed
from games.blackjack.side_bets import LABELS, PAYS, PlacedSideBet, SideBet
from games.game import Option
from protocol.messages.common import MAXIMUM_INTEGER, Amount

SeatNumber = Annotated[int, msgspec.Meta(ge=0, le=MAXIMUM_SEATS - 1)]
HandNumber = Annotated[int, msgspec.Meta(ge=0, le=3)]


class DealerView(msgspec.Struct, frozen=True, gc=False):
    """The dealer's open cards."""

    cards: tuple[Face | None, ...]
    """Up-card, hole card, then what was drawn; the hole card is null while it is hidden. Where the
    dealer takes no hole card, the up-card stands alone."""
    total: Points
    """Of the open cards."""
    soft: bool


class SeatView(msgspec.Struct, frozen=True, gc=False):
    """Another seat at the same table."""

    seat: SeatNumber
    hands: tuple[Hand, ...]
    insurance: Amount | None
    payout: Amount | None
    side_bets: tuple[PlacedSideBet, ...] = ()


class BlackjackView(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """A round from one seat; a watcher sees it from seat 0, without options."""

    stage: Stage
    seat: SeatNumber
    """Whose hands these are; seats count from 0."""
    dealer: DealerView
    hands: tuple[Hand, ...]
    """From left to right, one unless pairs were split."""
    active: HandNumber | None
    """The index of the hand that is being played, null if none of this seat's is."""
    stake: Amount
    """Everything this seat has staked so far, in minor units."""
    insurance: Amount | None
    """In minor units; 0 if declined, null while undecided or never offered."""
    insurance_payout: Amount | None
    """In minor units, stake included; null until the round has ended."""
    payout: Amount | None
    """All that comes back to this seat in minor units; null until the round has ended."""
    options: tuple[Option, ...]
    """What this seat may do now; empty while it is not its turn."""
    summary: str
    """One or two short sentences for who cannot see the table; amounts in minor units."""
    others: tuple[SeatView, ...] = ()
    """The other seats, in seat order; left out at a table of one seat."""
    side_bets: tuple[PlacedSideBet, ...] = ()
    """Decided by the first cards and paid with the round; left out where none was placed."""


_LABELS: Final = {
    Action.HIT: "Hit",
    Action.STAND: "Stand",
    Action.DOUBLE: "Double",
    Action.SPLIT: "Split",
    Action.SURRENDER: "Surrender",
    Action.INSURE: "Insure",
    Action.DECLINE: "No insurance",
}
_FREE: Final = {action: Option(action.value, label) for action, label in _LABELS.items()}


def view_of(state: State, seat: int | None) -> BlackjackView:
    """Return what one seat may see, or with None what a watcher may see."""
    number = seat or 0
    mine = state.seats[number]
    finished = state.stage is Stage.SETTLED
    dealer = _dealer_view(state.dealer, finished)
    my_turn = not finished and state.active_seat == number
    payout = state.payouts[number]
    stake = mine.total_stake
    voice = _WATCHER if seat is None else _PLAYER
    insurance_payout = None
    if payout is None:
        summary = _turn_summary(state, mine.hands, voice, my_turn=my_turn)
    else:
        side = sum([bet.payout for bet in mine.side_bets])
        insurance_payout = payout - sum([hand.payout or 0 for hand in mine.hands]) - side
        summary = _result_summary(mine.hands, dealer, voice, payout, stake)
        if mine.side_bets:
            summary = f"{_side_words(mine.side_bets)} {summary}".lstrip()
    return BlackjackView(
        state.stage,
        number,
        dealer,
        mine.hands,
        state.active_hand if my_turn and state.stage is Stage.HANDS else None,
        stake,
        mine.insurance,
        insurance_payout,
        payout,
        _options(state) if my_turn and seat is not None else (),
        summary,
        _others(state, number) if len(state.seats) > 1 else (),
        mine.side_bets,
    )


def _dealer_view(cards: tuple[int, ...], finished: bool) -> DealerView:  # noqa: FBT001
    """Return the dealer's cards, without the hole card before the end."""
    if finished:
        return DealerView(cards, *total_of(cards))
    up = cards[0]
    return DealerView((up, None)[: len(cards)], *total_of((up,)))


def _options(state: State) -> tuple[Option, ...]:
    """Return what the active seat may do."""
    return tuple(
        [
            Option(action.value, _LABELS[action], stake) if stake else _FREE[action]
            for action, stake in allowed(state)
        ]
    )


def _others(state: State, number: int) -> tuple[SeatView, ...]:
    """Return the other seats; blackjack is played with open hands."""
    return tuple(
        SeatView(index, seat.hands, seat.insurance, state.payouts[index], seat.side_bets)
        for index, seat in enumerate(state.seats)
        if index != number
    )


class _Voice(NamedTuple):
    """How the seat is spoken of: to its player, or to a watcher."""

    your: str
    you_have: str
    you_win: str
    you_lose: str
    both: str


_PLAYER: Final = _Voice("Your", "You have", "You win", "You lose", "You and the dealer both have")
_WATCHER: Final = _Voice(
    "The player's",
    "The player has",
    "The player wins",
    "The player loses",
    "The player and the dealer both have",
)


def _result_summary(
    hands: tuple[Hand, ...], dealer: DealerView, voice: _Voice, payout: int, stake: int
) -> str:
    """Return a finished round in words."""
    if len(hands) == 1:
        result = _one_result(hands[0], dealer, voice)
        if payout == stake and hands[0].status is HandStatus.NO_BET:
            return result
    else:
        each = ", ".join([f"{_hand_words(hand)} {hand.status.value}" for hand in hands])
        result = f"{voice.your} hands against dealer's {_dealer_words(dealer)}: {each}."
    if payout > stake:
        return f"{result} {voice.you_win} {payout - stake}."
    if payout < stake:
        return f"{result} {voice.you_lose} {stake - payout}."
    return f"{result} {voice.your} stake comes back."


def _side_words(bets: tuple[PlacedSideBet, ...]) -> str:
    """Return the side bets that won in words."""
    return " ".join(
        [
            f"{LABELS[SideBet(bet.bet)]}: {bet.combination} pays {bet.payout}."
            for bet in bets
            if bet.payout
        ]
    )


def _turn_summary(state: State, hands: tuple[Hand, ...], voice: _Voice, *, my_turn: bool) -> str:
    """Return a round in play in words, from open cards alone."""
    total, soft = total_of(state.dealer[:1])
    shows = "an ace" if soft else str(total)
    playing = my_turn and state.stage is Stage.HANDS
    index = state.active_hand if playing else 0
    text = f"{voice.you_have} {_hand_words(hands[index])}; dealer shows {shows}."
    if len(hands) > 1 and playing:
        text = f"Hand {index + 1} of {len(hands)}: {text}"
    return f"{text} Insure?" if my_turn and state.stage is Stage.INSURANCE else text


def _hand_words(hand: Hand) -> str:
    """Return a hand's worth in words."""
    if hand.status is HandStatus.BLACKJACK:
        return "blackjack"
    return f"soft {hand.total}" if hand.soft and hand.total < TWENTY_ONE else str(hand.total)


def _dealer_words(dealer: DealerView) -> str:
    """Return the dealer's worth in words, at the end."""
    if dealer.total == TWENTY_ONE and len(dealer.cards) == 2:
        return "blackjack"
    return str(dealer.total)


def _one_result(hand: Hand, dealer: DealerView, voice: _Voice) -> str:
    """Return how a seat's only hand ended."""
    against = _dealer_words(dealer)
    if hand.status is HandStatus.NO_BET:
        return f"{voice.you_have} {hand.total} and no stake on the hand."
    if hand.status is HandStatus.SURRENDERED:
        lost = " to a dealer's blackjack" if against == "blackjack" else ""
        return f"{voice.your} {hand.total} is surrendered{lost}."
    if hand.status is HandStatus.BUST:
        return f"{voice.your} {hand.total} is bust."
    if hand.status is HandStatus.BLACKJACK:
        return f"{voice.you_have} blackjack."
    if hand.status is HandStatus.PUSH:
        if against == "blackjack":
            return f"{voice.both} blackjack."
        return f"{voice.your} {hand.total} ties with dealer's {against}."
    if hand.status is HandStatus.LOST:
        return f"{voice.your} {hand.total} loses to dealer's {against}."
    if dealer.total > TWENTY_ONE:
        return f"{voice.your} {hand.total} wins: dealer is bust with {against}."
    return f"{voice.your} {hand.total} beats dealer's {against}."


def longest_view(maximum_draws: int, rules: Rules, side_bets: Sequence[SideBet]) -> int:
    """Return a length in bytes of MessagePack that no view of a private table exceeds.

    Of made-up views whose every part is as long as it can be, possible together or not.
    """
    counts = range(1, rules.maximum_hands + 1)
    return max(
        len(msgspec.msgpack.encode(view))
        # Cards take a byte each, whichever hand holds them; a list of 16 or more two bytes extra.
        + 2 * (hands + 1)
        for hands in counts
        for view in _long_views(maximum_draws, hands, rules.maximum_hands, side_bets)
    )


def _long_views(
    draws: int, hands: int, most: int, side_bets: Sequence[SideBet]
) -> Iterator[BlackjackView]:
    """Yield a finished round of so many hands out of at most so many, and one in play."""
    amount = MAXIMUM_INTEGER
    status = HandStatus.SURRENDERED if hands == 1 else HandStatus.PUSH
    cards, rest = divmod(draws, hands + 1)
    hand = Hand((51,) * cards, 30, True, amount, True, status, amount)
    words = ", ".join([f"soft 20 {status.value}"] * hands)
    placed = tuple(
        PlacedSideBet(bet.value, amount, max(PAYS[bet], key=len), amount) for bet in side_bets
    )
    view = BlackjackView(
        stage=Stage.SETTLED,
        seat=MAXIMUM_SEATS - 1,
        dealer=DealerView((51,) * (cards + rest), 26, soft=False),
        hands=(hand,) * hands,
        active=None,
        stake=amount,
        insurance=amount,
        insurance_payout=amount,
        payout=amount,
        options=(),
        summary=f"{_side_words(placed)} The player's hands against dealer's blackjack: {words}."
        f" The player loses {amount}.",
        side_bets=placed,
    )
    yield view
    options = [_FREE[Action.HIT], _FREE[Action.STAND], Option("double", "Double", amount)]
    if hands < most:
        options.append(Option("split", "Split", amount))
    if hands == 1:
        options.append(_FREE[Action.SURRENDER])
    turn = Hand((51,) * cards, 30, True, amount, True, HandStatus.STANDING)
    yield msgspec.structs.replace(
        view,
        stage=Stage.INSURANCE,
        hands=(turn,) * hands,
        active=3,
        insurance_payout=None,
        payout=None,
        dealer=DealerView((51, None), 11, soft=False),
        options=tuple(options),
        summary="Hand 4 of 4: The player has soft 20; dealer shows an ace. Insure?",
    )
