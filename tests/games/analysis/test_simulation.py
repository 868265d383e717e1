"""Tests of `games.analysis.simulation`."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import pytest

from games.analysis import slot_run_law
from games.analysis.simulation import (
    CHUNK_ROUNDS,
    bet_for,
    chunks_of,
    merged,
    play_chunk,
    result_of,
)
from games.analysis.whole_law import whole_law
from games.blackjack import Blackjack
from games.catalogue import standard
from games.entropy import Draws
from games.game import AnyGame, BetReturn
from games.roulette import EuropeanRoulette
from games.roulette.game import RouletteRound
from protocol.errors import Refused

WHEEL = EuropeanRoulette()


def game_of(name: str) -> AnyGame:
    """Return a game that ships."""
    game = standard().current(name)
    assert game is not None
    return game


def simulated(game: AnyGame, name: str, rounds: int, seed: int = 1) -> Any:
    """Return the figures of a simulation."""
    exact = next(each for each in game.bet_returns() if each.bet == name)
    bet = bet_for(game, name)
    counts = merged(play_chunk(game, bet.bets, seed, *chunk) for chunk in chunks_of(rounds))
    return result_of(counts, bet.stake, exact, whole_law(game, exact))


@pytest.mark.parametrize(
    ("name", "bet", "rounds"),
    [
        ("roulette", "straight-17", 100_000),
        ("slot", "stake-20", 60_000),
        ("blackjack", "main", 20_000),
    ],
)
def test_near_the_exact_value(
    name: str, bet: str, rounds: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Live rules come within four standard errors of the exact return."""
    monkeypatch.setattr(slot_run_law, "_DIGITS", 10**7)  # a short law is found in no time
    found = simulated(game_of(name), bet, rounds)

    assert found.rounds == rounds
    assert abs(found.z) <= 4, found
    assert found.chi_square.p > 1e-4, found


def test_seeds_are_as_stated() -> None:
    """Anyone can play a round of a simulation again from its place alone."""
    bet = bet_for(WHEEL, "red", 100)
    place = (5).to_bytes(8, "big") + (3).to_bytes(8, "big")
    seeds = hashlib.shake_256(b"croupier/simulate/1" + place).digest(32 * 50)
    expected: Counter[tuple[int, int]] = Counter()
    for start in range(0, len(seeds), 32):
        state = WHEEL.open((bet.bets,), Draws(seeds[start : start + 32], (b"",)))
        expected[state.stakes[0], state.payouts[0] or 0] += 1

    assert play_chunk(WHEEL, bet.bets, 5, 3, 50) == expected


def test_chunks_cover_the_rounds() -> None:
    """Every round is in one chunk, and the first chunks are those of a shorter simulation."""
    long, short = chunks_of(3 * CHUNK_ROUNDS + 7), chunks_of(CHUNK_ROUNDS)

    assert sum(rounds for _, rounds in long) == 3 * CHUNK_ROUNDS + 7
    assert [index for index, _ in long] == [0, 1, 2, 3]
    assert long[:1] == short


def test_bets() -> None:
    """The stake is the one that the bet names, or the lowest that is taken."""
    assert bet_for(game_of("slot"), "stake-40").stake == 40
    assert bet_for(WHEEL, "red").stake == 10
    assert bet_for(WHEEL, "red", 500).stake == 500
    with pytest.raises(Refused):
        bet_for(game_of("slot"), "stake-40", 3)
    with pytest.raises(ValueError, match="mauve"):
        bet_for(WHEEL, "mauve")


def test_figures_from_counts() -> None:
    """Return, variance and hits count every stake, those of decisions too."""
    exact = BetReturn("x", Fraction(1), None, None)
    # Lost 100; lost 200 after a double; won 100; won 200 after a double.
    found = result_of({(100, 0): 4, (200, 0): 1, (100, 200): 3, (200, 400): 2}, 100, exact)

    assert found.mean == 1 + Fraction(-4 - 2 + 3 + 4, 10)
    assert found.variance == Fraction(4 + 4 + 3 + 8, 10) - Fraction(1, 100)
    assert found.hit_frequency == Fraction(1, 2)
    assert found.highest == 4
    assert found.chi_square is None
    assert found.z == pytest.approx(0.1 / (1.89 / 10) ** 0.5)


def test_figures_of_a_sure_thing() -> None:
    """Without any spread the return is right or wrong, not near."""
    sure = BetReturn("x", Fraction(1), Fraction(1), Fraction(0))

    assert result_of({(1, 1): 5}, 1, sure).z == 0
    assert result_of({(1, 2): 5}, 1, sure).z == float("inf")
    assert result_of({(1, 1): 5}, 1, BetReturn("x", None, None, None)).z is None
    with pytest.raises(ValueError, match="nothing was played"):
        result_of({}, 1, sure)


class Bent(EuropeanRoulette):
    """A wheel whose pocket 17 comes up half as often again."""

    def open(self, seats: Sequence[Any], draws: Draws) -> RouletteRound:
        """Let every second 16 be a 17."""
        state = super().open(seats, draws)
        stream = draws.copy()
        stream.below(37)
        if state.number == 16 and stream.below(2):
            return RouletteRound(state.stakes, (seats[0].bets[0].stake * 36,), 17, ())
        return state


def test_a_wrong_rule_is_found() -> None:
    """A pocket that comes too often is seen by z and by the whole law."""
    found = simulated(Bent(), "straight-17", 60_000)

    assert found.z > 5
    assert found.chi_square.p < 1e-6


class Careless(EuropeanRoulette):
    """A wheel that moves the stream it was given."""

    def open(self, seats: Sequence[Any], draws: Draws) -> RouletteRound:
        """Draw without a copy."""
        draws.below(37)
        return super().open(seats, draws)


def test_a_game_must_copy_its_stream() -> None:
    """A game that moves the stream would not replay; the simulation says so."""
    with pytest.raises(AssertionError, match="not copied"):
        play_chunk(Careless(), bet_for(WHEEL, "red").bets, 1, 0, 10)


class Endless(Blackjack):
    """A game whose strategy gets nowhere."""

    def decide(self, state: Any, seat: int, decision: Any) -> Any:
        """Change nothing."""
        return state


def test_a_round_that_does_not_end() -> None:
    """Is told instead of hanging."""
    with pytest.raises(RuntimeError, match="does not end"):
        play_chunk(Endless(), bet_for(Endless(), "main").bets, 1, 0, 20)
