"""The plots of a PAR page."""

from __future__ import annotations

import re

import msgspec

from games.analysis.par import ParBet, ParReturn, par_document
from games.roulette import EuropeanRoulette
from server.cli.games.plots import HEIGHT, WIDTH, funnel, payout_law

BET = par_document(EuropeanRoulette()).bets[0]


def numbers(svg: str, name: str) -> list[float]:
    """Return every value of an attribute."""
    return [float(value) for value in re.findall(rf' {name}="(-?[\d.]+)"', svg)]


def test_the_law_has_a_bar_for_each_result() -> None:
    """A straight has two results, one bar each, the likelier one higher."""
    svg = payout_law(BET)

    assert svg.count("<rect") == 2
    lost, won = numbers(svg, "height")
    assert lost > won > 0
    assert ">-1</text>" in svg
    assert ">35</text>" in svg


def test_a_long_law_is_drawn_by_bands() -> None:
    """Without a list of outcomes the bands are drawn, and nothing where nothing is known."""
    banded = msgspec.structs.replace(BET, law=None)

    assert payout_law(banded).count("<rect") == len(BET.bands) == 2
    assert payout_law(msgspec.structs.replace(banded, bands=())) == ""


def test_the_funnel_narrows_around_the_return() -> None:
    """At 1.65 SD / sqrt(N) on either side; all of it within the picture."""
    svg = funnel(BET)
    (points,) = re.findall(r'points="([^"]+)"', svg)
    pairs = [tuple(map(float, point.split(","))) for point in points.split()]
    widths = [low[1] - high[1] for high, low in zip(pairs, reversed(pairs), strict=True)]
    half = len(pairs) // 2

    assert all(0 <= x <= WIDTH and 0 <= y <= HEIGHT for x, y in pairs)
    assert widths[:half] == sorted(widths[:half], reverse=True)
    assert abs(widths[0] / widths[12] - 10**0.5) < 0.02  # twelve steps are a decade
    assert 'class="even"' in svg  # the line at 100 %


def test_no_funnel_without_a_deviation() -> None:
    """A bet of which no deviation is known has no funnel."""
    unknown = ParBet("x", ParReturn(None, "0.9"), None, None, "")

    assert funnel(unknown) == ""


def test_a_sure_thing_can_be_drawn() -> None:
    """A deviation of zero is no division by zero."""
    sure = ParBet("x", ParReturn("1/1", "1.0"), "1.0", "0.0", "")

    assert "<svg" in funnel(sure)
