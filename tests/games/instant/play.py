"""Rounds of instant games for tests: many of them, and whether their payouts follow a law."""

from __future__ import annotations

import math
from collections import Counter
from fractions import Fraction

from games.entropy import Draws
from games.game import AnyGame, BetReturn
from tests.games.scripts import chi_square, chi_square_limit, seeded

STAKE = 10_000
"""At this stake no payout is rounded."""


def play(game: AnyGame, bet: str, draws: Draws, stake: int = STAKE) -> int:
    """Play one round with the live rules and the stated strategy; return its payout."""
    state = game.open([game.sample(bet, stake)], draws)
    while not state.finished:
        decision = game.advise(game.view(state, 0))
        assert game.price(state, 0, decision) == 0
        state = game.decide(state, 0, decision)
    payout: int = state.payouts[0]
    return payout


def payouts(game: AnyGame, bet: str, number: int) -> Counter[int]:
    """Play that many rounds; return how often each payout came."""
    streams = seeded(f"{game.name} {bet} follows its law", number)
    return Counter(play(game, bet, draws) for draws in streams)


def deviation(entry: BetReturn, counts: Counter[int]) -> float:
    """Return z of the mean payout against the exact one."""
    assert entry.expected is not None
    assert entry.variance is not None
    number = sum(counts.values())
    mean = Fraction(sum(payout * times for payout, times in counts.items()), number * STAKE)
    return float(mean - entry.expected) / math.sqrt(entry.variance / number)


def misfit(entry: BetReturn, counts: Counter[int]) -> float:
    """Return chi-square of all payouts over the limit it may have; rare payouts are pooled.

    Infinite if a payout came that the law does not know.
    """
    assert entry.law is not None
    number = sum(counts.values())
    law = {int((net + 1) * STAKE): float(chance) * number for net, chance in entry.law}
    if counts.keys() - law.keys():
        return float("inf")
    common = [payout for payout, expected in law.items() if expected >= 10]
    observed = [counts[payout] for payout in common]
    expected = [law[payout] for payout in common]
    if number - sum(expected) >= 5:
        observed.append(number - sum(observed))
        expected.append(number - sum(expected))
    if len(expected) < 2:
        return 0.0  # too rare an award for so few rounds
    return chi_square(observed, expected) / chi_square_limit(len(expected) - 1)


def follows_its_law(game: AnyGame, entry: BetReturn, number: int) -> bool:
    """Say whether that many rounds keep |z| at 4 or less and pass chi-square."""
    counts = payouts(game, entry.bet, number)
    z, fit = deviation(entry, counts), misfit(entry, counts)
    told = f"{game.name} {entry.bet}: z = {z:.2f}, chi-square at {fit:.2f} of its limit"
    print(told)  # noqa: T201 - a failing test shows it
    return abs(z) <= 4 and fit <= 1
