"""The course of a round of video poker: five cards, a hold, new cards for the rest.

Draws of a round, each `games.entropy.draw_card` from the counts of one deck (52 faces, or 53 with
the joker as face 52), full at the start of every round:

1. five cards, for the places 1 to 5 in that order;
2. after the decision, from the deck without those five, a new card for each place that is not
   held, from place 1 to place 5. A card that was thrown away does not come back.

A hold is written as its places: `hold-none`, `hold-1-3-5`, `hold-1-2-3-4-5`. Every deal needs one,
a winning one too.
"""

from __future__ import annotations

from typing import Final

import msgspec

from games.entropy import Draws, draw_card
from games.video_poker.hands import HAND, Row, hand_row
from games.video_poker.machines import Machine

MAXIMUM_CARDS: Final = 2 * HAND
HOLDS: Final = 1 << HAND
"""A hold is a number below this: bit i tells whether the card at place i + 1 is kept."""
ACTIONS: Final = tuple(
    "hold-" + ("-".join(str(place + 1) for place in range(HAND) if mask >> place & 1) or "none")
    for mask in range(HOLDS)
)
"""The action of each hold."""
HOLD_OF: Final = {action: mask for mask, action in enumerate(ACTIONS)}


class State(msgspec.Struct, frozen=True, gc=False):
    """One round. A value: nothing changes it."""

    stake: int
    """In minor units; a round has no further one."""
    dealt: tuple[int, ...]
    """The five cards as dealt."""
    cards: tuple[int, ...]
    """The five cards now."""
    hold: int | None
    """None while undecided."""
    draws: Draws
    """The stream where it stands; to be copied before use."""
    payouts: tuple[int | None, ...] = (None,)

    @property
    def stakes(self) -> tuple[int, ...]:
        """The one seat's stake."""
        return (self.stake,)

    @property
    def finished(self) -> bool:
        """Whether the final hand is there."""
        return self.hold is not None


def open_round(machine: Machine, stake: int, draws: Draws) -> State:
    """Deal five cards."""
    draws = draws.copy()
    counts = [1] * machine.deck.faces
    cards = tuple([draw_card(draws, counts) for _ in range(HAND)])
    return State(stake, cards, cards, None, draws)


def paid_row(machine: Machine, cards: tuple[int, ...]) -> Row:
    """Return the row of the pay table that five cards make, or `NOTHING`."""
    row = hand_row(machine.deck, cards, machine.pairs)
    return row if row in machine.rows else Row.NOTHING


def draw(machine: Machine, state: State, hold: int) -> State:
    """Return the ended round of a hold: the other cards are replaced and the hand pays."""
    draws = state.draws.copy()
    counts = [1] * machine.deck.faces
    for face in state.dealt:
        counts[face] = 0
    cards = tuple(
        [
            face if hold >> place & 1 else draw_card(draws, counts)
            for place, face in enumerate(state.dealt)
        ]
    )
    payout = state.stake * machine.rows.get(paid_row(machine, cards), 0)
    return State(state.stake, state.dealt, cards, hold, draws, (payout,))
