"""Tests of games.blackjack.view: what is told, and above all what is not."""

from __future__ import annotations

import msgspec
import pytest

from games.blackjack import BlackjackView
from games.blackjack.hands import Hand, HandStatus
from games.blackjack.rules import Stage
from games.blackjack.view import DealerView, view_of
from games.game import Option
from tests.games.blackjack.stacked import (
    GAME,
    LONGEST,
    LONGEST_ACTIONS,
    act,
    deal,
    other_futures,
    ranks,
)
from tests.games.scripts import seeded

LARGE = 2**49
"""A stake whose amounts take nine bytes each, and four doubled hands of it still fit."""


def test_nothing_hidden_is_in_any_view() -> None:
    """Before the end a view, for the seat and for watchers, does not depend on hidden cards."""
    seen = 0
    for draws in seeded("hidden", 300):
        state = GAME.open([GAME.bets_type(100)], draws)
        for action in ("decline", "split", "hit", "hit"):
            if state.finished:
                break
            for future in other_futures(state):
                for seat in (0, None):
                    assert view_of(future, seat) == view_of(state, seat)
                    seen += 1
            offered = [option.action for option in view_of(state, 0).options]
            state = act(state, action if action in offered else offered[0])
    assert seen > 5_000


@pytest.mark.parametrize("seat", [0, None])
def test_the_hole_card_is_null_until_the_end(seat: int | None) -> None:
    """It is hidden in every stage before, and shown at the end."""
    state = deal("T A 6 9 3")
    assert ranks(view_of(state, seat).dealer.cards) == "A ?"
    state = act(state, "decline")
    assert ranks(view_of(state, seat).dealer.cards) == "A ?"
    assert (view_of(state, seat).dealer.total, view_of(state, seat).dealer.soft) == (11, True)
    state = act(state, "stand")

    assert ranks(view_of(state, seat).dealer.cards) == "A 9"
    assert view_of(state, seat).dealer.total == 20


def test_the_hole_card_is_shown_though_the_dealer_does_not_play() -> None:
    """A bust hand and a blackjack end the round with it."""
    assert ranks(view_of(act(deal("T 6 6 5 T"), "hit"), None).dealer.cards) == "6 5"
    assert ranks(view_of(deal("A 6 T 5"), 0).dealer.cards) == "6 5"


def test_options_are_what_the_rules_allow() -> None:
    """Each has its label and its further stake."""
    view = view_of(deal("8 T 8 9"), 0)

    assert view.options == (
        Option("hit", "Hit", 0),
        Option("stand", "Stand", 0),
        Option("double", "Double", 100),
        Option("split", "Split", 100),
    )
    assert view_of(deal("8 A 9 9"), 0).options == (
        Option("insure", "Insure", 50),
        Option("decline", "No insurance", 0),
    )
    assert view_of(deal("A T K 9"), 0).options == ()


def test_watchers_have_no_options() -> None:
    """They see the same cards."""
    state = deal("8 T 8 9")

    assert view_of(state, None).options == ()
    assert view_of(state, None).hands == view_of(state, 0).hands


def test_amounts() -> None:
    """Stakes, insurance and payouts are told to the minor unit."""
    state = act(deal("T A 9 7 "), "insure")
    view = view_of(state, 0)
    assert (view.stake, view.insurance, view.insurance_payout, view.payout) == (150, 50, None, None)
    view = view_of(act(state, "stand"), 0)
    assert (view.stake, view.insurance, view.insurance_payout, view.payout) == (150, 50, 0, 200)
    view = view_of(act(deal("T A 9 K"), "insure"), 0)
    assert (view.insurance_payout, view.payout) == (150, 150)
    assert view.hands[0].payout == 0


