"""Tests of games.instant.hi_lo: the rules."""

from __future__ import annotations

import random
from collections import Counter
from fractions import Fraction
from hashlib import sha256
from typing import Any

import msgspec
import pytest

from games.entropy import Draws
from games.game import StakeLimits, replay
from games.instant import HiLo
from games.instant.hi_lo import MAXIMUM_STEPS, HiLoBets, HiLoDecision, HiLoRound
from games.instant.hi_lo_rules import RANK_NAMES, Action
from protocol.errors import ErrorCode, Refused
from protocol.messages.common import MAXIMUM_INTEGER
from tests.games.instant import stranger
from tests.games.instant.cards import Cards
from tests.games.scripts import Script, chi_square, chi_square_limit, seeded

GAME = HiLo()
LIMITS = StakeLimits(1, 1_000_000)
VECTORS = ((0, [9, 15, 14]), (1, [36, 44, 14]), (2, [0, 47, 41]), (3, [12, 25, 36]))
"""Number of the seed, SHA-256 of `vector N`, and the first three cards."""


def deal(cards: str, *actions: str, stake: int = 100) -> HiLoRound:
    """Play these decisions, which must be allowed, on these cards."""
    state = GAME.open([HiLoBets(stake)], Cards([RANK_NAMES.index(name) for name in cards.split()]))
    for action in actions:
        decision = HiLoDecision(Action(action))
        assert GAME.price(state, 0, decision) == 0
        state = GAME.decide(state, 0, decision)
    return state


def refused(state: HiLoRound, action: Action) -> bool:
    """Say whether a decision is refused."""
    try:
        GAME.price(state, 0, HiLoDecision(action))
    except Refused as refusal:
        return refusal.code is ErrorCode.DECISION_FORBIDDEN
    return False


@pytest.mark.parametrize(
    ("cards", "actions", "multiplier", "payout"),
    [
        ("7 9", "higher", "1.83", None),
        ("7 7", "higher", "1.83", None),
        ("7 7", "lower", "1.83", None),
        ("7 6", "higher", "0.00", 0),
        ("7 9", "lower", "0.00", 0),
        ("A A", "higher", "0.00", 0),
        ("A A", "lower", "12.87", None),
        ("A 2", "higher", "1.07", None),
        ("K K", "lower", "0.00", 0),
        ("K K", "higher", "12.87", None),
        ("K Q", "lower", "1.07", None),
        ("7 9 5", "higher lower", "2.65", None),
        ("7 9 5", "higher lower cash-out", "2.65", 265),
        ("7 2 9", "skip higher", "1.07", None),
        ("7 2", "skip cash-out", "1.00", 100),
        ("7", "cash-out", "1.00", 100),
        ("7 9", "higher cash-out", "1.83", 183),
    ],
)
def test_guesses(cards: str, actions: str, multiplier: str, payout: int | None) -> None:
    """The odds of all right guesses are multiplied, and that by 99 % once, rounded down once."""
    state = deal(cards, *actions.split())

    assert GAME.view(state, 0).multiplier == multiplier
    assert state.payouts == (payout,)
    assert state.finished == (payout is not None)


def test_rounding_is_once() -> None:
    """Five guesses of 13/12 pay 99 % of (13/12)^5, not a product of rounded steps."""
    state = deal("A 2 2 2 2 2", *["higher"] * 5)

    assert state.multiplier == int(99 * Fraction(13, 12) ** 5) == 147
    assert deal("A 2 2", "higher", "higher", "cash-out", stake=101).payouts == (117,)


def test_options_tell_the_next_multiplier() -> None:
    """Each with its own word; a finished round has none, and neither has a watcher."""
    state = deal("A")

    assert [(option.action, option.label) for option in GAME.view(state, 0).options] == [
        ("higher", "Higher, 1.07x"),
        ("lower", "Same, 12.87x"),
        ("skip", "Skip this card"),
        ("cash-out", "Cash out at 1.00x"),
    ]
    assert GAME.view(state, None).options == ()
    assert GAME.view(deal("A", "cash-out"), 0).options == ()
    assert GAME.view(state, 0).summary == "A, 1.00x"
    assert GAME.view(deal("A A", "higher"), 0).summary == "Wrong on A after 0 right"
    assert GAME.view(deal("A 2", "higher", "cash-out"), 0).summary == "1.07x after 1 right"


