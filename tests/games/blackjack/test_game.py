"""Tests of games.blackjack.game: the contract, over named cards and many seeds."""

from __future__ import annotations

from collections import Counter
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings, strategies as st

from games.blackjack import BlackjackBets, BlackjackDecision
from games.blackjack.hands import VALUES, HandStatus
from games.blackjack.rules import Action, Stage, State
from games.catalogue import Catalogue
from games.entropy import Draws
from games.game import RoundKind, StakeForm, StakeLimits, replay
from protocol.errors import ErrorCode, Refused
from tests.games.blackjack.stacked import (
    FRESH_SHOE,
    GAME,
    LONGEST,
    LONGEST_ACTIONS,
    act,
    deal,
    other_futures,
    seat_ranks,
    snapshot,
    unused,
)
from tests.games.scripts import seeded

LIMITS = StakeLimits(minimum=100, maximum=10_000)
SEEDS = st.binary(min_size=32, max_size=32)
CHOICES = st.lists(st.integers(0, 3), max_size=40)
STAKES = st.integers(1, 2**49).map(lambda half: 2 * half)


def refusal(state: State, action: Action, seat: int = 0) -> tuple[ErrorCode, str] | int:
    """Return the price of a decision, or how it is refused."""
    try:
        return GAME.price(state, seat, BlackjackDecision(action))
    except Refused as refused:
        return refused.code, refused.message


def offered(state: State) -> list[str]:
    """Return the actions that the active seat's view lists."""
    return [option.action for option in GAME.view(state, state.active_seat).options]


class TestStake:
    """What a bets body takes."""

    @pytest.mark.parametrize("stake", [100, 102, 9_998, 10_000])
    def test_even_stakes_within_the_limits(self, stake: int) -> None:
        """They are taken as they are."""
        assert GAME.stake(BlackjackBets(stake), LIMITS) == stake

    @pytest.mark.parametrize(
        ("stake", "code"),
        [
            (101, ErrorCode.STAKE_NOT_WHOLE),
            (9_999, ErrorCode.STAKE_NOT_WHOLE),
            (100.0, ErrorCode.STAKE_NOT_WHOLE),
            (100.5, ErrorCode.STAKE_NOT_WHOLE),
            (1e300, ErrorCode.STAKE_NOT_WHOLE),
            (float("nan"), ErrorCode.STAKE_NOT_WHOLE),
            (98, ErrorCode.STAKE_BELOW),
            (99, ErrorCode.STAKE_BELOW),
            (0, ErrorCode.STAKE_BELOW),
            (-100, ErrorCode.STAKE_BELOW),
            (10_002, ErrorCode.STAKE_ABOVE),
            (2**53 - 1, ErrorCode.STAKE_ABOVE),
        ],
    )
    def test_refused_stakes(self, stake: float, code: ErrorCode) -> None:
        """Each has its own code, and says what to do."""
        with pytest.raises(Refused) as refused:
            GAME.stake(BlackjackBets(stake), LIMITS)

        assert refused.value.code is code
        assert refused.value.message.startswith("Stake ")

    def test_a_minimum_of_nothing_still_needs_a_stake(self) -> None:
        """Nobody plays for nothing."""
        with pytest.raises(Refused):
            GAME.stake(BlackjackBets(0), StakeLimits(minimum=0, maximum=100))

    @pytest.mark.parametrize("body", [b'{"stake": 9007199254740992}', b'{"stake": "100"}', b"{}"])
    def test_unreadable_bodies(self, body: bytes) -> None:
        """Integers out of bounds, texts and missing stakes do not decode."""
        with pytest.raises(msgspec.ValidationError):
            msgspec.json.decode(body, type=BlackjackBets)

    def test_a_fraction_can_be_read(self) -> None:
        """It decodes, so that it can be refused with its own code."""
        bets = msgspec.json.decode(b'{"stake": 99.5}', type=BlackjackBets)

        with pytest.raises(Refused, match="whole"):
            GAME.stake(bets, LIMITS)


