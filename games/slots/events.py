"""What a client sees of a slot round: events to play in order, without evaluating anything.

A *cell* is a place in the window, counted down the first reel, then down the second, and so on:
`reel * rows + row`. Amounts are minor units and contain every multiplier.
"""

from __future__ import annotations

import msgspec

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


class LineWin(msgspec.Struct, frozen=True, gc=False, tag="line_win", tag_field="event"):
    """A line of the last reveal pays."""

    line: Counter
    """From 1, as in the help."""
    symbol: Name
    """The row of the pay table: a symbol, or the name of a group of symbols."""
    count: Counter
    payout: Amount
    positions: tuple[Counter, ...]
    """The cells of the run."""


class ScatterWin(msgspec.Struct, frozen=True, gc=False, tag="scatter_win", tag_field="event"):
    """The scatters of the last reveal pay."""

    symbol: Name
    count: Counter
    payout: Amount
    positions: tuple[Counter, ...]


class FreeGamesWon(msgspec.Struct, frozen=True, gc=False, tag="free_games_won", tag_field="event"):
    """The scatters of the last reveal win free games; the reveals that follow are those."""

    count: Counter
    """Games added, already cut to the cap of a round."""
    left: Counter
    """Games now left to play."""
    multiplier: Counter
    positions: tuple[Counter, ...]


class Total(msgspec.Struct, frozen=True, gc=False, tag="total", tag_field="event"):
    """The round is over."""

    payout: Amount


Event = Reveal | LineWin | ScatterWin | FreeGamesWon | Total


class SlotView(msgspec.Struct, frozen=True, gc=False):
    """A whole round."""

    events: tuple[Event, ...]
    payout: Amount
    summary: str
    """For a history: `2 line wins`."""
