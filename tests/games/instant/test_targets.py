"""Tests of games.instant.targets: names of targets, and what crash and limbo share."""

from __future__ import annotations

from fractions import Fraction

import pytest

from games.instant import Crash, Limbo
from games.instant.multiplier import RANGE
from games.instant.targets import PRESETS, TargetGame, target_of

GAMES = (Crash(), Limbo())
both = pytest.mark.parametrize("game", GAMES, ids=lambda game: game.name)


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("1.01", 101),
        ("2.00", 200),
        ("1000000.00", 100_000_000),
        ("2", None),
        ("2.0", None),
        ("2.000", None),
        ("02.00", None),
        ("0.50", None),
        ("-2.00", None),
        ("+2.00", None),
        ("2,00", None),
        ("2.00 ", None),
        ("2.00\n", None),
        ("\u0662.00", None),
        ("1e3.00", None),
        ("", None),
    ],
)
def test_targets_are_read_one_way_only(text: str, target: int | None) -> None:
    """Two decimals and no other form, so that one bet has one name."""
    assert target_of(text) == target


@both
def test_bounds_of_a_target(game: TargetGame) -> None:
    """From 1.01 to the game's maximum."""
    highest = game.maximum // 100

    assert game.knows(f"{game.prefix}1.01")
    assert game.knows(f"{game.prefix}{highest}.00")
    for bet in ("1.00", f"{highest}.01", f"{highest * 10}.00", "999999999.99"):
        assert not game.knows(f"{game.prefix}{bet}")
    for bet in ("2.00", f"x{game.prefix}2.00", game.prefix, "", f"{game.prefix}{game.prefix}2.00"):
        assert not game.knows(bet)


@both
def test_a_bet_wins_at_its_target_and_above(game: TargetGame) -> None:
    """It is paid its target, however far the multiplier goes."""
    bet = f"{game.prefix}2.00"

    assert [game.multiplier(bet, outcome) for outcome in (100, 199, 200, 201, game.maximum)] == [
        0,
        0,
        200,
        200,
        200,
    ]


@both
def test_presets_and_any_other_target_are_exact(game: TargetGame) -> None:
    """The return of target m is m times the winning values over 2^52: the least below 99 %."""
    targets = [*(each for each in PRESETS if each <= game.maximum), 137, 12_345, 999_999]
    for target in targets:
        entry = game.bet_return(f"{game.prefix}{target // 100}.{target % 100:02}")
        wins = 99 * RANGE // target

        assert entry.expected == Fraction(target, 100) * Fraction(wins, RANGE)
        assert entry.hit_frequency == entry.highest_award_probability == Fraction(wins, RANGE)
        assert entry.highest_award == Fraction(target, 100)
        assert entry.law == (
            (Fraction(-1), 1 - Fraction(wins, RANGE)),
            (Fraction(target, 100) - 1, Fraction(wins, RANGE)),
        )
        assert 0 <= Fraction(99, 100) - entry.expected < Fraction(target, 100 * RANGE)


@both
def test_every_preset_is_offered_up_to_the_maximum(game: TargetGame) -> None:
    """The description lists them in order, the maximum last."""
    targets = [game.target(choice.bet) for choice in game.describe().choices]

    assert targets == [*(each for each in PRESETS if each < game.maximum), game.maximum]


@pytest.mark.parametrize("kind", [Crash, Limbo])
def test_a_return_of_one_is_fair_but_for_the_range(kind: type[Crash | Limbo]) -> None:
    """At 100 % no target returns more than the stake."""
    for entry in kind(Fraction(1)).bet_returns():
        assert entry.expected is not None
        assert 1 - Fraction(1_000_000, RANGE) < entry.expected <= 1
