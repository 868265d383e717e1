"""The words about craps that players read."""

from __future__ import annotations

from games.craps.bets import HARD_PAYS, MULTIPLES, PLACE_PAYS
from games.craps.help import CHOICES, HELP, PAYTABLE
from games.craps.mathematics import bet_returns


def test_every_bet_is_offered_with_its_pay() -> None:
    """A choice for each bet, its pay as the rules have it."""
    pays = {choice.bet: choice.pays for choice in CHOICES}

    assert list(pays) == list(MULTIPLES)
    for number, (won, unit) in PLACE_PAYS.items():
        assert pays[f"place-{number}"] == f"{won} to {unit}"
    for number, won in HARD_PAYS.items():
        assert pays[f"hard-{number}"] == f"{won} to 1"
    assert len({choice.label for choice in CHOICES}) == len(CHOICES)


def test_the_help_states_every_edge() -> None:
    """As percent, with the digits that are shown rounded right."""
    for entry in bet_returns():
        edge = f"{float(100 * (1 - (entry.expected or 0))):.4f}"
        assert f"{edge} %" in HELP or f"{edge.rstrip('0').rstrip('.')} %" in HELP, entry.bet


def test_the_pay_table_names_every_kind_of_bet() -> None:
    """Line bets, odds both ways, place, hardways, and each bet of one roll."""
    text = " ".join(combination for combination, _ in PAYTABLE)

    for word in ("Pass", "come", "Odds taken", "Odds laid", "Place", "Hard", "Field"):
        assert word in text
    for word in ("Any seven", "Any craps", "two", "three", "eleven", "twelve"):
        assert word in text
