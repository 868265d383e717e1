"""What a seat sees before and after the end."""

from __future__ import annotations

import msgspec

from games.three_card_poker.game import ThreeCardPoker
from games.three_card_poker.rules import Action, decide, open_round
from games.three_card_poker.view import view_of
from tests.games.dealt import dealing, faces

GAME = ThreeCardPoker()
PAYS = GAME.pair_plus


def test_before_the_end_the_dealer_is_hidden() -> None:
    """The view is the same whatever the dealer has, to the byte, for seat and watcher."""
    seen = set()
    for dealer in ("Jh Ts 8c", "Ah Ad Ac", "2h 3d 5c"):
        state = open_round(100, 50, dealing(f"Kh 6s 4c {dealer}"), PAYS)
        for seat in (0, None):
            view = view_of(state, seat, PAYS)
            seen.add((seat, msgspec.json.encode(view)))
            assert view.dealer == (None, None, None)
            assert (view.dealer_hand, view.qualifies, view.payout) == (None, None, None)
    assert len(seen) == 2


def test_options() -> None:
    """The seat may play for its ante or fold for nothing; a watcher decides nothing."""
    state = open_round(100, 50, dealing("Kh 6s 4c Jh Ts 8c"), PAYS)
    view = view_of(state, 0, PAYS)

    assert [(option.action, option.stake) for option in view.options] == [
        ("play", 100),
        ("fold", 0),
    ]
    assert view_of(state, None, PAYS).options == ()
    assert [(bet.bet, bet.stake, bet.payout) for bet in view.bets] == [
        ("ante", 100, None),
        ("pair-plus", 50, None),
    ]
    assert view.stake == 150
    assert view.summary == "K♥ 6♠ 4♣: king high"


def test_an_ended_round_is_told_whole() -> None:
    """Both hands, every bet and its payout, and the result in words."""
    state = open_round(100, 50, dealing("4h 5s 6c Qh 3s 2c"), PAYS)
    view = view_of(decide(state, Action.PLAY, PAYS), 0, PAYS)

    assert view.dealer == faces("Qh 3s 2c")
    assert (view.player_hand, view.dealer_hand, view.qualifies) == ("straight", "queen high", True)
    assert [(bet.bet, bet.stake, bet.payout) for bet in view.bets] == [
        ("ante", 100, 200),
        ("play", 100, 200),
        ("ante-bonus", 0, 100),
        ("pair-plus", 50, 350),
    ]
    assert (view.stake, view.payout, view.decision) == (250, 850, "play")
    assert view.options == ()
    assert view.summary == "Straight against dealer's queen high"


def test_other_endings_in_words() -> None:
    """A fold, a dealer who does not qualify, and pair plus alone."""
    state = open_round(100, 0, dealing("Kh 6s 4c Jh Ts 8c"), PAYS)
    alone = open_round(0, 50, dealing("Kh Ks 4c Jh Ts 8c"), PAYS)

    assert view_of(decide(state, Action.FOLD, PAYS), 0, PAYS).summary == (
        "Folded king high; dealer jack high"
    )
    assert view_of(decide(state, Action.PLAY, PAYS), 0, PAYS).summary == (
        "King high; dealer does not qualify with jack high"
    )
    view = view_of(alone, 0, PAYS)
    assert view.summary == "Pair plus on pair of kings"
    assert [(bet.bet, bet.payout) for bet in view.bets] == [("pair-plus", 100)]