class TestRefusals:
    """Decisions that the rules do not allow."""

    @pytest.mark.parametrize(
        ("cards", "before", "allowed"),
        [
            ("8 A 8 9", "", "insure decline"),
            ("8 A 8 9", "insure", "hit stand double split"),
            ("8 T 8 9", "", "hit stand double split"),
            ("8 T 9 9", "", "hit stand double"),
            ("8 T 2 9 2", "hit", "hit stand"),
            ("8 T 8 9 8 8 8", "split split split", "hit stand double"),
            ("8 T 8 9 8 8 8 2", "split split split hit", "hit stand"),
            ("A T K 9", "", ""),
            ("T T 9 A", "", ""),
            ("T 9 9 9", "stand", ""),
        ],
    )
    def test_in_every_stage(self, cards: str, before: str, allowed: str) -> None:
        """What is not offered is refused with DECISION_FORBIDDEN and changes nothing."""
        state = act(deal(cards), *before.split())
        before_it = snapshot(state)
        view = GAME.view(state, 0)

        assert offered(state) == allowed.split()
        for action in Action:
            answer = refusal(state, action)
            if action.value in allowed.split():
                assert isinstance(answer, int)
            else:
                assert isinstance(answer, tuple)
                assert answer[0] is ErrorCode.DECISION_FORBIDDEN
                assert answer[1].endswith(".")
        assert snapshot(state) == before_it
        assert GAME.view(state, 0) == view

    def test_out_of_turn(self) -> None:
        """A seat decides when it is its turn."""
        state = deal("8 T A 6 8 6 T T", 100, 200, 300)

        assert refusal(state, Action.STAND, seat=0) == 0
        for seat in (1, 2):
            assert refusal(state, Action.STAND, seat=seat) == (
                ErrorCode.DECISION_FORBIDDEN,
                "It is another seat's turn.",
            )

    def test_unknown_actions_do_not_decode(self) -> None:
        """There is no peeking."""
        with pytest.raises(msgspec.ValidationError):
            msgspec.json.decode(b'{"action": "peek"}', type=BlackjackDecision)

    def test_a_price_tells_nothing_of_cards_to_come(self) -> None:
        """Prices and refusals are the same whatever the hole card and the stream are."""
        compared = 0
        for number, draws in enumerate(seeded("prices", 400)):
            state = GAME.open([BlackjackBets(100)], draws)
            for step in range(4):
                if state.finished:
                    break
                answers = [refusal(state, action) for action in Action]
                for future in other_futures(state):
                    assert [refusal(future, action) for action in Action] == answers
                    compared += 1
                choices = offered(state)
                state = act(state, choices[(number + step) % len(choices)])
        assert compared > 2_000


def test_prices() -> None:
    """Double and split take the hand's stake again, insurance half of it, the rest nothing."""
    state = deal("8 A 8 9", 102)
    assert refusal(state, Action.INSURE) == 51
    assert refusal(state, Action.DECLINE) == 0
    state = act(state, "decline")

    assert [refusal(state, action) for action in list(Action)[:4]] == [0, 0, 102, 102]


@given(seed=SEEDS, clients=st.lists(st.binary(max_size=32), max_size=2), choices=CHOICES)
@settings(max_examples=150, deadline=None)
def test_no_method_changes_its_input(seed: bytes, clients: list[bytes], choices: list[int]) -> None:
    """Stream and states stay as they were, and every step can be taken again."""
    draws = Draws(seed, clients)
    state = GAME.open([BlackjackBets(100)], draws)
    assert draws.words_used == 0
    for choice in choices:
        if state.finished:
            break
        before = snapshot(state)
        for action in offered(state):
            after = act(state, action)
            assert snapshot(state) == before
            assert GAME.view(act(state, action), 0) == GAME.view(after, 0)
        actions = offered(state)
        state = act(state, actions[choice % len(actions)])


@given(seed=SEEDS, stake=STAKES, choices=CHOICES)
@settings(max_examples=300, deadline=None)
def test_money_and_cards_are_conserved(seed: bytes, stake: int, choices: list[int]) -> None:
    """Prices add up to stakes, hands to payouts, and dealt cards to the shoe, within the bounds."""
    state = GAME.open([BlackjackBets(stake)], Draws(seed, []))
    staked = stake
    decisions: list[tuple[int, BlackjackDecision]] = []
    while not state.finished:
        assert state.payouts == (None,)
        actions = offered(state)
        choice = choices[len(decisions) % len(choices)] if choices else 0
        decision = BlackjackDecision(Action(actions[choice % len(actions)]))
        staked += GAME.price(state, 0, decision)
        state = GAME.decide(state, 0, decision)
        decisions.append((0, decision))
        assert state.stakes == (staked,)
        _check_bounds(state)
    _check_bounds(state)
    view = GAME.view(state, 0)
    payout = state.payouts[0]
    assert payout is not None
    assert payout == sum(hand.payout or 0 for hand in view.hands) + (view.insurance_payout or 0)
    assert 0 <= 2 * payout <= 5 * staked
    assert payout <= GAME.maximum_payout_factor * staked
    for hand in view.hands:
        halves = {HandStatus.WON: 4, HandStatus.PUSH: 2, HandStatus.BLACKJACK: 5}
        assert 2 * (hand.payout or 0) == halves.get(hand.status, 0) * hand.stake
    again = replay(GAME, [BlackjackBets(stake)], decisions, Draws(seed, []))
    assert GAME.view(again, 0) == view  # type: ignore[arg-type]


