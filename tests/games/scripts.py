"""Draw streams for tests: scripted ones, every possible one, and seeded ones."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from hashlib import sha256
from typing import TypeVar

from games.entropy import Draws

ResultT = TypeVar("ResultT")


class Script(Draws):
    """A stream of given words. A word below the bound is the value that is drawn."""

    def __init__(self, words: Sequence[int]) -> None:
        super().__init__(bytes(32), ())
        self.words = words
        self.used = [0]
        """How many words were consumed; shared with copies, so that a test can read it."""

    def copy(self) -> Script:
        """Return the same script, counting into the same place."""
        other = Script(self.words)
        other.used = self.used
        self.used[0] = 0
        return other

    def word(self) -> int:
        """Return the next word; IndexError after the last."""
        self.used[0] += 1
        return self.words[self.used[0] - 1]


class _Path(Draws):
    """A stream that takes a given choice at each draw and 0 after the last one given."""

    def __init__(self, choices: list[int], bounds: list[int]) -> None:
        super().__init__(bytes(32), ())
        self.choices = choices
        self.bounds = bounds

    def copy(self) -> _Path:
        self.bounds.clear()
        return _Path(self.choices, self.bounds)

    def below(self, bound: int) -> int:
        self.bounds.append(bound)
        drawn = len(self.bounds)
        if drawn > len(self.choices):
            self.choices.append(0)
        return self.choices[drawn - 1]


def every_round(play: Callable[[Draws], ResultT]) -> Iterator[tuple[Fraction, ResultT]]:
    """Yield each round that can happen, with its probability: an odometer over all draws."""
    choices: list[int] = []
    while True:
        bounds: list[int] = []
        result = play(_Path(choices, bounds))
        assert len(choices) == len(bounds)
        probability = Fraction(1)
        for bound in bounds:
            probability /= bound
        yield probability, result
        while choices and choices[-1] == bounds[len(choices) - 1] - 1:
            choices.pop()
        if not choices:
            return
        choices[-1] += 1


def seeded(name: str, number: int) -> Iterator[Draws]:
    """Yield that many independent streams; the same ones for the same name."""
    print(f"streams of {name!r}")  # noqa: T201 - a failing test shows it
    for index in range(number):
        yield Draws(sha256(f"{name} {index}".encode()).digest(), (b"test",))


def chi_square_limit(freedom: int, z: float = 4.0) -> float:
    """Return the chi-square value that `z` standard deviations of a normal correspond to.

    By Wilson and Hilferty; z = 4 is exceeded by chance once in 31,000 times.
    """
    part = 2 / (9 * freedom)
    return float(freedom * (1 - part + z * part**0.5) ** 3)


def chi_square(observed: Sequence[int], expected: Sequence[float]) -> float:
    """Return Pearson's statistic."""
    pairs = zip(observed, expected, strict=True)
    return sum((seen - mean) ** 2 / mean for seen, mean in pairs)
