"""The machine that ships: its figures, and play against them."""

from __future__ import annotations

import math
from collections import Counter
from fractions import Fraction

import pytest

from games.analysis.slots import SlotMathematics, mathematics
from games.slots.engine import SlotBets
from games.slots.rounds import SlotRound
from tests.games.scripts import chi_square, chi_square_limit, seeded
from tests.games.slots.machines import shipped

SLOT = shipped()
SPINS = 150_000


@pytest.fixture(scope="module")
def figures() -> SlotMathematics:
    """The exact mathematics."""
    return mathematics(SLOT.machine)


@pytest.fixture(scope="module")
def rounds() -> list[SlotRound]:
    """Rounds played by the functions that play live; the same ones in every run."""
    bets = [SlotBets(20)]
    return [SLOT.open(bets, draws) for draws in seeded("moth and moon", SPINS)]


def z_score(seen: float, mean: Fraction, variance: Fraction) -> float:
    """Return how many standard errors a mean over all rounds is off."""
    return (seen - float(mean)) / math.sqrt(variance / SPINS)


def test_figures_are_those_of_the_sheet(figures: SlotMathematics) -> None:
    """A change of any strip, line or pay shows here; a changed machine is a new version (B10)."""
    assert SLOT.machine.reels.values == (37, 38, 39, 40, 42)
    assert len(SLOT.machine.lines) == 20
    assert figures.cycle == 92_121_120
    assert f"{float(figures.expected):.10f}" == "0.9541096953"
    assert f"{float(figures.line_return):.10f}" == "0.6535911635"
    assert f"{float(figures.scatter_return):.10f}" == "0.0552660888"
    assert f"{float(figures.hit_frequency):.10f}" == "0.3066165283"
    assert f"{math.sqrt(figures.variance):.8f}" == "4.35989135"


def test_mean_payout(rounds: list[SlotRound], figures: SlotMathematics) -> None:
    """The mean of played rounds is within three standard errors of the exact return."""
    mean = sum(state.payouts[0] or 0 for state in rounds) / 20 / SPINS

    assert abs(z_score(mean, figures.expected, figures.variance)) <= 3


def test_hit_frequency(rounds: list[SlotRound], figures: SlotMathematics) -> None:
    """So is the share of rounds that pay anything."""
    hits = sum(bool(state.payouts[0]) for state in rounds) / SPINS
    share = figures.hit_frequency

    assert abs(z_score(hits, share, share * (1 - share))) <= 3


def test_free_games(rounds: list[SlotRound], figures: SlotMathematics) -> None:
    """So is the share of rounds with free games, and their number in those."""
    played = [len(state.free_games) for state in rounds if state.free_games]
    share = figures.trigger_frequency
    mean = sum(played) / len(played)
    spread = sum((count - mean) ** 2 for count in played) / len(played)

    assert abs(z_score(len(played) / SPINS, share, share * (1 - share))) <= 3
    assert abs(mean - figures.free_games_played) <= 3 * math.sqrt(spread / len(played))
    assert max(played) <= 50


def test_stops_are_uniform(rounds: list[SlotRound]) -> None:
    """Every stop of every reel comes equally often, paid spins and free games alike (A12)."""
    spins = [spin for state in rounds for spin in (state.spin, *state.free_games)]
    for reel, values in enumerate(SLOT.machine.reels.values):
        counts = Counter(spin.stops[reel] for spin in spins)
        expected = [len(spins) / values] * values

        observed = [counts[stop] for stop in range(values)]
        assert chi_square(observed, expected) < chi_square_limit(values - 1)


def test_neighbouring_reels_are_independent(rounds: list[SlotRound]) -> None:
    """No stop of a reel favours one of the next (A9)."""
    for reel in range(4):
        first, second = SLOT.machine.reels.values[reel : reel + 2]
        counts = Counter(state.spin.stops[reel : reel + 2] for state in rounds)
        expected = [SPINS / first / second] * (first * second)

        observed = [counts[one, other] for one in range(first) for other in range(second)]
        assert chi_square(observed, expected) < chi_square_limit(first * second - 1)


def test_every_cell_of_the_pay_table_comes_as_often_as_counted(
    rounds: list[SlotRound], figures: SlotMathematics
) -> None:
    """The whole distribution of line 1, rare cells merged into one, tail included."""
    seen = Counter(
        (hit.symbol, hit.run)
        for state in rounds
        for hit in state.spin.hits
        if getattr(hit, "line", 0) == 1
    )
    expected: list[float] = []
    observed: list[int] = []
    rare, rare_seen = 0.0, 0
    for cell in figures.line_cells:
        mean = SPINS * cell.ways / figures.cycle
        if mean < 10:
            rare += mean
            rare_seen += seen[cell.pay, cell.run]
        else:
            expected.append(mean)
            observed.append(seen[cell.pay, cell.run])
    expected += [rare, SPINS - sum(expected) - rare]
    observed += [rare_seen, SPINS - sum(observed) - rare_seen]

    assert chi_square(observed, expected) < chi_square_limit(len(expected) - 1)
