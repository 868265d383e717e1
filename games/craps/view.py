"""What is seen of a round of craps. Nothing is hidden: dice lie open."""

from __future__ import annotations

from typing import Annotated, Final

import msgspec

from games.craps.bets import MULTIPLES, POINTS, CrapsStatus, CrapsWager
from games.craps.rules import MAXIMUM_COMES, MAXIMUM_ROLLS, State, offers
from games.game import Option
from protocol.messages.common import MAXIMUM_INTEGER, Amount, Counter

Die = Annotated[int, msgspec.Meta(ge=1, le=6)]


class CrapsView(msgspec.Struct, frozen=True, gc=False):
    """A round as it stands."""

    rolls: tuple[tuple[Die, Die], ...]
    """Both dice of every roll so far, the come-out roll first."""
    rolls_left: Counter
    """How many more rolls there are before those that decide nothing are left out."""
    bets: tuple[CrapsWager, ...]
    """Every bet in the order in which it was placed, decided ones too."""
    stake: Amount
    """Everything staked so far, in minor units."""
    payout: Amount | None
    """All that came back in minor units; null until the round has ended."""
    options: tuple[Option, ...]
    """What may be done now, with useful amounts; the rules take others within the limits too."""
    summary: str
    """The last roll and what it left, in a sentence or two; amounts in minor units."""


def view_of(state: State, seat: int | None) -> CrapsView:
    """Return what the seat may see, or with None what a watcher may see: all but the options."""
    payout = state.payouts[0]
    stake = state.stakes[0]
    return CrapsView(
        rolls=state.rolls,
        rolls_left=state.rolls_left,
        bets=state.wagers,
        stake=stake,
        payout=payout,
        options=() if seat is None else tuple([Option(*offer) for offer in offers(state)]),
        summary=_summary(state, stake, payout),
    )


def _summary(state: State, stake: int, payout: int | None) -> str:
    first, second = state.rolls[-1]
    text = f"Roll {len(state.rolls)}: {first} and {second}, {first + second}."
    if payout is None:
        standing = sum(wager.status is CrapsStatus.STANDING for wager in state.wagers)
        return f"{text} {standing} {'bet stands' if standing == 1 else 'bets stand'}."
    if payout == stake:
        return f"{text} {payout} back, as much as was staked."
    word, amount = ("Won", payout - stake) if payout > stake else ("Lost", stake - payout)
    return f"{text} {word} {amount}."


def _maximum_reply_bytes() -> int:
    """Return a length that no view exceeds: every bet there can be, and every option at once."""
    huge = MAXIMUM_INTEGER
    names = [*MULTIPLES, *["dont-come"] * MAXIMUM_COMES]
    lines = ["pass", "dont-pass", *[f"{bet}-10" for bet in ("come", "dont-come")] * len(POINTS)]
    options = [Option(f"odds-{name}-{huge}", "Lay odds against 10", huge) for name in lines] * 2
    options += [Option(f"dont-come-{huge}", "Don't come", huge)] * 4
    options += [Option("roll", "Roll")]
    view = CrapsView(
        rolls=((6, 6),) * (MAXIMUM_ROLLS + len(POINTS)),
        rolls_left=MAXIMUM_ROLLS,
        bets=tuple(
            [CrapsWager(name, huge, 10, huge, CrapsStatus.STANDING, huge) for name in names]
        ),
        stake=huge,
        payout=huge,
        options=tuple(options),
        summary=f"Roll 56: 6 and 6, 12. {huge} back, as much as was staked.",
    )
    return len(msgspec.msgpack.encode(view))


MAXIMUM_REPLY_BYTES: Final = _maximum_reply_bytes()
