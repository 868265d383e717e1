"""The machine in words."""

from __future__ import annotations

from fractions import Fraction

from games.analysis.slots import top_pay
from games.slots import rulebook
from tests.games.slots.machines import machine, shipped

ODDS = Fraction(1, 1000)


def test_help_has_every_rule() -> None:
    """Lines, wild, scatter, free games with their cap, and odds (B3, B4)."""
    text = rulebook.help_text(shipped().machine, 5000, Fraction(4, 92_121_120))

    for section in ("## Lines", "## Wild", "## Scatter", "## Free games", "## Odds"):
        assert section in text
    assert "20 lines" in text
    assert "\n4. 1 2 3 2 1\n" in text
    assert "3 scatters 10, 4 scatters 15, 5 scatters 20" in text
    assert "multiplied by 2" in text
    assert "at most 50" in text
    assert "once in\n23,030,280 spins" in text


def test_help_leaves_out_what_the_machine_has_not() -> None:
    """No word about wilds, scatters or free games where there are none."""
    text = rulebook.help_text(machine("classic_sevens"), 1000, ODDS)

    for section in ("## Wild", "## Scatter", "## Free games"):
        assert section not in text


def test_help_tells_how_free_games_differ() -> None:
    """Own strips and own retrigger awards are said."""
    tiny = rulebook.help_text(machine("tiny"), 7, ODDS)
    none = rulebook.help_text(
        machine("tiny", ("retrigger_awards = { 2 = 1, 3 = 2 }", "retrigger_awards = {}")), 7, ODDS
    )

    assert "more can be won: 2 scatters 1, 3 or more scatters 2" in tiny
    assert "reels of their own" in tiny
    assert "can be won" not in none


def test_pay_table_has_every_cell() -> None:
    """Every pay of lines, scatters and free games is a row, and no row is impossible."""
    rows = dict(rulebook.pay_table(shipped().machine))
    expected = sum(
        len({amount for amount in pay.amounts if amount}) for pay in shipped().machine.pays
    )

    assert len(rows) == expected + 3 + 3
    assert rows["Full moon x 5"] == "5,000 times the line bet"
    assert rows["Lamp x 5"] == "100 times the stake"
    assert rows["4 scatters"] == "15 lamplit flights"
    assert not any(" x 2" in row or " x 6" in row for row in rows)


def test_a_count_above_the_last_is_told() -> None:
    """Where more scatters can be seen than the table lists, the last row says so."""
    rows = dict(rulebook.pay_table(machine("tiny")))

    assert rows["Star x 3 or more"] == "5 times the stake"
    assert rows["Apple x 2"] == "1 times the line bet"


def test_awards_that_last_over_counts_are_told() -> None:
    """Where more scatters win as many free games as fewer do, help and table say so."""
    awards = ("\nawards = { 3 = 1 }", "\nawards = { 1 = 1, 3 = 2 }")
    rows = dict(rulebook.pay_table(machine("tiny", awards)))
    crown = rulebook.help_text(shipped("winter-crown").machine, 2500, ODDS)

    assert rows["1 to 2 scatters"] == "1 free games"
    assert rows["3 or more scatters"] == "2 free games"
    assert "While they last, more can be won: 3 or more scatters 4." in crown


def test_a_pay_for_longer_runs_is_told() -> None:
    """A run longer than the table lists pays what the longest listed one does."""
    rows = dict(rulebook.pay_table(machine("tiny", ("a = { 2 = 1, 3 = 7 }", "a = { 2 = 7 }"))))

    assert rows["Apple x 2 or more"] == "7 times the line bet"


def test_a_wild_multiplies_its_own_row() -> None:
    """The help says what a row of multiplying wilds comes to, since the table has it without."""
    slot = shipped("copper-bell")
    text = rulebook.help_text(slot.machine, *top_pay(slot.machine))

    assert "That goes for its own row of the table, too: 3 of it pay 8,000 line bets." in text
    assert "The highest pay of a line, 8,000 line bets" in text
