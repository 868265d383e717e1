"""What an event makes of the state of a live table: a pure function, the same in every client.

The browser's client has it too (`web/packages/sdk/src/live-state.ts`), and both are held against
`tests/client/live-states.json`.
"""

from __future__ import annotations

from typing import Final

import msgspec
from msgspec.structs import replace

from protocol.messages.live import (
    BetsClosed,
    BetsPlaced,
    BoardEntry,
    CashedOut,
    LiveEvent,
    LiveState,
    PlacedBets,
    Rising,
    RoundOpened,
    RoundResult,
    RoundVoided,
    SeatChanged,
    SeatInfo,
    TableStatus,
    Turn,
)

__all__ = ["BOARD_LENGTH", "EMPTY", "after"]

BOARD_LENGTH: Final = 50
"""Rounds that a client keeps on the board; the server tells fewer."""

EMPTY: Final = msgspec.Raw()
"""The view of a round of which nothing is drawn yet."""

VOID_SUMMARY: Final = "void"


def after(state: LiveState, event: LiveEvent) -> LiveState:
    """Return where the table stands behind an event. Clocks start with the event.

    What lies on the table stays there with the result, until the next round opens. A void round
    leaves nothing there, its stage neither.
    """
    changed = replace(state, epoch=event.epoch, seq=event.seq)
    match event:
        case TableStatus():
            return replace(changed, state=event.state)
        case SeatChanged():
            return replace(changed, players=_players(state.players, event))
        case RoundOpened():
            return _opened(changed, event)
        case RoundResult():
            return _settled(changed, event)
        case RoundVoided():
            return _voided(changed, event)
        case _:
            return _played(changed, event)


def _played(state: LiveState, event: LiveEvent) -> LiveState:
    """Return a state behind something that happened within a round."""
    match event:
        case BetsPlaced() if event.round == state.round:
            return replace(state, placed=_placed(state.placed, event.placed))
        case BetsClosed():
            return replace(state, phase="closed", phase_ms=event.draws_ms)
        case Turn():
            return replace(
                state,
                phase="playing",
                phase_ms=event.decide_ms,
                round=event.round,
                step=event.step,
                acting=event.acting,
                view=event.view,
            )
        case Rising():
            return replace(state, phase="playing", phase_ms=None, round=event.round, elapsed_ms=0)
        case CashedOut() if event.round == state.round:
            others = [one for one in state.cash_outs if one.seat != event.cash_out.seat]
            return replace(state, cash_outs=(*others, event.cash_out))
    return state


def _settled(state: LiveState, event: RoundResult) -> LiveState:
    shown = replace(state, view=event.view, phase_ms=event.next_ms)
    return _ended(shown, BoardEntry(event.round, event.summary))


def _voided(state: LiveState, event: RoundVoided) -> LiveState:
    cleared = replace(state, view=EMPTY, phase_ms=None, placed=(), cash_outs=(), stage=None)
    entry = BoardEntry(event.round, VOID_SUMMARY, voided=True)
    return replace(_ended(cleared, entry), phase="idle")


def _opened(state: LiveState, event: RoundOpened) -> LiveState:
    return replace(
        state,
        phase="betting",
        phase_ms=event.closes_ms,
        chain=event.chain,
        round=event.round,
        client_seeds=event.client_seeds,
        placed=event.placed,
        stage=event.stage,
        step=0,
        acting=None,
        view=EMPTY,
        elapsed_ms=None,
        cash_outs=(),
    )


def _ended(state: LiveState, entry: BoardEntry) -> LiveState:
    """Return a state behind the end of a round, which stands on the board once."""
    board = [one for one in state.board if one.round != entry.round]
    return replace(
        state,
        phase="result",
        round=None,
        acting=None,
        elapsed_ms=None,
        board=(entry, *board)[:BOARD_LENGTH],
    )


def _placed(before: tuple[PlacedBets, ...], newest: PlacedBets) -> tuple[PlacedBets, ...]:
    """Return the bets in seat order, with a seat's newest in the place of its older ones."""
    others = [one for one in before if one.seat != newest.seat]
    return tuple(sorted([*others, newest], key=lambda one: one.seat))


def _players(before: tuple[SeatInfo, ...], event: SeatChanged) -> tuple[SeatInfo, ...]:
    others = [one for one in before if one.seat != event.seat]
    if event.taken:
        others.append(SeatInfo(event.seat, event.connected))
    return tuple(sorted(others, key=lambda one: one.seat))
