"""Exact mathematics of baccarat: every coup of eight decks, counted.

Counted in ordered sequences of six cards without replacement, 416·415·414·413·412·411 of them; a
coup of four or five cards counts with every way in which the unused cards can follow. Cards of one
value are counted together.
"""

from __future__ import annotations

import functools
import math
from collections import Counter
from collections.abc import Mapping
from fractions import Fraction
from typing import Final

from games.analysis.outcomes import bet_return
from games.baccarat.rules import (
    BANKER,
    BANKER_PAIR,
    DECKS,
    FRESH_SHOE,
    MAXIMUM_CARDS,
    MULTIPLES,
    NATURAL,
    PLAYER,
    PLAYER_PAIR,
    TIE,
    VALUES,
    banker_draws,
    pair_payout,
    payout,
    player_draws,
)
from games.game import BetReturn

CARDS: Final = sum(FRESH_SHOE)
SEQUENCES: Final = math.perm(CARDS, MAXIMUM_CARDS)
_UNIT: Final = 20
"""A stake on which every bet pays whole units."""


def _shoe() -> list[int]:
    """Return how many cards of each value, 0 to 9, eight decks have."""
    counts = [0] * 10
    for face, cards in enumerate(FRESH_SHOE):
        counts[VALUES[face]] += cards
    return counts


@functools.cache
def results() -> Mapping[tuple[int, int], int]:
    """Return the number of ordered six-card sequences by final (player total, banker total)."""
    shoe = _shoe()
    ways: Counter[tuple[int, int]] = Counter()
    for player, player_ways in _two_cards(shoe).items():
        for value in player:
            shoe[value] -= 1
        for banker, banker_ways in _two_cards(shoe).items():
            for value in banker:
                shoe[value] -= 1
            for totals, rest in _third_cards(sum(player) % 10, sum(banker) % 10, shoe):
                ways[totals] += player_ways * banker_ways * rest
            for value in banker:
                shoe[value] += 1
        for value in player:
            shoe[value] += 1
    return ways


def _two_cards(shoe: list[int]) -> dict[tuple[int, int], int]:
    """Return the ordered ways to draw two values, in one entry for both orders."""
    pairs = {}
    for one in range(10):
        pairs[one, one] = shoe[one] * (shoe[one] - 1)
        for other in range(one):
            pairs[other, one] = 2 * shoe[one] * shoe[other]
    return pairs


def _third_cards(player: int, banker: int, shoe: list[int]) -> list[tuple[tuple[int, int], int]]:
    """Return (totals, ways) of what can follow two totals, ways over the last two cards."""
    left = CARDS - 4
    if player >= NATURAL or banker >= NATURAL:
        return [((player, banker), left * (left - 1))]
    if not player_draws(player):
        if not banker_draws(banker, None):
            return [((player, banker), left * (left - 1))]
        return [((player, (banker + value) % 10), shoe[value] * (left - 1)) for value in range(10)]
    ways = []
    for third in range(10):
        total = (player + third) % 10
        if not banker_draws(banker, third):
            ways.append(((total, banker), shoe[third] * (left - 1)))
            continue
        for value in range(10):
            cards = shoe[value] - (value == third)
            ways.append(((total, (banker + value) % 10), shoe[third] * cards))
    return ways


def result_ways() -> dict[str, int]:
    """Return the number of ordered six-card sequences that banker, player and tie win."""
    ways = dict.fromkeys((BANKER, PLAYER, TIE), 0)
    for (player, banker), number in results().items():
        result = TIE if player == banker else PLAYER if player > banker else BANKER
        ways[result] += number
    return ways


@functools.cache
def bet_returns(tie_pays: int) -> tuple[BetReturn, ...]:
    """Return the exact mathematics of every bet, with a tie that pays `tie_pays` to one."""
    note = "exact, ties counted, over all ordered sequences of six cards of eight decks"
    pairs = 4 * DECKS - 1
    entries = []
    for bet in MULTIPLES:
        if bet in (BANKER_PAIR, PLAYER_PAIR):
            outcomes = [
                (pairs, pair_payout(_UNIT, pair=True)),
                (CARDS - 1 - pairs, pair_payout(_UNIT, pair=False)),
            ]
        else:
            outcomes = [
                (ways, payout(bet, _UNIT, result, tie_pays))
                for result, ways in result_ways().items()
            ]
        per_unit = ((ways, Fraction(back, _UNIT)) for ways, back in outcomes)
        entries.append(bet_return(bet, per_unit, note))
    return tuple(entries)
