"""Perfect play of video poker over every deal, exact.

Deals that differ by a permutation of suits are alike: 134,459 of them stand for the 2,598,960 of a
deck of 52, 150,891 for the 2,869,685 with a joker. For each the best of 32 holds is found and the
final hands of all its draws are counted (`games.video_poker.holds`).
"""

from __future__ import annotations

import functools
import math
from collections.abc import Iterator
from fractions import Fraction
from itertools import chain, combinations, combinations_with_replacement, product
from typing import Final

from games.analysis.outcomes import bet_return
from games.cards import FACES, JOKER, RANKS, SUITS
from games.game import BetReturn
from games.video_poker.hands import ANY_SUIT, HAND, WILD, Deck
from games.video_poker.holds import HoldSums, best_hold, draw_weights, hold_values
from games.video_poker.machines import Machine, common_draws
from games.video_poker.rules import HOLDS
from games.video_poker.strategy import place_in_list

_FIELD_BITS: Final = 64
"""Room for one row's count when all rows are counted in one integer."""
_KEPT: Final = tuple(
    tuple(place for place in range(HAND) if hold >> place & 1) for hold in range(HOLDS)
)
"""The places that each hold keeps."""
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


@functools.cache
def list_return(machine: Machine) -> Fraction:
    """Return the expected payout per unit staked of playing by the machine's strategy lists.

    Where a deal has the same thing of a list twice, the worse of them is held.
    """
    deck = machine.deck
    ranked = _Ranking(machine)
    total = 0
    for cards, ways in deals(deck):
        values = hold_values(machine, cards)
        ranks = ranked.of(cards)
        best = min(ranks)
        total += ways * min(
            value for value, rank in zip(values, ranks, strict=True) if rank == best
        )
    return Fraction(total, math.comb(deck.faces, HAND) * common_draws(deck))


class _Ranking:
    """The place of each hold of a deal in the list that the deal is played by."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._places: dict[tuple[int, tuple[int, ...], bool], int] = {}

    def of(self, cards: tuple[int, ...]) -> list[int]:
        """Return the place of each of the 32 holds; those that no line names come last."""
        deck = self._machine.deck
        slots = [deck.slot(face) for face in cards]
        suits = [deck.suit(face) for face in cards]
        wild = slots.count(WILD)
        ranks = []
        for kept in _KEPT:
            suited = len({suits[place] for place in kept} - {ANY_SUIT}) <= 1
            key = (wild, tuple(sorted([slots[place] for place in kept])), suited)
            rank = self._places.get(key)
            if rank is None:
                rank = self._places[key] = place_in_list(self._machine, *key)
            ranks.append(rank)
        return ranks


def machine_return(machine: Machine) -> BetReturn:
    """Return the exact mathematics of a machine from its stated combinations."""
    pays = [pay for _, pay in machine.pays]
    return bet_return(
        "main",
        zip(machine.combinations, [*pays, 0], strict=True),
        "exact, perfect play over every deal and every draw",
    )
