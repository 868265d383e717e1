"""Series, what they are brought to, and how counts become p-values."""

from __future__ import annotations

import pytest

from games.analysis.randomness.sequences import Series, compared, fitted, normal, reduced


def test_neighbours_are_joined() -> None:
    """Eleven values on three symbols: three to a symbol, the two highest left out."""
    series = reduced(Series(range(11), 11), 3)

    assert series == Series([0, 0, 0, 1, 1, 1, 2, 2, 2], 3)


def test_small_series_stay() -> None:
    """Nothing is joined where there are few enough; a single symbol is no series."""
    series = Series([0, 5, 2], 6)

    assert reduced(series, 6) is series
    with pytest.raises(ValueError, match="2 symbols"):
        reduced(series, 1)


def test_counts_are_compared() -> None:
    """By hand: 8 and 12 of 10 each give 0.8 with one degree of freedom, exceeded by 37.1 %."""
    found = compared("coin", [8, 12], [10, 10])

    assert found is not None
    assert found.statistic == pytest.approx(0.8)
    assert (found.freedom, found.observations) == (1, 20)
    assert found.p_value == pytest.approx(0.371, abs=5e-4)


def test_too_few_cells_are_not_compared() -> None:
    """Where joining leaves one cell there is nothing to say."""
    assert compared("coin", [8, 7], [7.5, 7.5]) is None


def test_too_good_is_suspect() -> None:
    """Twenty counts exactly as expected are too even; two are often so by chance."""
    even = compared("wheel", [50] * 20, [50.0] * 20)
    coin = compared("coin", [50, 50], [50.0, 50.0])

    assert even is not None
    assert coin is not None
    assert even.p_value < 1e-9
    assert coin.p_value == 1
    assert fitted("wheel", 0.0, 5, 100).p_value == 0


def test_normal_counts_both_ends() -> None:
    """1.96 standard deviations either way leave 5 %."""
    assert normal("z", 1.959964, 1).p_value == pytest.approx(0.05, abs=1e-6)
    assert normal("z", -1.959964, 1).p_value == pytest.approx(0.05, abs=1e-6)
