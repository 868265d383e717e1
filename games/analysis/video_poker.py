"""Perfect play of video poker over every deal, exact.

Deals that differ by a permutation of suits are alike: 134,459 of them stand for the 2,598,960 of a
deck of 52, 150,891 for the 2,869,685 with a joker. For each the best of 32 holds is found and the
final hands of all its draws are counted (`games.video_poker.holds`).
"""

from __future__ import annotations

import functools
import math
from collections.abc import Iterator
from itertools import chain, combinations, combinations_with_replacement, product
from typing import Final

from games.analysis.outcomes import bet_return
from games.cards import FACES, JOKER, RANKS, SUITS
from games.game import BetReturn
from games.video_poker.hands import HAND, Deck
from games.video_poker.holds import HoldSums, best_hold, draw_weights
from games.video_poker.machines import Machine

_FIELD_BITS: Final = 64
"""Room for one row's count when all rows are counted in one integer."""
_MASKS: Final = tuple(
    tuple(sum(1 << rank for rank in ranks) for ranks in combinations(range(RANKS), size))
    for size in range(HAND + 1)
)
"""The sets of ranks of each size, as bits."""


def _suit_masks(cards: int) -> Iterator[tuple[int, ...]]:
    """Yield the ranks in each suit, one of all permutations of suits, for so many cards."""
    for sizes in combinations_with_replacement(range(cards, -1, -1), SUITS):
        if sum(sizes) != cards:
            continue
        choices = [
            combinations_with_replacement(_MASKS[size], sizes.count(size))
            for size in dict.fromkeys(sizes)
        ]
        for parts in product(*choices):
            yield tuple(chain.from_iterable(parts))


def deals(deck: Deck) -> Iterator[tuple[tuple[int, ...], int]]:
    """Yield one deal for each class of deals that differ by suits, and how many it stands for."""
    jokers = ((),) if deck.faces == FACES else ((), (JOKER,))
    for joker in jokers:
        for masks in _suit_masks(HAND - len(joker)):
            repeats = math.prod(math.factorial(masks.count(mask)) for mask in set(masks))
            cards = tuple(
                suit * RANKS + rank
                for suit, mask in enumerate(masks)
                for rank in range(RANKS)
                if mask >> rank & 1
            )
            yield (*cards, *joker), math.factorial(SUITS) // repeats


def row_counts(machine: Machine) -> HoldSums:
    """Return the counts of each row over all draws, each in its own field of one integer."""
    fields = {row: number for number, (row, _) in enumerate(machine.pays)}
    return HoldSums(
        machine.deck,
        machine.pairs,
        lambda row: 1 << (_FIELD_BITS * fields.get(row, len(fields))),
    )


@functools.cache
def perfect_play(machine: Machine) -> tuple[int, ...]:
    """Return the combinations of each row and of nothing, as `Machine.combinations` has them."""
    counts = row_counts(machine)
    weights = draw_weights(machine.deck)
    total = 0
    for cards, ways in deals(machine.deck):
        hold = best_hold(machine, cards)
        total += ways * weights[hold] * counts.of(cards)[hold]
    field = (1 << _FIELD_BITS) - 1
    rows = len(machine.pays) + 1
    return tuple(total >> (_FIELD_BITS * row) & field for row in range(rows))


def machine_return(machine: Machine) -> BetReturn:
    """Return the exact mathematics of a machine from its stated combinations."""
    pays = [pay for _, pay in machine.pays]
    return bet_return(
        "main",
        zip(machine.combinations, [*pays, 0], strict=True),
        "exact, perfect play over every deal and every draw",
    )