def _check_bounds(state: State) -> None:
    dealt = Counter(state.dealer)
    for hand in state.seats[0].hands:
        dealt.update(hand.cards)
    assert dealt.total() <= GAME.maximum_draws
    for face, full in enumerate(FRESH_SHOE):
        assert state.counts[face] + dealt[face] == full
    for seat in (0, None):
        view = GAME.view(state, seat)
        assert len(msgspec.msgpack.encode(view)) <= GAME.maximum_reply_bytes


@given(seed=SEEDS, choices=CHOICES)
@settings(max_examples=100, deadline=None)
def test_replay_of_every_beginning(seed: bytes, choices: list[int]) -> None:
    """A round played again from its inputs is the same after each decision."""
    bets = [BlackjackBets(200)]
    state = GAME.open(bets, Draws(seed, [b"x"]))
    decisions: list[tuple[int, BlackjackDecision]] = []
    while True:
        again: Any = replay(GAME, bets, decisions, Draws(seed, [b"x"]))
        assert GAME.view(again, 0) == GAME.view(state, 0)
        assert again.draws.words_used == state.draws.words_used
        if state.finished:
            break
        actions = offered(state)
        choice = choices[len(decisions) % len(choices)] if choices else 1
        decisions.append((0, BlackjackDecision(Action(actions[choice % len(actions)]))))
        state = GAME.decide(state, *decisions[-1])


def test_the_platform_decides_safely() -> None:
    """It declines insurance and stands, never with a further stake, until the round has ended."""
    state = deal("8 A 8 9 3 3 5")
    seat, decision = GAME.platform_decision(state)
    assert (seat, decision.action, GAME.price(state, seat, decision)) == (0, Action.DECLINE, 0)
    state = act(state, "decline", "split")
    for active in (0, 1):
        assert state.active_hand == active
        seat, decision = GAME.platform_decision(state)
        assert (seat, decision.action) == (0, Action.STAND)
        assert GAME.price(state, seat, decision) == 0
        state = GAME.decide(state, seat, decision)

    assert state.finished


class TestWorstCases:
    """What the game declares for whoever plans room and money."""

    def test_the_longest_round_draws_what_is_declared(self) -> None:
        """A round of 60 cards exists."""
        state = act(deal(LONGEST), *LONGEST_ACTIONS.split())

        assert state.finished
        assert unused(state) == 0
        assert sum(FRESH_SHOE) - sum(state.counts) == GAME.maximum_draws == 60
        assert [len(hand.split()) for hand in seat_ranks(state)] == [13, 13, 12, 11]

    def test_no_round_draws_more_than_declared(self) -> None:
        """The most cards that the points of all hands have room for, and their last cards."""

        def most_cards(points: int) -> int:
            cards = 0
            for value in range(1, 11):
                taken = min(FRESH_SHOE[0] * VALUES.count(value), points // value)
                cards, points = cards + taken, points - taken * value
            return cards

        dealer_draws = most_cards(21 + 3 * 20 + 16) + 3 + 1
        dealer_rests = most_cards(4 * 20) + 4 + 2

        assert max(dealer_draws, dealer_rests) == GAME.maximum_draws

    def test_a_blackjack_is_the_highest_factor(self) -> None:
        """It brings back five halves, so the whole factor above that is declared."""
        state = deal("A 9 K 9")

        assert 2 * (state.payouts[0] or 0) == 5 * state.stakes[0]
        assert GAME.maximum_payout_factor == 3


class TestDescription:
    """What generic clients and auditors read."""

    def test_describes_the_game(self) -> None:
        """Stake form, actions and stakes are those that the rules take."""
        description = GAME.describe()

        assert (description.game, description.version) == ("blackjack", 1)
        assert description.kind is RoundKind.DECISIONS
        assert description.stake_form is StakeForm.ONE
        known = [action.value for action in Action if action is not Action.SURRENDER]
        assert description.actions == tuple(known)
        assert list(description.stakes) == sorted(set(description.stakes))
        for stake in description.stakes:
            assert GAME.stake(BlackjackBets(stake), StakeLimits(1, 10**9)) == stake
        assert "soft 17" in description.help
        assert msgspec.json.decode(msgspec.json.encode(description))

    def test_the_digest_pins_the_rules(self) -> None:
        """It is a SHA-256, and every instance has the same."""
        assert len(bytes.fromhex(GAME.digest)) == 32
        assert type(GAME)().digest == GAME.digest

    def test_stands_in_a_catalogue(self) -> None:
        """It is found by name and version."""
        catalogue = Catalogue([GAME])

        assert catalogue.current("blackjack") is GAME
        assert catalogue.version("blackjack", 1) is GAME

    def test_schemas_can_be_made(self) -> None:
        """The structs of the wire describe themselves."""
        schemas, _ = msgspec.json.schema_components(
            [GAME.bets_type, BlackjackDecision, GAME.view_type]
        )

        assert len(schemas) == 3
        assert GAME.view(deal("8 6 8 5"), 0).stage is Stage.HANDS