@pytest.mark.parametrize(
    ("cards", "actions", "summary"),
    [
        ("T 8 K T", "stand", "Your 20 beats dealer's 18. You win 100."),
        ("T 8 K K", "", "You have 20; dealer shows 8."),
        ("A A 6 T", "", "You have soft 17; dealer shows an ace. Insure?"),
        ("A A 6 9", "decline", "You have soft 17; dealer shows an ace."),
        ("A A K T", "", "You have blackjack; dealer shows an ace. Insure?"),
        ("A A 6 T", "decline", "Your 17 loses to dealer's blackjack. You lose 100."),
        ("T A 6 T", "insure", "Your 16 loses to dealer's blackjack. Your stake comes back."),
        ("A A K T", "decline", "You and the dealer both have blackjack. Your stake comes back."),
        ("A 9 K T", "", "You have blackjack. You win 150."),
        ("T 6 6 T T", "hit", "Your 26 is bust. You lose 100."),
        ("T 6 6 T T", "stand", "Your 16 wins: dealer is bust with 26. You win 100."),
        ("T 8 8 T", "stand", "Your 18 ties with dealer's 18. Your stake comes back."),
        ("8 6 8 T 3 2", "split stand", "Hand 2 of 2: You have 10; dealer shows 6."),
        (
            "8 6 8 T 3 2 9",
            "split stand stand",
            "Your hands against dealer's 25: 11 won, 10 won. You win 200.",
        ),
    ],
)
def test_summary(cards: str, actions: str, summary: str) -> None:
    """A sentence says what the table shows."""
    assert view_of(act(deal(cards), *actions.split()), 0).summary == summary


def test_summary_for_watchers() -> None:
    """A watcher is not addressed as the player."""
    view = view_of(act(deal("T 8 K T"), "stand"), None)

    assert view.summary == "The player's 20 beats dealer's 18. The player wins 100."


def test_other_seats_are_seen_at_a_shared_table() -> None:
    """Hands lie open; options and turn are the active seat's alone."""
    state = deal("8 T A 6 8 6 T T", 100, 200, 300)
    views = [view_of(state, seat) for seat in range(3)]

    assert [view.active for view in views] == [0, None, None]
    assert [bool(view.options) for view in views] == [True, False, False]
    assert [other.seat for other in views[1].others] == [0, 2]
    assert views[1].others[1].hands == views[2].hands
    assert "others" not in msgspec.to_builtins(view_of(deal("8 6 8 5"), 0))


def test_views_survive_the_wire() -> None:
    """Both codecs give back the view that was sent."""
    for draws in seeded("wire", 200):
        state = GAME.open([GAME.bets_type(LARGE)], draws)
        view = view_of(state, 0)
        for codec in (msgspec.json, msgspec.msgpack):
            assert codec.decode(codec.encode(view), type=BlackjackView) == view


def largest_view(stage: Stage) -> BlackjackView:
    """Return a view of which every part is as long as it can be, possible together or not."""
    settled = stage is Stage.SETTLED
    amount = 2**53 - 1
    lengths = (16, 16, 10, 9, 9)
    assert sum(lengths) == GAME.maximum_draws
    *hands, dealer = [(51,) * length for length in lengths]
    status = HandStatus.PUSH if settled else HandStatus.STANDING
    # A fifth hand cannot be split off, so four hands never have the fourth option.
    options = (Option("hit", "Hit"), Option("stand", "Stand"), Option("double", "Double", amount))
    words = ", ".join(["soft 20 push"] * 4)
    return BlackjackView(
        stage=stage,
        seat=0,
        dealer=DealerView(dealer if settled else (51, None), 26, soft=False),
        hands=tuple(
            Hand(cards, 30, True, amount, True, status, amount if settled else None)
            for cards in hands
        ),
        active=3,
        stake=amount,
        insurance=amount,
        insurance_payout=amount if settled else None,
        payout=amount if settled else None,
        options=() if settled else options,
        summary=f"The player's hands against dealer's 26: {words}. The player loses {amount}."
        if settled
        else "Hand 4 of 4: The player has soft 20; dealer shows an ace.",
    )


def test_no_view_is_longer_than_declared() -> None:
    """The declared size covers the longest of everything, with less than a sixth to spare."""
    largest = max(
        len(msgspec.msgpack.encode(largest_view(stage))) for stage in (Stage.HANDS, Stage.SETTLED)
    )

    assert largest <= GAME.maximum_reply_bytes <= largest * 7 / 6


def test_a_long_round_comes_near_the_declared_size() -> None:
    """Four hands of many cards at a huge stake: what is declared is not far above what happens."""
    state = deal(LONGEST, LARGE)
    sizes = []
    for action in LONGEST_ACTIONS.split():
        state = act(state, action)
        sizes.append(len(msgspec.msgpack.encode(view_of(state, None))))

    assert state.finished
    assert GAME.maximum_reply_bytes * 0.7 < max(sizes) <= GAME.maximum_reply_bytes
