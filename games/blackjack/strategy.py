"""Basic strategy for these rules: what to do with each hand against each up-card.

Total-dependent: it looks at the hand's total, not at its cards. Never insures. The columns are the
dealer's up-card: 2 to 9, ten, ace. Every cell is the best play with an infinite deck too, as
`games.blackjack.infinite_deck` finds it, except two: with six decks, doubling soft 13 against a
five and soft 15 against a four is better by a hair (`games.blackjack.finite_shoe`). Tests compare
every cell.

Codes: H hit, S stand, D double or else hit, E double or else stand, P split, `.` play the total.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from games.blackjack.hands import ACE, VALUES
from games.blackjack.view import BlackjackView

Play = Callable[[int, bool, int, int, bool, bool], str]
"""A strategy: takes (total, soft, up value, pair value, may double, may split) as `play` does."""

#                 23456789TA
_HARD_ROWS: Final = {
    4: "HHHHHHHHHH",
    5: "HHHHHHHHHH",
    6: "HHHHHHHHHH",
    7: "HHHHHHHHHH",
    8: "HHHHHHHHHH",
    9: "HDDDDHHHHH",
    10: "DDDDDDDDHH",
    11: "DDDDDDDDDH",
    12: "HHSSSHHHHH",
    13: "SSSSSHHHHH",
    14: "SSSSSHHHHH",
    15: "SSSSSHHHHH",
    16: "SSSSSHHHHH",
    17: "SSSSSSSSSS",
    18: "SSSSSSSSSS",
    19: "SSSSSSSSSS",
    20: "SSSSSSSSSS",
}
_SOFT_ROWS: Final = {
    12: "HHHHHHHHHH",
    13: "HHHDDHHHHH",
    14: "HHHDDHHHHH",
    15: "HHDDDHHHHH",
    16: "HHDDDHHHHH",
    17: "HDDDDHHHHH",
    18: "SEEEESSHHH",
    19: "SSSSSSSSSS",
    20: "SSSSSSSSSS",
}
_PAIR_ROWS: Final = {
    1: "PPPPPPPPPP",
    2: "PPPPPP....",
    3: "PPPPPP....",
    4: "...PP.....",
    5: "..........",
    6: "PPPPP.....",
    7: "PPPPPP....",
    8: "PPPPPPPPPP",
    9: "PPPPP.PP..",
    10: "..........",
}


def _column(up_value: int) -> int:
    """Return the column of an up-card."""
    return 9 if up_value == ACE else up_value - 2


def play(
    total: int,
    soft: bool,  # noqa: FBT001 - the shape of a hand, as `best_total` gives it
    up_value: int,
    pair_value: int,
    may_double: bool,  # noqa: FBT001
    may_split: bool,  # noqa: FBT001
) -> str:
    """Return the action for a hand below 21: `hit`, `stand`, `double` or `split`.

    `up_value` and `pair_value` are card values (an ace is 1); the latter counts if `may_split`.
    """
    column = _column(up_value)
    if may_split and _PAIR_ROWS[pair_value][column] == "P":
        return "split"
    code = (_SOFT_ROWS if soft else _HARD_ROWS)[total][column]
    if code in "DE" and may_double:
        return "double"
    return "hit" if code in "HD" else "stand"


def recommend(view: BlackjackView | Mapping[str, Any]) -> str:
    """Return basic strategy's action for the view of a seat whose turn it is.

    Takes the struct, or the map that a client has decoded from the wire. Raises ValueError if the
    view offers no options. Recommends only what the view's options list.
    """
    if isinstance(view, BlackjackView):
        offered = {option.action for option in view.options}
        up, active = view.dealer.cards[0], view.active
        hand = None if active is None else view.hands[active]
        cards = () if hand is None else hand.cards
        total, soft = (0, False) if hand is None else (hand.total, hand.soft)
    else:
        offered = {option["action"] for option in view["options"]}
        up, active = view["dealer"]["cards"][0], view["active"]
        entry = {} if active is None else view["hands"][active]
        cards = entry.get("cards", ())
        total, soft = entry.get("total", 0), entry.get("soft", False)
    if not offered:
        raise ValueError("the view offers no options: it is not this seat's turn")
    if "decline" in offered:
        return "decline"
    if up is None:
        raise ValueError("the up-card is never hidden")
    return play(total, soft, VALUES[up], VALUES[cards[0]], "double" in offered, "split" in offered)
