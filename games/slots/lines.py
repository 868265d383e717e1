"""Line pays as a finite automaton: one step a reel, left to right.

A line pays the highest of its pays, each for the unbroken run from the leftmost reel. After some
reels the automaton remembers which pays can still grow and the best that is already certain. The
engine walks it while it plays; `games.analysis` walks it with probabilities. A state is a small
integer; state 0 means that the line has lost.

A wild with a multiplier multiplies every win that it is part of, its own row's too.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from games.slots.model import Machine, Pay

LOST: Final = 0


class LineResult(NamedTuple):
    """What a line has come to."""

    amount: int
    """Line bets paid; 0 is no win."""
    pay: int
    """The row of the machine's pay table."""
    run: int
    """How many reels it spans."""
    multiplier: int = 1
    """Of the wilds in it; contained in the amount."""


NO_WIN: Final = LineResult(0, -1, 0)


class _Key(NamedTuple):
    reels: int
    """Reels seen; -1 once nothing can change any more."""
    alive: tuple[int, ...]
    """Pays whose run is unbroken."""
    best: LineResult
    """The best of the broken ones."""
    multiplier: int
    """Of the wilds seen so far."""


class LineRules:
    """The automaton of one machine's pay table."""

    __slots__ = ("best", "result", "start", "step")

    def __init__(self, machine: Machine) -> None:
        self.step: list[tuple[int, ...]] = []
        """`step[state][symbol]` is the next state; symbols by their place in the machine."""
        self.result: list[LineResult | None] = []
        """What a state pays once nothing can change any more, None before."""
        self.best: list[int] = []
        """The most that a line in this state can still come to pay, in line bets."""
        reels = machine.reel_count
        lost = _Key(-1, (), NO_WIN, 1)
        start = _Key(0, tuple(range(len(machine.pays))), NO_WIN, 1)
        multipliers = {wild.symbol: wild.multiplier for wild in machine.wilds}
        numbers: dict[_Key, int] = {lost: LOST, start: 1}
        keys = [lost, start]
        self.start = 1
        for key in keys:  # grows while it is walked
            row = []
            for symbol in machine.symbols:
                after = _after(key, symbol, multipliers.get(symbol, 1), machine.pays, reels)
                if after not in numbers:
                    numbers[after] = len(keys)
                    keys.append(after)
                row.append(numbers[after])
            self.step.append(tuple(row))
            self.result.append(key.best if key.reels < 0 else None)
        self.best = [0] * len(keys)
        for state in sorted(range(len(keys)), key=lambda state: -_depth(keys[state], reels)):
            result = self.result[state]
            self.best[state] = (
                result.amount
                if result is not None
                else max(self.best[after] for after in self.step[state])
            )

    def evaluate(self, symbols: tuple[int, ...]) -> LineResult:
        """Return what a line of these symbols pays."""
        state = self.start
        for symbol in symbols:
            state = self.step[state][symbol]
        result = self.result[state]
        assert result is not None, "a line has one symbol for each reel"
        return result


def _after(key: _Key, symbol: str, multiplier: int, pays: tuple[Pay, ...], reels: int) -> _Key:
    if key.reels < 0:
        return key
    best = key.best
    alive = []
    for index in key.alive:
        if symbol in pays[index].symbols:
            alive.append(index)
        else:
            best = _better(best, pays, index, key.reels, key.multiplier)
    seen = key.reels + 1
    multiplier *= key.multiplier
    if seen == reels:
        for index in alive:
            best = _better(best, pays, index, seen, multiplier)
        alive = []
    return _Key(seen, tuple(alive), best, multiplier) if alive else _Key(-1, (), best, 1)


def _better(
    best: LineResult, pays: tuple[Pay, ...], index: int, run: int, multiplier: int
) -> LineResult:
    """Return the higher of two wins; of equals the longer run, then the upper row of the table."""
    amount = pays[index].amounts[run] * multiplier
    if amount and (amount, run, -index) > (best.amount, best.run, -best.pay):
        return LineResult(amount, index, run, multiplier)
    return best


def _depth(key: _Key, reels: int) -> int:
    """Return the reels seen, all of them once nothing can change any more."""
    return key.reels if key.reels >= 0 else reels
