"""Tests of dependence, by hand and on series made dependent."""

from __future__ import annotations

import pytest

from games.analysis.randomness.correlation import (
    interplay_correlation,
    serial_correlation,
    spectral,
    standardised,
)
from games.analysis.randomness.sequences import Series
from tests.games.analysis.randomness.biased import fair


def test_values_are_standardised() -> None:
    """A die has the mean 2.5 and the variance 35/12, counted from 0."""
    assert standardised(Series([0, 5], 6)) == pytest.approx(
        [-2.5 / (35 / 12) ** 0.5, 2.5 / (35 / 12) ** 0.5]
    )


def test_serial_correlation_by_hand() -> None:
    """A coin that alternates 100 times: each lag k gives (100 - k)² / (100 - k)."""
    found = serial_correlation(Series([0, 1] * 50, 2))

    assert found is not None
    assert found.statistic == pytest.approx(99 + 98 + 97 + 96 + 95)
    assert found.freedom == 5
    assert found.p_value < 1e-9


def test_interplay_by_hand() -> None:
    """Two coins that agree in 60 of 100 rounds: (60 - 40)² / 100 = 4 with one degree of freedom."""
    one = [0, 1] * 50
    other = [*one[:60], *(1 - value for value in one[60:])]
    found = interplay_correlation([Series(one, 2), Series(other, 2)])

    assert found is not None
    assert found.statistic == pytest.approx(4)
    assert found.freedom == 1
    assert found.p_value == pytest.approx(0.0455, abs=5e-5)


def test_interplay_of_one_draw_is_none() -> None:
    """A wheel's single draw has nothing to depend on."""
    assert interplay_correlation([Series([0, 1] * 50, 2)]) is None
    assert interplay_correlation([]) is None


def test_spectral_sees_a_rhythm() -> None:
    """Fair outcomes pass; with 15 of 16 from a rhythm of three they do not."""
    values = fair(37, 5_000)
    rhythmic = [
        (0, 35, 20)[index % 3] if index % 16 else value for index, value in enumerate(values)
    ]
    even, odd = spectral(Series(values, 37)), spectral(Series(rhythmic, 37))

    assert even is not None
    assert odd is not None
    assert even.observations == 4_096
    assert even.p_value > 0.01
    assert odd.p_value < 1e-6


@pytest.mark.parametrize("test", [serial_correlation, spectral])
def test_short_series_say_nothing(test: object) -> None:
    """A test that cannot be relied on gives no p-value."""
    assert callable(test)
    assert test(Series([0, 1] * 20, 2)) is None