def test_a_guess_above_the_maximum_is_refused() -> None:
    """13^3 pays 2,175.03; four times 13 would be above 10,000, but 13/12 is not."""
    state = deal("A A A A", "lower", "lower", "lower")

    assert state.multiplier == 217_503
    assert refused(state, Action.LOWER)
    assert [option.action for option in GAME.view(state, 0).options] == [
        "higher",
        "skip",
        "cash-out",
    ]
    with pytest.raises(Refused, match=r"above 10000\.00"):
        GAME.price(state, 0, HiLoDecision(Action.LOWER))


def test_the_round_ends_where_no_guess_is_left() -> None:
    """At 9,736.36 not even 13/12 fits below 10,000: the round cashes out by itself."""
    up = ("lower", "lower", "lower", "skip", "lower", *["skip", "higher"] * 3)
    state = deal("A A A A 4 4" + " 2 3" * 3, *up)
    assert state.multiplier == int(99 * 13**3 * Fraction(13, 4) * Fraction(13, 12) ** 3)
    assert not state.finished

    state = deal("A A A A 4 4" + " 2 3" * 4, *up, "skip")
    assert not refused(state, Action.HIGHER)
    state = GAME.decide(state, 0, HiLoDecision(Action.HIGHER))
    assert state.finished
    assert state.payouts == (973_636,)


def test_the_round_ends_after_fifty_steps() -> None:
    """Skips count as guesses do; the multiplier that stands is paid."""
    state = deal("7 " * 51, *["skip"] * MAXIMUM_STEPS)
    assert (state.finished, state.payouts) == (True, (100,))

    state = deal("7 " * 51, "higher", *["skip"] * (MAXIMUM_STEPS - 1))
    assert (state.finished, state.payouts) == (True, (183,))
    assert len(state.cards) == GAME.maximum_draws

    state = deal("7 " * 50 + "6", *["skip"] * (MAXIMUM_STEPS - 1), "higher")
    assert (state.finished, state.payouts) == (True, (0,))


@pytest.mark.parametrize(
    ("stake", "code"),
    [
        (99, ErrorCode.STAKE_BELOW),
        (0, ErrorCode.STAKE_BELOW),
        (-100, ErrorCode.STAKE_BELOW),
        (100.0, ErrorCode.STAKE_NOT_WHOLE),
        (float("nan"), ErrorCode.STAKE_NOT_WHOLE),
        (1_000_001, ErrorCode.STAKE_ABOVE),
    ],
)
def test_refused_stakes(stake: Any, code: ErrorCode) -> None:
    """Each has its own code."""
    with pytest.raises(Refused) as refusal:
        GAME.stake(HiLoBets(stake), LIMITS)

    assert refusal.value.code is code


def test_no_payout_is_longer_than_an_amount() -> None:
    """Where the table sets no maximum the game sets one."""
    most = MAXIMUM_INTEGER // 10_000
    unlimited = StakeLimits(1, MAXIMUM_INTEGER)

    assert GAME.stake(HiLoBets(most), unlimited) == most
    with pytest.raises(Refused):
        GAME.stake(HiLoBets(most + 1), unlimited)
    assert GAME.sample("main", 100) == HiLoBets(100)
    with pytest.raises(ValueError, match="no bet"):
        GAME.sample("other", 100)


def test_random_play_keeps_the_rules() -> None:
    """Of all decisions just those that the view lists are allowed, and the bounds hold.

    An illegal one is refused and changes nothing, and replay gives the same round.
    """
    seed = random.randrange(2**32)
    print(f"seed {seed}")  # noqa: T201 - a failing test shows it
    chance = random.Random(seed)
    for draws in seeded(f"hi-lo {seed}", 400):
        bets = HiLoBets(chance.randrange(100, 10**6))
        state = GAME.open([bets], draws)
        weights = {Action.HIGHER: 3, Action.LOWER: 3, Action.SKIP: 2, Action.CASH_OUT: 0.05}
        taken = []
        while not state.finished:
            before = msgspec.structs.asdict(state)
            view = GAME.view(state, 0)
            offered = [Action(option.action) for option in view.options]
            assert [action for action in Action if not refused(state, action)] == offered
            assert msgspec.structs.asdict(state) == before
            assert len(msgspec.msgpack.encode(view)) <= GAME.maximum_reply_bytes
            action = chance.choices(offered, [weights[each] for each in offered])[0]
            if chance.random() < 0.8 and action is not Action.CASH_OUT:
                action = GAME.advise(view).action if view.multiplier < "2" else action
            taken.append((0, HiLoDecision(action)))
            state = GAME.decide(state, 0, taken[-1][1])
        assert all(refused(state, action) for action in Action)
        again = replay(GAME, [bets], taken, draws)
        assert GAME.view(again, 0) == GAME.view(state, 0)  # type: ignore[arg-type]
        assert draws.words_used == 0
        assert state.payout is not None
        assert 0 <= state.payout <= GAME.maximum_payout_factor * state.stake
        assert len(msgspec.msgpack.encode(GAME.view(state, 0))) <= GAME.maximum_reply_bytes


