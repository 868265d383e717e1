"""Exact values of all 32 holds of a deal, in well under a millisecond.

For a set of cards S let W(S) be the sum, over all five-card hands of the full deck that hold S, of
what the hand pays. The draws to a hold H that throw D away must not bring D back, so by inclusion
and exclusion the sum over those draws is

    sum over T within D of (-1)^|T| W(H + T)

and all 32 of a deal come from the 32 values W of its subsets by one Möbius transform. W(S) itself
depends on few things: on the ranks of S alone as long as no flush can come of it, and if S is of
one suit, on what its ranks add as a flush. So two tables hold every W: 8,555 sets of ranks and
2,380 sets of ranks of one suit, a few more with wild cards. Both are filled from five cards down:
each card that can be added to S leads to a larger set, and every hand is reached once for each of
its cards that S has not.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Sequence
from itertools import combinations_with_replacement
from typing import Final

from games.cards import JOKER, RANKS, rank_of, suit_of
from games.video_poker.hands import ANY_SUIT, HAND, SLOTS, WILD, Deck, Row, row_of
from games.video_poker.machines import Machine, common_draws
from games.video_poker.rules import HOLDS

_MIXED: Final = -2
_SUITS: Final = 4
_UNITS: Final = tuple(1 << (3 * slot) for slot in range(SLOTS))
"""A key of the tables counts the cards of each slot in three bits."""
_STEPS: Final = tuple(
    (mask, mask & (mask - 1), (mask & -mask).bit_length() - 1) for mask in range(1, HOLDS)
)
"""Each set of positions, the set without its first position, and that position."""
_PAIRS: Final = tuple(
    (mask, mask | 1 << position)
    for position in range(HAND)
    for mask in range(HOLDS)
    if not mask >> position & 1
)
"""The steps of the Möbius transform."""


class HoldSums:
    """Sums of a value of the final hand over all draws, for each hold of a deal.

    `value` gives an integer for what the hand makes, such as its pay.
    """

    __slots__ = ("_deck", "_flushes", "_ranks")

    def __init__(self, deck: Deck, pairs: frozenset[int], value: Callable[[Row], int]) -> None:
        self._deck = deck
        self._ranks: dict[int, int] = {}
        self._flushes: dict[int, int] = {}
        copies = deck.copies
        used = [slot for slot in range(SLOTS) if copies[slot]]
        for size in range(HAND, -1, -1):
            for slots in combinations_with_replacement(used, size):
                if all(slots.count(slot) <= copies[slot] for slot in set(slots)):
                    self._fill(slots, copies, pairs, value)
        for wild in range(copies[WILD] + 1):
            if wild < HAND:
                self._flushes[wild * _UNITS[WILD]] *= _SUITS

    def _fill(
        self,
        slots: tuple[int, ...],
        copies: Sequence[int],
        pairs: frozenset[int],
        value: Callable[[Row], int],
    ) -> None:
        """Enter one set into the tables, after all larger ones."""
        key = sum(_UNITS[slot] for slot in slots)
        natural = [slot for slot in slots if slot != WILD]
        suited = len(set(natural)) == len(natural)
        if len(slots) == HAND:
            plain = value(row_of(slots, flush=False, pairs=pairs))
            self._ranks[key] = plain
            if suited:
                self._flushes[key] = value(row_of(slots, flush=True, pairs=pairs)) - plain
            return
        missing = HAND - len(slots)
        total = flush = 0
        for slot, number in enumerate(copies):
            left = number - slots.count(slot)
            if left <= 0:
                continue
            larger = key + _UNITS[slot]
            total += left * self._ranks[larger]
            if suited and slot == WILD:
                flush += left * self._flushes[larger]
            elif suited and slot not in natural:
                flush += self._flushes[larger]
        self._ranks[key] = total // missing
        if suited:
            self._flushes[key] = flush // missing

    def of(self, cards: Sequence[int]) -> list[int]:
        """Return the sum over all draws for each of the 32 holds of five faces."""
        ranks, flushes, deck = self._ranks, self._flushes, self._deck
        units = [_UNITS[deck.slot(face)] for face in cards]
        owns = [deck.suit(face) for face in cards]
        keys = [0] * HOLDS
        suits = [ANY_SUIT] * HOLDS
        sums = [ranks[0] + flushes[0]] * HOLDS
        for mask, rest, position in _STEPS:
            key = keys[rest] + units[position]
            keys[mask] = key
            suit, own = suits[rest], owns[position]
            if suit == ANY_SUIT:
                suit = own
            elif own not in (suit, ANY_SUIT):
                suit = _MIXED
            suits[mask] = suit
            sums[mask] = ranks[key] if suit == _MIXED else ranks[key] + flushes[key]
        for mask, larger in _PAIRS:
            sums[mask] -= sums[larger]
        return sums


@functools.cache
def draw_weights(deck: Deck) -> tuple[int, ...]:
    """Return for each hold what one of its draws counts, so that all holds count alike."""
    common = common_draws(deck)
    left = deck.faces - HAND
    return tuple(common // math.comb(left, HAND - mask.bit_count()) for mask in range(HOLDS))


@functools.cache
def pay_sums(machine: Machine) -> HoldSums:
    """Return the sums of a machine's pays; takes some 50 ms the first time."""
    return HoldSums(machine.deck, machine.pairs, lambda row: machine.rows.get(row, 0))


def hold_values(machine: Machine, cards: Sequence[int]) -> list[int]:
    """Return the expected payout per unit staked of each hold, times `common_draws`."""
    weights = draw_weights(machine.deck)
    sums = pay_sums(machine).of(cards)
    return [weight * total for weight, total in zip(weights, sums, strict=True)]


def best_hold(machine: Machine, cards: Sequence[int]) -> int:
    """Return the hold with the highest expected payout.

    Equal holds return the same but do not vary the same, so the choice among them is stated: sort
    the cards by rank, ace low and joker high, write a hold with bit i for the card at place i of
    that order, and take the lowest number. It gives the standard deviation that is published.
    """
    values = hold_values(machine, cards)
    best = max(values)
    if values.count(best) == 1:
        return values.index(best)
    places = sorted(range(HAND), key=lambda position: _place(cards[position]))
    return min(
        (mask for mask in range(HOLDS) if values[mask] == best),
        key=lambda mask: sum(1 << place for place in range(HAND) if mask >> places[place] & 1),
    )


def _place(face: int) -> tuple[int, int]:
    return (RANKS, 0) if face == JOKER else (rank_of(face), suit_of(face))
