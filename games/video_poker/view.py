"""What a seat or a watcher sees of a round of video poker. Nothing is hidden but the deck."""

from __future__ import annotations

from typing import Annotated, Final

import msgspec

from games.cards import CARD_LABELS, Face, labels
from games.game import Option
from games.video_poker.hands import HAND
from games.video_poker.machines import Machine
from games.video_poker.rules import ACTIONS, HOLDS, State, paid_row
from protocol.messages.common import Amount, Name

Place = Annotated[int, msgspec.Meta(ge=1, le=HAND)]


class VideoPokerView(msgspec.Struct, frozen=True, gc=False):
    """A round from its only seat; a watcher sees it without options."""

    cards: tuple[Face, ...]
    """The five cards now, place 1 first; face 52 is the joker."""
    dealt: tuple[Face, ...]
    """The five cards as dealt."""
    held: tuple[Place, ...] | None
    """The places that were held; null while undecided."""
    row: Name
    """What the cards make now, as the pay table names it: `full-house`, `high-pair`, `nothing`."""
    hand: str
    """The same in words."""
    stake: Amount
    payout: Amount | None
    """What comes back in minor units, stake included; null while undecided."""
    options: tuple[Option, ...]
    """All 32 holds while undecided."""
    summary: str
    """For a history: `Full house: K♠ K♦ K♥ 2♣ 2♦`."""


_PLACES: Final = tuple(
    tuple(place + 1 for place in range(HAND) if hold >> place & 1) for hold in range(HOLDS)
)


def view_of(machine: Machine, state: State, seat: int | None) -> VideoPokerView:
    """Return what the seat may see, or with None what a watcher may see."""
    row = paid_row(machine, state.cards)
    hand = machine.label(row)
    undecided = state.hold is None
    return VideoPokerView(
        state.cards,
        state.dealt,
        None if state.hold is None else _PLACES[state.hold],
        row.value,
        hand,
        state.stake,
        state.payouts[0],
        hold_options(state.dealt) if undecided and seat is not None else (),
        f"Dealt {labels(state.cards)}" if undecided else f"{hand}: {labels(state.cards)}",
    )


def hold_options(cards: tuple[int, ...]) -> tuple[Option, ...]:
    """Return every hold with the cards that it keeps."""
    names = [CARD_LABELS[face] for face in cards]
    options = [Option(ACTIONS[0], "Hold nothing")]
    for hold in range(1, HOLDS):
        held = [names[place - 1] for place in _PLACES[hold]]
        options.append(Option(ACTIONS[hold], "Hold " + " ".join(held)))
    return tuple(options)
