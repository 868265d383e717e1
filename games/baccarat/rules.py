"""The cards of a coup of baccarat, and what each bet brings back.

Draws of a coup, each `games.entropy.draw_card` from the counts of 52 faces, 8 of each at the start
of every round, in the order of play at the table:

1. player's first card, banker's first card, player's second card, banker's second card;
2. the player's third card, if the drawing rules ask for it;
3. the banker's third card, if the drawing rules ask for it.

The drawing rules are those of punto banco, the same in every casino. Aces count 1, tens and court
cards 0; a hand is worth the last digit of its sum. A hand of 8 or 9 in two cards is a natural and
ends the coup.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

from games.cards import FACES, rank_of
from games.entropy import Draws, draw_card

DECKS: Final = 8
FRESH_SHOE: Final = (DECKS,) * FACES
MAXIMUM_CARDS: Final = 6
NATURAL: Final = 8
"""A total from here up in two cards ends the coup."""

VALUES: Final = tuple(rank_of(face) + 1 if rank_of(face) < 9 else 0 for face in range(FACES))
"""What each face counts."""

BANKER: Final = "banker"
PLAYER: Final = "player"
TIE: Final = "tie"
BANKER_PAIR: Final = "banker-pair"
PLAYER_PAIR: Final = "player-pair"
PAIR_PAYS: Final = 11
"""To one."""
COMMISSION_UNIT: Final = 20
"""Banker pays 19 to 20, so its stake is a multiple of this many minor units."""
MULTIPLES: Final = {BANKER: COMMISSION_UNIT, PLAYER: 1, TIE: 1, BANKER_PAIR: 1, PLAYER_PAIR: 1}
"""Every bet, with what its stake must be a multiple of."""

BANKER_DRAWS_AGAINST: Final = (
    "0123456789",
    "0123456789",
    "0123456789",
    "012345679",
    "234567",
    "4567",
    "67",
    "",
)
"""For each total of the banker, 0 to 7, the values of the player's third card on which it draws."""


def worth(cards: Iterable[int]) -> int:
    """Return what a hand of faces is worth, 0 to 9."""
    return sum([VALUES[face] for face in cards]) % 10


def player_draws(total: int) -> bool:
    """Tell whether the player takes a third card: on 0 to 5, where neither hand is a natural."""
    return total <= 5


def banker_draws(total: int, third: int | None) -> bool:
    """Tell whether the banker takes a third card, where neither hand is a natural.

    `third` is the value of the player's third card, None if the player stood: then the banker
    draws on 0 to 5, as the player does.
    """
    if third is None:
        return total <= 5
    return str(third) in BANKER_DRAWS_AGAINST[total]


class Coup(NamedTuple):
    """The cards of a round."""

    player: tuple[int, ...]
    banker: tuple[int, ...]

    @property
    def result(self) -> str:
        """`player`, `banker` or `tie`."""
        player, banker = worth(self.player), worth(self.banker)
        if player == banker:
            return TIE
        return PLAYER if player > banker else BANKER


def is_pair(cards: tuple[int, ...]) -> bool:
    """Tell whether the first two cards of a hand are of one rank."""
    return rank_of(cards[0]) == rank_of(cards[1])


def deal(draws: Draws) -> Coup:
    """Deal a coup from a fresh shoe."""
    counts = list(FRESH_SHOE)
    one, other, third, fourth = [draw_card(draws, counts) for _ in range(4)]
    player: tuple[int, ...] = (one, third)
    banker: tuple[int, ...] = (other, fourth)
    player_total, banker_total = worth(player), worth(banker)
    if player_total >= NATURAL or banker_total >= NATURAL:
        return Coup(player, banker)
    value = None
    if player_draws(player_total):
        player = (*player, draw_card(draws, counts))
        value = VALUES[player[2]]
    if banker_draws(banker_total, value):
        banker = (*banker, draw_card(draws, counts))
    return Coup(player, banker)


def payout(bet: str, stake: int, result: str, tie_pays: int) -> int:
    """Return what a bet on the result brings back in minor units, its stake included.

    `bet` is `banker`, `player` or `tie`, and so is `result`. Banker and player are returned on a
    tie. The stake on the banker is a multiple of `COMMISSION_UNIT`.
    """
    if bet != result:
        return stake if result == TIE else 0
    if bet == BANKER:
        return stake + stake * 19 // 20
    return stake * (2 if bet == PLAYER else tie_pays + 1)


def pair_payout(stake: int, *, pair: bool) -> int:
    """Return what a bet on a pair brings back in minor units, its stake included."""
    return stake * (PAIR_PAYS + 1) if pair else 0
