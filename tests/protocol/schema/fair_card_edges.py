"""Edges of baccarat, casino war, three card poker and video poker, on cards laid out by hand.

Part of `fair_edges`: what each pay table pays for, decisions at the wrong time, and bets that the
rules do not take.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from games.cards import CARD_LABELS
from games.video_poker.hands import Row
from games.video_poker.machines import MACHINES
from tests.protocol.schema.fair_deals import positions

__all__ = ["card_edges"]

Case = tuple[str, Any, Sequence[str], Sequence[int]]
"""As in `fair_edges`: the game, its bets, the decisions, and the values of the draws."""

_PLENTY: Final = 6
_FACES: Final = {
    label.translate(str.maketrans("♣♦♥♠", "cdhs")): face for face, label in enumerate(CARD_LABELS)
}
"""Each card as it is written here: `10d`, `Ks`, `Joker`."""

_COUPS: Final = (
    # Player, banker, player, banker, and third cards.
    "Kc Kd 9c 8d",  # naturals, nine over eight
    "Kc Kd 8c 8d",  # naturals that tie
    "4c Kd 4d Kc",  # a natural in two cards of one rank
    "Kc 4c 2d 4d 5h",  # the banker's natural against a hand that would draw
    "Kc Kd 6c 5d 4h",  # the player stands, the banker draws and wins
    "Kc Kd 7c 6d",  # both stand
    "Kc Kd 5c 3d 8h",  # the banker stands on three against an eight
    "Kc Kd 5c 3d 9h Ah",  # and draws against a nine
    "Kc Kd 5c 6d Ah",  # stands on six against an ace
    "Kc Kd 5c 6d 6h 2h",  # and draws against a six
    "Kc Kd Kh Ks Kc Kd",  # baccarat, twice
    "9s 9s 9s 9s Ah Ah",  # four cards of one face, with both pairs
)

_WARS: Final[tuple[tuple[str, Sequence[str]], ...]] = (
    ("Ac Kd", ()),
    ("2c Ad", ()),
    ("Ac Ad", ("surrender",)),
    ("Ac Ac", ("war",)),
    ("Ac Ad Ah Kh", ("war",)),
    ("Ac Ad Kh Ah", ("war",)),
    ("Ac Ad Kh Ks", ("war",)),
    ("Ac Ad", ()),
    ("Ac Ad Kh Ks", ("war", "surrender")),
    ("Ac Ad", ("surrender", "surrender")),
    ("Ac Ad", ("win",)),
    ("Ac Kd", ("war",)),
    ("Ac Kd", ("surrender",)),
)

_THREE_CARDS: Final = (
    # The player's hand, then the dealer's.
    "Ac Kc Qc 2d 3d 5h",  # a straight flush, the dealer not qualifying
    "Ac 2c 3c Kd Qd Jd",  # the lowest one against a higher one
    "5c 5d 5h Qd 3h 2d",  # three of a kind, the dealer just qualifying
    "5c 5d 5h Jd 10h 8d",  # and just not
    "Ac 2d 3h 2c 3d 4h",  # the lowest straight against the next
    "Qc Kd Ah 7c 7d 7h",  # the highest straight against three of a kind
    "2c 9c Kc 2d 3c 4h",  # a flush against a straight
    "2c 9c Kc 2d 9d Kd",  # two flushes that tie
    "6c 6d Kh 6h 6s Qd",  # pairs of sixes, decided by the third card
    "Ac Ad 2h Kc Kd Ah",  # pairs
    "Qc 6d 4h Qd 6h 4c",  # high cards that tie
    "Qc 6d 4h Qd 6h 3c",  # and that do not
    "Qc 6d 4h Jd 9h 8c",  # high cards, the dealer not qualifying
    "2c 3d 5h Ad Kh Jc",  # the lowest hand of all
)

_HANDS: Final[dict[Row, tuple[str, ...]]] = {
    Row.ROYAL_FLUSH: ("10s Js Qs Ks As", "Ad Kd Qd Jd 10d"),
    Row.FOUR_DEUCES: ("2c 2d 2h 2s 7c",),
    Row.WILD_ROYAL_FLUSH: ("Joker Jh Qh Kh Ah", "2c 2d Qh 10h Ah", "2c 2d 2h Qs Ks"),
    Row.FIVE_OF_A_KIND: ("Joker 9c 9d 9h 9s", "2c 9d 9h 9s 2s", "2c 2d 2s 9h 9s"),
    Row.STRAIGHT_FLUSH: (
        *("9s Js Qs Ks 10s", "Ac 2c 3c 4c 5c", "Joker 9h 10h Jh Qh", "2c 3h 5h 6h 2s"),
        *("Ah Joker 3h 4h 5h", "2d 2h 2c 3s 7s", "2d Ac 3c 4c 5c"),
    ),
    Row.FOUR_OF_A_KIND: ("9c 9d 9h 9s Ac", "Joker 9d 9h 9s Ac", "2c 2d 2h 9s Ac"),
    Row.FULL_HOUSE: ("9c 9d 9h Ks Kc", "Joker 9d 9h Ks Kc", "2c 9d 9h Ks Kc"),
    Row.FLUSH: ("2s 9s 7s Ks Js", "Joker 9s 7s Ks 2s", "2c 9s 7s Ks 3s"),
    Row.STRAIGHT: (
        *("Ac 2d 3c 4c 5c", "10c Jd Qc Kc Ac", "Joker Jd Qc Kc Ac", "2c 2d 4h 6h 7c"),
        *("8c Joker 9d 10c Jc", "2c 9d 10c Jc Qc"),
    ),
    Row.THREE_OF_A_KIND: ("9c 9d 9h Ks Ac", "Joker 9d 9h Ks Ac", "2c 2d 9h Ks 5c"),
    Row.TWO_PAIR: ("9c 9d Kh Ks Ac",),
    Row.HIGH_PAIR: ("Jc Jd 9h 5s 3c", "Kc Kd 9h 5s 3c", "Joker Ad 9h 5s 3c", "Ac As 9h 5s 3c"),
    Row.NOTHING: (
        *("10c 10d 9h 5s 3c", "Qc Qd 9h 5s 3c", "Joker Qd 9h 5s 3c", "2c Kd 9h 5s 3c"),
        *("Qc Kd Ah 2s 3c", "Jc Qd Kh Ac 3c"),
    ),
}
"""Five cards for each row of a pay table, on the decks that have them."""


def card_edges() -> Iterator[Case]:
    """Yield the cases."""
    yield from _baccarat()
    yield from _casino_war()
    yield from _three_card_poker()
    for machine in MACHINES:
        for hands in _HANDS.values():
            for hand in hands:
                if "Joker" not in hand or machine.deck.faces > _FACES["Joker"]:
                    yield machine.name, {"stake": 7}, ("hold-1-2-3-4-5",), _drawn(hand, 1)
    yield from _video_poker()


def _baccarat() -> Iterator[Case]:
    for game in ("baccarat", "baccarat-nine-to-one"):
        for coup in _COUPS:
            stakes = {"banker": 40, "player": 20, "tie": 20, "banker-pair": 20, "player-pair": 20}
            yield game, _listed(**stakes), (), _drawn(coup, 8)
    for bet, stake in (
        *(("banker", 19), ("banker", 21), ("banker", 30), ("banker", 40), ("player", 1)),
        *(("pair", 20), ("dragon", 20), ("constructor", 20)),
    ):
        yield "baccarat", _listed(**{bet: stake}), (), (0,)


def _casino_war() -> Iterator[Case]:
    for cards, decisions in _WARS:
        for bets in (_listed(ante=2, tie=1), _listed(ante=2), _listed(tie=3)):
            yield "casino-war", bets, decisions, _drawn(cards, 6)
    for bet, stake in (("ante", 1), ("ante", 3), ("ante", 4), ("tie", 1), ("war", 2)):
        yield "casino-war", _listed(**{bet: stake}), (), _drawn("Ac Kd", 6)


def _three_card_poker() -> Iterator[Case]:
    for game in ("three-card-poker", "three-card-poker-flush-four"):
        for cards in _THREE_CARDS:
            yield game, _listed(ante=3, pair_plus=2), ("play",), _drawn(cards, 1)
            yield game, _listed(ante=3, pair_plus=2), ("fold",), _drawn(cards, 1)
            yield game, _listed(pair_plus=2), (), _drawn(cards, 1)
    first = _drawn(_THREE_CARDS[0], 1)
    for decisions in ((), ("call",), ("play", "play"), ("fold", "play"), ("",)):
        yield "three-card-poker", _listed(ante=1), decisions, first
    yield "three-card-poker", _listed(pair_plus=1), ("play",), first
    yield "three-card-poker", _listed(play=1), ("play",), first


def _video_poker() -> Iterator[Case]:
    """Yield holds of all kinds, those that none are among them."""
    deal = "9c 9d 9h Ks Kc 9s As Kh Kd Qc"
    for decision in (
        *("hold-none", "hold-1", "hold-5", "hold-1-2-3", "hold-4-5", "hold-1-3-5"),
        *("hold-2-3-4-5", "hold", "hold-", "hold-0", "hold-6", "hold-1-1", "hold-2-1"),
        *("hold-01", "hold-1-", "hold-none-1", "Hold-1", "hold-1-2-3-4-5-6", "draw"),
    ):
        yield "jacks-or-better", {"stake": 7}, (decision,), _drawn(deal, 1)
    for decisions in ((), ("hold-none", "hold-none")):
        yield "joker-poker", {"stake": 7}, decisions, _drawn(deal, 1)
    yield "deuces-wild", {"stake": 7}, ("hold-1",), _drawn("2c 3c 3d 4h 5d 2d 2h 2s 9c", 1)
    yield "joker-poker", {"stake": 7}, ("hold-1",), _drawn("9c 3c 3d 4h 5d 9d 9h 9s Joker", 1)
    wrong: tuple[dict[str, Any], ...] = ({}, {"bets": []}, {"stake": 0}, {"stake": 1.5})
    for bets in wrong:
        yield "jacks-or-better", bets, ("hold-none",), _drawn(deal, 1)


def _drawn(cards: str, copies: int) -> list[int]:
    """Return the draws of cards; the first one follows for as long as a round draws."""
    return [*positions([_FACES[card] for card in cards.split()], copies), *[0] * _PLENTY]


def _listed(**stakes: int) -> dict[str, Any]:
    return {
        "bets": [{"bet": name.replace("_", "-"), "stake": stake} for name, stake in stakes.items()]
    }
