"""The command line of the whole measurement."""

from __future__ import annotations

import pytest

from bench.__main__ import _counts, bench
from bench.errors import BenchError


def test_numbers_of_players_are_read() -> None:
    """Each number once, in the order given."""
    assert _counts("64, 500,64") == [64, 500]


@pytest.mark.parametrize("text", ["", "64,", "0", "-1", "many", "20001"])
def test_other_numbers_are_refused(text: str) -> None:
    """Before anything is started."""
    with pytest.raises(BenchError, match="--players takes numbers"):
        bench(players=text)


def test_bounds_are_told() -> None:
    """A run of no time measures nothing."""
    with pytest.raises(BenchError, match="--seconds takes 1 to 3600"):
        bench(seconds=0.5)
    with pytest.raises(BenchError, match="--pool takes 1 to 90"):
        bench(pool=500)
    with pytest.raises(BenchError, match="--turns takes 1 to 100"):
        bench(turns=0)
