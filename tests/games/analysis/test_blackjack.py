"""Tests of games.analysis.blackjack: charts and figures computed again."""

from __future__ import annotations

from fractions import Fraction

import msgspec
import pytest

from games.analysis.blackjack import best_chart, figures_of, split_law
from games.blackjack.charts import COLUMNS, Strategy
from games.blackjack.figures import FIGURES, SCALE
from games.blackjack.finite_shoe import chance_of_patterns, finite_return
from games.blackjack.infinite_deck import UNIT
from games.blackjack.options import STANDARD
from games.blackjack.variants import BLACKJACK, SINGLE_DECK, SURRENDER, VARIANTS, Variant

every_variant = pytest.mark.parametrize("variant", VARIANTS, ids=lambda variant: variant.name)

SETTLED_EXACTLY = {
    SINGLE_DECK.name: ("pairs", 1, 3),
    SURRENDER.name: ("soft", 1, 5),
}
"""Cells of charts that the exact return of the shoe decides: (part, row's index, up-card)."""


def with_code(chart: Strategy, part: str, row: int, up: int, code: str) -> Strategy:
    """Return the chart with another code in one cell."""
    rows = list(getattr(chart, part))
    place = COLUMNS.index(up)
    rows[row] = rows[row][:place] + code + rows[row][place + 1 :]
    return msgspec.structs.replace(chart, **{part: tuple(rows)})


@pytest.mark.math
@every_variant
def test_every_cell_of_every_chart_is_the_best(variant: Variant) -> None:
    """The charts are what is computed, but for two cells that the exact return decides."""
    found = best_chart(variant.rules)
    if variant.name in SETTLED_EXACTLY:
        part, row, up = SETTLED_EXACTLY[variant.name]
        code = getattr(variant.strategy, part)[row][COLUMNS.index(up)]
        assert getattr(found, part)[row][COLUMNS.index(up)] != code
        exact = finite_return(up, variant.rules, variant.strategy).expected_net
        other = finite_return(up, variant.rules, found).expected_net
        assert 0 < exact - other < Fraction(1, 200_000)
        found = with_code(found, part, row, up, code)

    assert found == variant.strategy


def test_every_cell_of_the_chart_for_six_decks_is_the_best() -> None:
    """The chart of the game named `blackjack` is what is computed."""
    assert best_chart(BLACKJACK.rules) == BLACKJACK.strategy


@pytest.mark.parametrize(
    ("part", "row", "up", "code"),
    [
        ("soft", 5, 2, "D"),
        ("soft", 6, 2, "E"),
        ("soft", 6, 1, "S"),
        ("soft", 3, 4, "H"),
        ("pairs", 2, 8, "P"),
        ("pairs", 2, 2, "."),
        ("pairs", 3, 5, "."),
        ("pairs", 8, 1, "P"),
        ("hard", 8, 4, "H"),
        ("hard", 12, 10, "S"),
    ],
)
@pytest.mark.math
def test_no_close_cell_could_be_better(part: str, row: int, up: int, code: str) -> None:
    """Another action in a close cell returns less from six decks, exactly."""
    chart = BLACKJACK.strategy
    other = with_code(chart, part, row, up, code)

    assert other != chart
    assert (
        finite_return(up, STANDARD, other).expected_net
        < finite_return(up, STANDARD, chart).expected_net
    )


def test_a_split_law_keeps_what_is_exact() -> None:
    """Its weight is the chance of a split, its mean the exact one; the tilt was small."""
    up = 6
    exact = finite_return(up).split_net
    found = split_law(up, STANDARD, BLACKJACK.strategy, exact)
    chance = sum(chance_of_patterns(up).values())

    assert sum(found.law.values()) == pytest.approx(float(chance), rel=1e-12)
    mean = sum(weight * won for (won, _), weight in found.law.items()) / UNIT
    assert mean == pytest.approx(float(exact), rel=1e-9)
    assert abs(found.tilt) < 1e-5


@pytest.mark.math
@pytest.mark.parametrize("name", FIGURES)
def test_the_figures_are_current(name: str) -> None:
    """Edge and law are what the computation gives, the rounding of the last digits aside."""
    variant = next(each for each in VARIANTS if each.name == name)
    found, distance = figures_of(variant.rules, variant.strategy)
    kept = FIGURES[name]

    assert found.edge == kept.edge
    assert distance < 1e-4
    assert [won for won, _ in found.law] == [won for won, _ in kept.law]
    pairs = [(scaled, other) for (_, scaled), (_, other) in zip(found.law, kept.law, strict=True)]
    pairs += [
        (found.hit_frequency, kept.hit_frequency),
        (found.highest_award_probability, kept.highest_award_probability),
    ]
    assert all(abs(one - other) < SCALE // 10**12 for one, other in pairs)
    assert found.highest_award == kept.highest_award
