"""Simulations of a bet with the very functions that play live.

A simulation is its bet and its seed: rounds come in chunks of fixed length, each with seeds of its
own, so whoever plays the chunks, and in what order, the counts are the same:

    seeds of chunk k = SHAKE-256("croupier/simulate/1" || u64 seed || u64 k), 32 bytes a round

A round's client seed is empty. Nothing is summed in floating point: a chunk counts how often each
(stake, payout) came, and everything else follows from the counts.
"""

from __future__ import annotations

import hashlib
import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from typing import Any, Final, NamedTuple

import msgspec

from games.analysis.chi_square import ChiSquare, Tail, chi_square
from games.analysis.payout_law import PayoutLaw
from games.entropy import SEED_BYTES, Draws
from games.game import AnyGame, BetReturn, StakeForm, StakeLimits
from protocol.errors import Refused
from protocol.messages.common import MAXIMUM_INTEGER

CHUNK_ROUNDS: Final = 20_000
_LABEL: Final = b"croupier/simulate/1"
_MOST_DECISIONS: Final = 10_000
"""A round with more is taken for one that never ends."""
_NO_LIMITS: Final = StakeLimits(1, MAXIMUM_INTEGER)

Counts = Counter[tuple[int, int]]
"""How often each (total stake, payout) came, in minor units."""


class _Stream(Draws):
    """A draw stream that begins again under another seed: cheaper than a new one each round."""

    __slots__ = ()

    def begin(self, seed: bytes) -> None:
        """Start over. Whoever plays copies the stream, so it stands at its start all the time."""
        self._seed = seed


class Bet(NamedTuple):
    """What every round of a simulation stakes."""

    name: str
    """One of `bet_returns()`."""
    bets: Any
    stake: int
    """The initial stake in minor units."""


class Result(NamedTuple):
    """Figures of a simulation, per unit of initial stake; net results count all stakes."""

    rounds: int
    mean: Fraction
    """Return: 1 and the mean net result."""
    variance: Fraction
    hit_frequency: Fraction
    highest: Fraction
    """The highest payout."""
    expected: Fraction | None
    z: float | None
    """(mean - expected) / (SD / sqrt(rounds)), by the exact SD where that is known."""
    chi_square: ChiSquare | None
    """Of the net result, where its whole law is known."""


def bet_for(game: AnyGame, name: str, stake: int | None = None) -> Bet:
    """Return bets on one bet of `bet_returns()`. Raises ValueError, or Refused for the stake.

    Without a stake it is the one that the bet names (`stake-20`), or else the lowest that the game
    offers and takes.
    """
    named = name.removeprefix("stake-")
    offered = list(game.describe().stakes)
    if stake is not None:
        offered = [stake]
    elif name.startswith("stake-") and named.isdecimal():
        offered = [int(named)]
    reason: Exception = ValueError(f"{game.name} offers no stake")
    for amount in offered:
        try:
            bets = _sample(game, name, amount)
            return Bet(name, bets, game.stake(bets, _NO_LIMITS))
        except (Refused, ValueError) as error:
            reason = error
    raise reason


def _sample(game: AnyGame, name: str, stake: int) -> Any:
    try:
        return game.sample(name, stake)
    except NotImplementedError:
        body: dict[str, Any] = {"stake": stake}
        if game.describe().stake_form is StakeForm.LIST:
            body = {"bets": [{"bet": name, "stake": stake}]}
        return msgspec.convert(body, game.bets_type)


def chunks_of(rounds: int) -> list[tuple[int, int]]:
    """Return (chunk, its rounds) for a simulation."""
    return [
        (index, min(CHUNK_ROUNDS, rounds - start))
        for index, start in enumerate(range(0, rounds, CHUNK_ROUNDS))
    ]


def play_chunk(game: AnyGame, bets: Any, seed: int, chunk: int, rounds: int) -> Counts:
    """Play one chunk of a simulation, at most `CHUNK_ROUNDS` rounds of it."""
    place = seed.to_bytes(8, "big") + chunk.to_bytes(8, "big")
    seeds = hashlib.shake_256(_LABEL + place).digest(SEED_BYTES * rounds)
    draws = _Stream(seeds[:SEED_BYTES], (b"",))
    seats = (bets,)
    counts: Counts = Counter()
    opened, begin = game.open, draws.begin
    finish = _finisher(game)
    for start in range(0, SEED_BYTES * rounds, SEED_BYTES):
        begin(seeds[start : start + SEED_BYTES])
        state = opened(seats, draws)
        if not state.finished:
            state = finish(state)
        counts[state.stakes[0], state.payouts[0]] += 1
    assert draws.words_used == 0, f"{game.name} draws from a stream that it has not copied"
    return counts


def _finisher(game: AnyGame) -> Callable[[Any], Any]:
    """Return what plays a round to its end by the game's stated strategy."""
    view, advise, price, decide = game.view, game.advise, game.price, game.decide

    def finish(state: Any) -> Any:
        for _ in range(_MOST_DECISIONS):
            decision = advise(view(state, 0))
            price(state, 0, decision)
            state = decide(state, 0, decision)
            if state.finished:
                return state
        raise RuntimeError(f"a round of {game.name} does not end")

    return finish


def merged(parts: Iterable[Counts]) -> Counts:
    """Return the counts of all parts."""
    total: Counts = Counter()
    for part in parts:
        total.update(part)
    return total


def result_of(
    counts: Mapping[tuple[int, int], int],
    stake: int,
    exact: BetReturn,
    law: PayoutLaw | None = None,
) -> Result:
    """Return the figures of counted rounds, beside the exact ones.

    `law` is that of the net result (`games.analysis.payout_law`); without it there is no
    chi-square.
    """
    rounds = sum(counts.values())
    if not rounds:
        raise ValueError("nothing was played")
    net: Counter[int] = Counter()
    for (staked, paid), count in counts.items():
        net[paid - staked] += count
    total = sum(amount * count for amount, count in net.items())
    squares = sum(amount * amount * count for amount, count in net.items())
    mean = Fraction(total, rounds * stake)
    variance = Fraction(squares, rounds * stake * stake) - mean * mean
    hits = sum(count for (_, paid), count in counts.items() if paid > 0)
    tested = None
    if law is not None:
        results = {Fraction(amount, stake): count for amount, count in net.items()}
        tail = None if law.above is None else Tail(law.above, law.beyond)
        tested = chi_square(results, law.points, tail)
    return Result(
        rounds=rounds,
        mean=1 + mean,
        variance=variance,
        hit_frequency=Fraction(hits, rounds),
        highest=Fraction(max(paid for _, paid in counts), stake),
        expected=exact.expected,
        z=_z(1 + mean, variance, rounds, exact),
        chi_square=tested,
    )


def _z(mean: Fraction, variance: Fraction, rounds: int, exact: BetReturn) -> float | None:
    if exact.expected is None:
        return None
    known = variance if exact.variance is None else exact.variance
    difference = mean - exact.expected
    if not known:
        return 0.0 if not difference else math.copysign(math.inf, difference)
    return float(difference) / math.sqrt(known / rounds)
