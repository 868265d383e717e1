"""What a client sees of a slot round: events to play in order, without evaluating anything.

A *cell* is a place in the window, counted down the first reel, then down the second, and so on:
`reel * rows + row`. Amounts are minor units and contain every multiplier.
"""

from __future__ import annotations

import msgspec

from games.game import Option
from protocol.messages.common import Amount, Counter, Name


class Reveal(
    msgspec.Struct, frozen=True, gc=False, omit_defaults=True, tag="reveal", tag_field="event"
):
    """The reels stop."""

    stops: tuple[Counter, ...]
    """The place on each strip that is seen in the top row."""
    window: tuple[tuple[Name, ...], ...]
    """Symbols of each reel from top to bottom."""
    free_game: Counter = 0
    """1 for the first free game and so on; absent in the paid spin."""


class LineWin(
    msgspec.Struct, frozen=True, gc=False, omit_defaults=True, tag="line_win", tag_field="event"
):
    """A line of the last reveal pays."""

    line: Counter
    """From 1, as in the help."""
    symbol: Name
    """The row of the pay table: a symbol, or the name of a group of symbols."""
    count: Counter
    payout: Amount
    positions: tuple[Counter, ...]
    """The cells of the run."""
    multiplier: Counter = 1
    """Of the wilds in it; absent where it is 1."""


class WaysWin(msgspec.Struct, frozen=True, gc=False, tag="ways_win", tag_field="event"):
    """A row of the pay table pays by ways in the last window."""

    symbol: Name
    count: Counter
    """Reels of the run."""
    ways: Counter
    """Choices of one cell a reel, multipliers of wilds included."""
    payout: Amount
    positions: tuple[Counter, ...]
    """All cells that take part."""


class ScatterWin(msgspec.Struct, frozen=True, gc=False, tag="scatter_win", tag_field="event"):
    """The scatters of the last window pay."""

    symbol: Name
    count: Counter
    payout: Amount
    positions: tuple[Counter, ...]


class FreeGamesWon(msgspec.Struct, frozen=True, gc=False, tag="free_games_won", tag_field="event"):
    """The scatters of the last window win free games; the reveals that follow are those."""

    count: Counter
    """Games added, already cut to the cap of a round."""
    left: Counter
    """Games now left to play."""
    multiplier: Counter
    positions: tuple[Counter, ...]


class WildsHeld(msgspec.Struct, frozen=True, gc=False, tag="wilds_held", tag_field="event"):
    """Wilds stay where they are; told before the reveal of the free game in which they do."""

    symbol: Name
    positions: tuple[Counter, ...]


class WildExpanded(msgspec.Struct, frozen=True, gc=False, tag="wild_expanded", tag_field="event"):
    """Wilds of the last reveal fill their reels, before anything pays on lines."""

    positions: tuple[Counter, ...]
    """All cells of those reels."""


class Cascaded(msgspec.Struct, frozen=True, gc=False, tag="cascade", tag_field="event"):
    """The cells that paid are empty, the symbols above fall, and the strips move on."""

    removed: tuple[Counter, ...]
    """The cells that were emptied."""
    window: tuple[tuple[Name, ...], ...]
    """What is seen afterwards."""
    multiplier: Counter
    """Of the wins that follow; contained in them."""


class Coin(msgspec.Struct, frozen=True, gc=False):
    """A coin that is held."""

    position: Counter
    """Its cell."""
    payout: Amount
    """What it will pay."""


class RespinsStarted(
    msgspec.Struct, frozen=True, gc=False, tag="respins_started", tag_field="event"
):
    """The coins of the last window are held and the other places respin."""

    coins: tuple[Coin, ...]
    left: Counter
    """Respins left."""


class Respin(msgspec.Struct, frozen=True, gc=False, tag="respin", tag_field="event"):
    """One respin: the new coins, if any."""

    coins: tuple[Coin, ...]
    left: Counter


class RespinsPaid(msgspec.Struct, frozen=True, gc=False, tag="respins_paid", tag_field="event"):
    """No respin is left; all coins pay, and more where every place holds one."""

    coins: Counter
    full: bool
    """Whether every place holds a coin."""
    payout: Amount


class PickStarted(msgspec.Struct, frozen=True, gc=False, tag="pick_started", tag_field="event"):
    """The bonus symbols of the last window start the bonus."""

    positions: tuple[Counter, ...]
    places: Counter
    picks: Counter
    """The most places that can be opened."""


class Picked(msgspec.Struct, frozen=True, gc=False, tag="picked", tag_field="event"):
    """The player opened a place."""

    place: Counter
    """From 1."""
    payout: Amount
    """0 where the bonus ends."""
    left: Counter
    """Picks left."""


class GambleOffered(msgspec.Struct, frozen=True, gc=False, tag="gamble_offered", tag_field="event"):
    """All that was won so far can be gambled or collected."""

    payout: Amount


class Gambled(msgspec.Struct, frozen=True, gc=False, tag="gambled", tag_field="event"):
    """The player gambled all that was won so far."""

    choice: Name
    """`red` or `black`."""
    drawn: Name
    payout: Amount
    """What the round has won now: twice what was gambled, or 0."""


class Total(msgspec.Struct, frozen=True, gc=False, tag="total", tag_field="event"):
    """The round is over."""

    payout: Amount


Event = (
    Reveal
    | LineWin
    | WaysWin
    | ScatterWin
    | FreeGamesWon
    | WildsHeld
    | WildExpanded
    | Cascaded
    | RespinsStarted
    | Respin
    | RespinsPaid
    | PickStarted
    | Picked
    | GambleOffered
    | Gambled
    | Total
)


class SlotView(msgspec.Struct, frozen=True, gc=False):
    """A whole round."""

    events: tuple[Event, ...]
    payout: Amount
    summary: str
    """For a history: `2 line wins`."""


class SlotPlayView(msgspec.Struct, frozen=True, gc=False):
    """A round in which the player decides: all that has happened so far."""

    events: tuple[Event, ...]
    """All from the start of the round; the last one is the total once it is over."""
    payout: Amount | None
    """Null until the round has ended."""
    options: tuple[Option, ...]
    """What the seat may do now; empty for a watcher and when the round has ended."""
    summary: str
    """What happened, and what is to be decided."""
