"""The live draw code on words of a few bits, so that every word there is can be tried.

Nothing is implemented a second time: the methods below run the very code objects of `Draws.below`
and `Draws.below_each`, only with another width of word in place of the module's 32 bits. So a count
over all words of 8 or 16 bits speaks for the code that deals (standards A6).
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from types import FunctionType
from typing import Any

from games import entropy
from games.entropy import SEED_BYTES, Draws


class NarrowDraws(Draws):
    """A stream of given words instead of those of a seed; `narrow` gives the width."""

    __slots__ = ()

    def __init__(self, tape: Sequence[int]) -> None:
        super().__init__(bytes(SEED_BYTES), ())
        self._words = tuple(tape)

    def word(self) -> int:
        """Return the next given word. Raises IndexError behind the last."""
        position = self._position
        word = self._words[position]
        self._position = position + 1
        return word

    @property
    def words_used(self) -> int:
        """How many words have been taken."""
        return self._position


def narrow(bits: int) -> type[NarrowDraws]:
    """Return a kind of stream whose words have that many bits, and live draw functions.

    Its bounds go up to 2^(2 bits): above 2^bits two words make one number. Raises ValueError
    unless there are 1 to 32 bits.
    """
    if not 1 <= bits <= 32:
        raise ValueError(f"a word has 1 to 32 bits here, not {bits}")
    surroundings = {
        **vars(entropy),
        "_WORD_BITS": bits,
        "_WORD_SPACE": 1 << bits,
        "_DOUBLE_SPACE": 1 << 2 * bits,
    }
    methods = {
        "__slots__": (),
        "below": _rebound(Draws.below, surroundings),
        "below_each": _rebound(Draws.below_each, surroundings),
    }
    return type(f"Draws{bits}", (NarrowDraws,), methods)


def _rebound(function: Callable[..., Any], surroundings: dict[str, Any]) -> FunctionType:
    assert isinstance(function, FunctionType)
    return FunctionType(function.__code__, surroundings, function.__name__)


def scaling_counts(bits: int, bound: int, *, one_by_one: bool = False) -> list[int]:
    """Feed every word of `bits` bits to `below_each`; above 2^bits every pair of words.

    With `one_by_one` to `below` instead. Returns how often each value from 0 to `bound` - 1 came.
    Fair means: all counts are equal. Raises ValueError if the stream did not throw away exactly the
    words from the largest multiple of `bound` on.
    """
    width = 2 * bits if bound > 1 << bits else bits
    # The words that are thrown away come first, so that the last value uses the last word.
    numbers: Sequence[int] = range((1 << width) - 1, -1, -1)
    if width != bits:
        low = (1 << bits) - 1
        numbers = [half for number in numbers for half in (number >> bits, number & low)]
    draws = narrow(bits)(numbers)
    fair = (1 << width) // bound * bound
    try:
        if one_by_one:
            values = [draws.below(bound) for _ in range(fair)]
        else:
            values = draws.below_each((bound,) * fair)
    except IndexError:
        raise ValueError(f"more words than needed are thrown away below {bound}") from None
    if draws.words_used != len(numbers):
        raise ValueError(f"fewer words than needed are thrown away below {bound}")
    counts = [0] * bound
    for value in values:
        counts[value] += 1
    return counts


def outcome_counts(
    bits: int, words: int, play: Callable[[Draws], Hashable]
) -> tuple[Counter[Hashable], int]:
    """Play on every sequence of that many words; return the outcomes' counts and the unfinished.

    A sequence is unfinished where it has been used up by words that were thrown away; an outcome
    that needs fewer words than there are is counted once for each way to go on.
    """
    kind = narrow(bits)
    counts = Counter[Hashable]()
    unfinished = 0
    for tape in itertools.product(range(1 << bits), repeat=words):
        try:
            counts[play(kind(tape))] += 1
        except IndexError:
            unfinished += 1
    return counts, unfinished
