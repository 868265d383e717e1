"""Basic strategy at the table: what the charts say to what a seat sees, and the charts to read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from games.blackjack.charts import COLUMNS, HARD_TOTALS, PAIRS, SIX_DECKS, SOFT_TOTALS, Strategy
from games.blackjack.hands import ACE, VALUES
from games.blackjack.view import BlackjackView
from games.game import StrategyTable


def recommend(view: BlackjackView | Mapping[str, Any], strategy: Strategy = SIX_DECKS) -> str:
    """Return what the strategy does in the view of a seat whose turn it is.

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
    action = strategy(
        total,
        soft,
        VALUES[up],
        VALUES[cards[0]],
        "double" in offered,
        "split" in offered,
        "surrender" in offered,
    )
    # Split aces that may be split again offer no hit.
    return action if action in offered else "stand"


def strategy_tables(strategy: Strategy, basis: str) -> tuple[StrategyTable, ...]:
    """Return the charts for reading."""
    columns = tuple("A" if up == ACE else str(up) for up in COLUMNS)
    names = {
        "H": "hit",
        "S": "stand",
        "D": "double, else hit",
        "E": "double, else stand",
        "R": "surrender, else hit",
        "T": "surrender, else stand",
    }
    note = ", ".join(f"{code} {name}" for code, name in names.items())
    pairs_note = "P split, R surrender, else split, . play the total"
    return (
        StrategyTable(
            "Hard totals",
            columns,
            tuple(
                (str(total), tuple(row))
                for total, row in zip(HARD_TOTALS, strategy.hard, strict=True)
            ),
            f"{note}. {basis}",
        ),
        StrategyTable(
            "Soft totals",
            columns,
            tuple(
                (f"soft {total}", tuple(row))
                for total, row in zip(SOFT_TOTALS, strategy.soft, strict=True)
            ),
            f"{note}. {basis}",
        ),
        StrategyTable(
            "Pairs",
            columns,
            tuple(
                ("A-A" if value == ACE else f"{value}-{value}", tuple(row))
                for value, row in zip(PAIRS, strategy.pairs, strict=True)
            ),
            f"{pairs_note}. Never insure. {basis}",
        ),
    )
