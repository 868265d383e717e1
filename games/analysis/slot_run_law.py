"""The exact law of what free games pay, for every amount below a length.

Free games are a walk over games played, games awarded and wilds held. Where no wild is held the
order of the games does not matter to the amounts: a run that had e games without an award and e_1,
e_2 … with each award pays by A^e B_1^e_1 B_2^e_2 …, where A and the B are the laws of one such
game. So only the number of runs of each make-up is walked, in integers, and the sum over all
make-ups is one Horner scheme in A. A make-up that pays too much whatever comes is left out.

Where wilds are held, the law itself is walked, from game to game.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Final, NamedTuple

from games.analysis.power_series import (
    Series,
    exactly,
    packed,
    product,
    series,
    unpacked,
    weighted_sum,
)
from games.analysis.slot_cycle import SpinLaw
from games.slots.columns import held_of, scatters_of
from games.slots.model import FreeGames

Law = Mapping[int, int]
"""Ways by amount."""
_DIGITS: Final = 330_000_000
"""Digits of all products together: what a few seconds are enough for."""


class _Step(NamedTuple):
    """Games that lead from some sets of held wilds to the same one, with the same law."""

    award: int
    after: int
    law: Law
    sources: Mapping[int, int]
    """How often the law counts by the set of held wilds before."""


class RunLaws:
    """Free games of one machine, and the starts that lead to them.

    `spins` are the laws of a free game by the set of cells where wilds are held, without the
    multiplier; `starts` says in how many ways a start pays each amount, by games awarded.
    """

    def __init__(
        self, rules: FreeGames, spins: Mapping[int, SpinLaw], starts: Mapping[int, Law]
    ) -> None:
        self._rules = rules
        self._starts = {award: law for award, law in starts.items() if law}
        self._cycle = sum(spins[0].values())
        self._steps = _steps(rules, spins)
        self._holds = len(spins) > 1
        self._free_step = math.gcd(*(amount for step in self._steps for amount in step.law)) or 1
        amounts = (amount for law in self._starts.values() for amount in law)
        self._step = math.gcd(self._free_step, *amounts)

    @property
    def combinations(self) -> int:
        """So many equally likely ways each way of a start has."""
        games: int = self._cycle**self._rules.cap
        return games

    @property
    def highest(self) -> int:
        """No start with its free games pays more; few pay as much."""
        best = max(max(step.law) for step in self._steps)
        start = max((max(law) for law in self._starts.values()), default=0)
        return start + self._rules.cap * best

    def affordable(self, length: int) -> bool:
        """Say whether the law below a length takes no more than a few seconds."""
        cap, width = self._rules.cap, len(str(self._cycle))
        if self._holds:
            products = len(self._steps) * sum(range(0, cap + 1, self._award_step))
            cells = length // self._step
        else:
            products = len(self._starts) * cap + self._make_ups_about(length)
            cells = length // self._free_step
        # Numbers grow to `width * cap` digits; half of that on average, times a product's length.
        return products * cells * width * cap <= _DIGITS

    @property
    def _award_step(self) -> int:
        return math.gcd(self._rules.cap, *(step.award for step in self._steps), *self._starts) or 1

    def _make_ups_about(self, length: int) -> int:
        """Return how many make-ups pay less than a length: about the volume of a simplex."""
        lows = [min(step.law) for step in self._steps if step.award]
        each = [min(self._rules.cap, length // low if low else length) + 1 for low in lows]
        return math.prod(each) // math.factorial(len(each))

    def below(self, length: int) -> dict[int, int]:
        """Return the ways of each amount below `length` that a start and its free games pay."""
        cells = -(-length // self._step)
        begun = {
            award: series(_divided(law, self._step), cells) for award, law in self._starts.items()
        }
        walk = self._held if self._holds else self._unordered
        return {
            power * self._step: ways
            for power, ways in (walk(begun, cells).coefficients() if begun else {}).items()
        }

    def _held(self, begun: Mapping[int, Series], cells: int) -> Series:
        """Return the law by a walk over games played, games awarded and wilds held."""
        cap = self._rules.cap
        laws = [series(_divided(step.law, self._step), cells) for step in self._steps]
        total = sum(law.total for law in begun.values())
        ended = [(1, series({}, cells))]
        now = {(award, 0): law for award, law in begun.items()}
        for played in range(1, cap + 1):
            total *= self._cycle
            width = len(str(total))
            context = exactly(2 * cells * width)
            numbers = {key: packed(law, width) for key, law in now.items()}
            sums: dict[tuple[int, int], Decimal] = defaultdict(Decimal)
            for step, law in zip(self._steps, laws, strict=True):
                factor = packed(law, width)
                for awarded in {awarded for awarded, _ in now}:
                    before = Decimal(0)
                    for held, times in step.sources.items():
                        if (awarded, held) in numbers:
                            before = context.fma(numbers[awarded, held], Decimal(times), before)
                    after = min(cap, awarded + step.award), step.after
                    sums[after] = context.fma(before, factor, sums[after])
            found = {key: unpacked(law, width, cells, total) for key, law in sums.items()}
            left = self._cycle ** (cap - played)
            ended += [(left, law) for (awarded, _), law in found.items() if awarded == played]
            now = {key: law for key, law in found.items() if key[0] > played}
        return weighted_sum(ended)

    def _unordered(self, begun: Mapping[int, Series], cells: int) -> Series:
        """Return the law by the number of runs of each make-up."""
        total = [(1, series({}, cells))]
        for award, start in begun.items():
            left = -(-(cells - start.blanks) * self._step // self._free_step)
            if left > 0:
                run = self._run(award, left)
                times = self._free_step // self._step
                total.append((1, product(start, run.stretched(times, cells))))
        return weighted_sum(total)

    def _run(self, award: int, cells: int) -> Series:
        """Return the law of what so many free games pay."""
        cap = self._rules.cap
        laws = {
            step.award: weighted_sum(
                [(step.sources[0], series(_divided(step.law, self._free_step), cells))]
            )
            for step in self._steps
        }
        plain = laws.pop(0, series({}, cells))
        powers = _Powers(tuple(laws.values()), cells)
        terms: dict[int, list[tuple[int, Series]]] = defaultdict(list)
        for make_up, (games, runs) in _make_ups(cap, award, laws, cells).items():
            scale = runs * self._cycle ** (cap - games)
            terms[games - sum(make_up)].append((scale, powers.of(make_up)))
        law = series({}, cells)
        for games in range(max(terms, default=0), -1, -1):
            law = weighted_sum([(1, law), *terms[games]])
            if games:
                law = product(law, plain)
        return law


def _divided(law: Law, step: int) -> dict[int, int]:
    return {amount // step: ways for amount, ways in law.items()}


def _steps(rules: FreeGames, spins: Mapping[int, SpinLaw]) -> list[_Step]:
    laws: dict[tuple[int, int, int], dict[int, int]] = defaultdict(lambda: defaultdict(int))
    for held, spin in spins.items():
        for (label, amount), ways in spin.items():
            award = rules.retrigger_awards[scatters_of(label)]
            laws[held, award, held_of(label)][rules.multiplier * amount] += ways
    # What a game pays follows from the wilds after it: games that differ in those before only by
    # how often they come are one step.
    sources: dict[tuple[int, int, tuple[tuple[int, int], ...]], dict[int, int]] = {}
    for (held, award, after), law in laws.items():
        times = math.gcd(*law.values())
        shape = tuple(sorted((amount, ways // times) for amount, ways in law.items()))
        sources.setdefault((award, after, shape), {})[held] = times
    return [
        _Step(award, after, dict(shape), before)
        for (award, after, shape), before in sources.items()
    ]


_MakeUp = tuple[int, ...]
"""How many games of a run had each award."""


def _make_ups(
    cap: int, award: int, laws: Mapping[int, Series], length: int
) -> dict[_MakeUp, tuple[int, int]]:
    """Return (games played, number of runs) of every make-up that can pay less than `length`."""
    awards, lows = tuple(laws), [law.blanks for law in laws.values()]
    found: dict[_MakeUp, tuple[int, int]] = {}
    running: dict[_MakeUp, int] = {(0,) * len(laws): 1}
    for played in range(1, cap + 1):
        after: Counter[_MakeUp] = Counter()
        for make_up, runs in running.items():
            after[make_up] += runs
            for place in range(len(lows)):
                more = (*make_up[:place], make_up[place] + 1, *make_up[place + 1 :])
                if _dot(more, lows) < length:
                    after[more] += runs
        running = {}
        for make_up, runs in after.items():
            if min(cap, award + _dot(make_up, awards)) == played:
                found[make_up] = (played, runs)
            else:
                running[make_up] = runs
    return found


def _dot(powers: _MakeUp, each: Sequence[int]) -> int:
    return sum(power * value for power, value in zip(powers, each, strict=True))


class _Powers:
    """Products of powers of some laws, each found once from one below it."""

    def __init__(self, laws: tuple[Series, ...], length: int) -> None:
        self._laws = laws
        self._found = {(0,) * len(laws): series({0: 1}, length)}

    def of(self, make_up: _MakeUp) -> Series:
        """Return the product of the laws, each to the power that the make-up has for it."""
        if make_up not in self._found:
            place = next(place for place, power in enumerate(make_up) if power)
            fewer = (*make_up[:place], make_up[place] - 1, *make_up[place + 1 :])
            self._found[make_up] = product(self.of(fewer), self._laws[place])
        return self._found[make_up]
