"""Observed rounds against the exact law of a bet: the mean by z, the whole law by chi-square."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from fractions import Fraction

from games.game import AnyGame, BetReturn
from tests.games.scripts import chi_square, chi_square_limit, seeded

LEAST_EXPECTED = 10
"""Outcomes that are rarer than this are counted together."""


def z_of(entry: BetReturn, results: Counter[Fraction]) -> float:
    """Return by how many standard errors the mean net result is off."""
    assert entry.expected is not None
    assert entry.variance is not None
    number = results.total()
    mean = sum(float(result) * count for result, count in results.items()) / number
    error: float = (float(entry.variance) / number) ** 0.5
    return (mean - float(entry.expected - 1)) / error


def statistic_of(entry: BetReturn, results: Counter[Fraction]) -> tuple[float, float]:
    """Return chi-square of the net results, and its limit at four standard deviations."""
    assert entry.law is not None
    assert results.keys() <= dict(entry.law).keys(), entry.bet
    number = results.total()
    classes = [(results[result], float(chance) * number) for result, chance in entry.law]
    common = [pair for pair in classes if pair[1] >= LEAST_EXPECTED]
    rare = [pair for pair in classes if pair[1] < LEAST_EXPECTED]
    if rare:
        common.append((sum(seen for seen, _ in rare), sum(mean for _, mean in rare)))
    observed, expected = zip(*common, strict=True)
    return chi_square(observed, expected), chi_square_limit(len(common) - 1)


def check(entry: BetReturn, results: Counter[Fraction]) -> None:
    """Fail unless the net results, per unit of initial stake, are as the exact law has them."""
    statistic, limit = statistic_of(entry, results)

    assert abs(z_of(entry, results)) <= 4, entry.bet
    assert statistic < limit, entry.bet


def fits(entry: BetReturn, results: Counter[Fraction]) -> bool:
    """Say whether `check` would pass."""
    try:
        check(entry, results)
    except AssertionError:
        return False
    return True


def check_moments(entry: BetReturn) -> None:
    """Fail unless the figures of a bet agree with its law."""
    assert entry.law is not None
    results = [result for result, _ in entry.law]
    mean = sum((result * chance for result, chance in entry.law), Fraction(0))
    square = sum((result**2 * chance for result, chance in entry.law), Fraction(0))

    assert results == sorted(set(results))
    assert sum(chance for _, chance in entry.law) == 1
    assert all(chance > 0 for _, chance in entry.law)
    assert entry.expected == 1 + mean
    assert entry.variance == square - mean**2
    assert entry.hit_frequency == sum(chance for result, chance in entry.law if result > -1)
    assert (entry.highest_award, entry.highest_award_probability) == (
        1 + results[-1],
        entry.law[-1][1],
    )


def instant_results(
    game: AnyGame, bets: Iterable[str], rounds: int, stake: int, name: str
) -> dict[str, Counter[Fraction]]:
    """Return the net results of each bet over rounds of an instant game that take all at once."""
    names = list(bets)
    chips = [game.sample(bet, stake).bets[0] for bet in names]
    body = type(game.sample(names[0], stake))(tuple(chips))
    wins: Counter[tuple[str, int]] = Counter()
    for draws in seeded(name, rounds):
        wins.update([(win.bet, win.payout) for win in game.open([body], draws).wins])
    results: dict[str, Counter[Fraction]] = {bet: Counter() for bet in names}
    for (bet, payout), count in wins.items():
        results[bet][Fraction(payout - stake, stake)] += count
    for counts in results.values():
        counts[Fraction(-1)] += rounds - counts.total()
    return {bet: +counts for bet, counts in results.items()}
