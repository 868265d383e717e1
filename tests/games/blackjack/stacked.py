"""Draw streams that deal the cards a test names, and short words to play rounds with them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from typing import Final

import msgspec

from games.blackjack import Blackjack, BlackjackDecision
from games.blackjack.hands import ACE, FACES, TEN, VALUES, total_of
from games.blackjack.options import STANDARD, Rules
from games.blackjack.rules import Action, SideStakes, Stage, State, fresh_shoe, open_round
from games.entropy import Draws

GAME: Final = Blackjack()
FRESH_SHOE: Final = fresh_shoe(STANDARD)
RANKS: Final = "A23456789TJQK"


_TO_20 = ("2 2 2 2 2 2 3 A A A A A", "2 2 2 3 3 3 A A A A A")
"""Twelve and eleven cards that make hard 20, without a soft 21 on the way."""
LONGEST: Final = " ".join(
    [
        "2 2 2 2",  # player, up, player, hole
        "2 2",  # second cards of the left hand: split again, and again
        f"{_TO_20[0][2:]} T",  # the rest of the four hands, each from its second card on
        f"{_TO_20[0][2:]} T",
        f"{_TO_20[1][2:]} T",
        _TO_20[1][2:],
        "2 2 2 2 A A A A T",  # the dealer
    ]
)
"""The round of most cards: three hands bust on a hard 20, one stands on it, the dealer busts."""
LONGEST_ACTIONS: Final = " ".join(
    [
        "split split split",
        *["hit"] * 11,  # from two cards to twelve, and the ten
        *["hit"] * 11,
        *["hit"] * 10,
        *["hit"] * 9,
        "stand",
    ]
)


class NeedCard(Exception):  # noqa: N818 - a request, not a fault
    """A card was drawn that the test has not named; `left` is what the shoe holds by face."""

    def __init__(self, left: Sequence[int]) -> None:
        super().__init__("the rules drew a card more than the test named")
        self.left = tuple(left)


class Stacked(Draws):
    """Deals these faces in order, then raises `NeedCard`."""

    __slots__ = ("_faces", "_left")

    def __init__(self, faces: Sequence[int], left: Sequence[int] = FRESH_SHOE) -> None:
        super().__init__(bytes(32), ())
        self._faces = tuple(faces)
        self._left = list(left)

    def copy(self) -> Stacked:
        """Return a stream that goes on from here without moving this one."""
        return Stacked(self._faces, self._left)

    def below(self, bound: int) -> int:
        """Return the position at which the next named face lies."""
        assert bound == (sum(self._left) or FACES)
        if not self._faces:
            raise NeedCard(self._left)
        face, *rest = self._faces
        if not self._left:
            self._faces = tuple(rest)
            return face
        assert self._left[face] > 0
        position = sum(self._left[:face])
        self._left[face] -= 1
        self._faces = tuple(rest)
        return position

    @property
    def unused(self) -> int:
        """How many named cards have not been drawn."""
        return len(self._faces)


def faces_of(cards: str, shoe: Sequence[int] = FRESH_SHOE) -> list[int]:
    """Return faces for ranks such as `A 5 T`, of whatever suit is left."""
    left = list(shoe)
    faces = []
    for rank in cards.split():
        face = max((face for face in range(RANKS.index(rank), 52, 13)), key=lambda face: left[face])
        left[face] -= 1
        faces.append(face)
    return faces


def deal(
    cards: str, *stakes: int, rules: Rules = STANDARD, side: Sequence[SideStakes] = ()
) -> State:
    """Open a round from named cards: each seat's first, up, each seat's second, hole, the rest.

    Without a hole card the fourth card is the first one drawn after the deal.
    """
    shoe = fresh_shoe(rules)
    draws = Stacked(faces_of(cards, shoe or FRESH_SHOE), shoe)
    return open_round(stakes or (100,), draws, rules, side_stakes=side)


def act(state: State, *actions: str) -> State:
    """Decide for the active seat, through `price` as a table does."""
    for action in actions:
        decision = BlackjackDecision(Action(action))
        GAME.price(state, state.active_seat, decision)
        state = GAME.decide(state, state.active_seat, decision)
    return state


def ranks(cards: Sequence[int | None]) -> str:
    """Return the ranks of faces, `?` for a hidden one."""
    return " ".join("?" if face is None else RANKS[face % 13] for face in cards)


def seat_ranks(state: State, seat: int = 0) -> list[str]:
    """Return the ranks of each hand of a seat."""
    return [ranks(hand.cards) for hand in state.seats[seat].hands]


def unused(state: State) -> int:
    """Return how many named cards the round has not drawn."""
    assert isinstance(state.draws, Stacked)
    return state.draws.unused


def snapshot(state: State) -> object:
    """Return everything that a state is, to compare later."""
    draws = state.draws
    rest = draws.unused if isinstance(draws, Stacked) else draws.copy().word()
    return msgspec.structs.astuple(state), draws.words_used, rest


def other_futures(state: State) -> Iterator[State]:
    """Yield states with the same open cards, but another hole card and another stream."""
    up, *holes = state.dealer
    if not (holes and state.counts):
        for number in range(3):
            draws = Draws(bytes([number + 100]) * 32, [])
            dealer = (up, number) if holes else (up,)
            yield msgspec.structs.replace(state, dealer=dealer, draws=draws)
        return
    hole = holes[0]
    for face in range(0, FACES, 5):
        peeked = state.stage is Stage.HANDS and VALUES[up] in (ACE, TEN)
        if peeked and total_of((up, face))[0] == 21:
            continue
        counts = list(state.counts)
        if not counts[face]:
            continue
        counts[hole] += 1
        counts[face] -= 1
        yield msgspec.structs.replace(
            state,
            dealer=(up, face),
            counts=tuple(counts),
            draws=Draws(bytes([face]) * 32, []),
        )


def outcomes(
    step: Callable[[Draws], State], left: Sequence[int]
) -> Iterator[tuple[Fraction, State]]:
    """Yield (chance, state) for every card order that a step can meet; `left` by face."""
    pending: list[tuple[tuple[int, ...], Fraction]] = [((), Fraction(1))]
    while pending:
        faces, chance = pending.pop()
        try:
            state = step(Stacked(faces, left))
        except NeedCard as need:
            size = sum(need.left)
            pending.extend(
                ((*faces, face), chance * Fraction(count, size))
                for face, count in enumerate(need.left)
                if count
            )
        else:
            yield chance, state


def shoe_by_value(**counts: int) -> tuple[list[int], tuple[int, ...]]:
    """Return a small shoe as (counts by face, counts by value), one suit: `T=4, A=2, _8=6`."""
    by_face = [0] * 52
    by_value = [0] * 10
    for name, count in counts.items():
        face = RANKS.index(name.removeprefix("_"))
        by_face[face] = count
        by_value[VALUES[face] - 1] += count
    return by_face, tuple(by_value)


def soft_17s() -> Iterator[str]:
    """Yield every order of cards in which a dealer comes to soft 17."""
    names = "A23456"

    def grow(cards: str, hard: int, aces: int) -> Iterator[str]:
        total = hard + 10 if aces and hard <= 11 else hard
        if total == 17 and aces and len(cards) > 1:
            yield cards
        elif total < 17:
            for value, name in enumerate(names, start=1):
                if hard + value <= 7:
                    yield from grow(cards + name, hard + value, aces + (value == 1))

    yield from grow("", 0, 0)


SOFT_17S = sorted(soft_17s())