def test_the_longest_view_fits() -> None:
    """Fifty guesses on two digits' worth of faces, the longest amounts, and all options."""
    state = deal("7 " * 50, *["skip"] * (MAXIMUM_STEPS - 1))
    decisions = (Action.HIGHER,) * (MAXIMUM_STEPS - 1)
    state = msgspec.structs.replace(state, decisions=decisions, stake=MAXIMUM_INTEGER)

    size = len(msgspec.msgpack.encode(GAME.view(state, 0)))
    assert GAME.maximum_reply_bytes - 70 <= size <= GAME.maximum_reply_bytes


def test_the_platform_cashes_out() -> None:
    """It takes no risk, and needs no further stake."""
    state = deal("7 9", "higher")
    seat, decision = GAME.platform_decision(state)

    assert (seat, GAME.price(state, seat, decision)) == (0, 0)
    assert GAME.decide(state, seat, decision).payouts == (183,)


def test_the_advice() -> None:
    """The likelier guess until the multiplier is 2.00 or more."""
    for cards, actions, advised in [
        ("7", "", Action.HIGHER),
        ("8", "", Action.LOWER),
        ("7 9", "higher", Action.LOWER),
        ("7 9 5", "higher lower", Action.CASH_OUT),
        ("7 K", "skip", Action.LOWER),
        ("A A A", "lower skip", Action.CASH_OUT),
    ]:
        assert GAME.advise(GAME.view(deal(cards, *actions.split()), 0)).action is advised
    view = GAME.view(deal("7 9", "higher"), 0)
    for multiplier, advised in (("1.99", Action.LOWER), ("2.00", Action.CASH_OUT)):
        shown = msgspec.structs.replace(view, multiplier=multiplier)
        assert GAME.advise(shown).action is advised


def test_vectors_and_a_stranger() -> None:
    """Known seeds give what they must, and the page on fairness is enough for any other."""

    def cards(draws: Draws, number: int) -> list[int]:
        state = GAME.open([HiLoBets(100)], draws)
        for _ in range(number - 1):
            state = GAME.decide(state, 0, HiLoDecision(Action.SKIP))
        return list(state.cards)

    for number, expected in VECTORS:
        seed = sha256(f"vector {number}".encode()).digest()
        assert cards(Draws(seed, (stranger.CLIENT_SEED,)), 3) == expected
    for number in range(50):
        seed = sha256(f"hi-lo {number}".encode()).digest()
        stream = stranger.Stream(seed, b"me")
        assert cards(Draws(seed, (b"me",)), 20) == stranger.faces(stream, 20)


def test_cards_are_uniform() -> None:
    """All 52 faces come equally often (A9, A12)."""
    bets = [HiLoBets(100)]
    counts = Counter(GAME.open(bets, draws).cards[0] for draws in seeded("hi-lo cards", 20_800))

    assert chi_square([counts[face] for face in range(52)], [400] * 52) < chi_square_limit(51)


def test_a_card_a_step() -> None:
    """The first card when the round opens, one for each guess and skip, none for a cash-out."""
    script = Script([6, 8, 4])
    state = GAME.open([HiLoBets(100)], script)
    assert script.used == [1]
    assert GAME.decide(state, 0, HiLoDecision(Action.CASH_OUT)).cards == (6,)


def test_unknown_actions_do_not_decode() -> None:
    """The decision type lists all there are."""
    for action in Action:
        decision = msgspec.convert({"action": action.value}, HiLoDecision)
        assert decision.action is action
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"action": "double"}, HiLoDecision)
