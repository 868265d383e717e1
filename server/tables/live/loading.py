"""Loads a live table from the record: where it was when its last owner let it go, or died.

An open round goes on where that is fair to everybody: one that took bets takes them again for the
whole window, one that was closed is drawn after its whole pause, one of turns waits for the seat
whose turn it is. A multiplier that was rising ends: whoever has cashed out or reached his target is
paid that, and everybody else what it certainly had come to, as a decision of the house.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec
import structlog

from games.instant import curve
from games.live import RisingRound, Style
from games.live.rising import EARLIEST
from protocol.messages.common import Balance
from protocol.messages.live import BoardEntry, CashOut
from server.fairness.framing import unframe_client_seeds
from server.tables.live.core import BOARD, Phase
from server.tables.live.requests import CASH_OUT, CashOutDecision
from server.tables.live.round import LiveRound
from server.tables.live.seats import Seat
from server.tables.live.standing import put_together, read_stage
from server.tables.live.table import LiveTable

__all__ = ["load_board", "load_round", "load_seats", "resume_round"]

log = structlog.get_logger(__name__)
_encode: Final = msgspec.msgpack.Encoder().encode

_SEATS: Final = "SELECT seat, account, client_seed, chain FROM live_seat WHERE table_id = $1"
_ROUND: Final = """
    SELECT l.chain, l.n, l.seats, l.accepted, l.closed, l.drawn, l.ticked_ms, l.void_ordered,
        o.client_seeds, o.step, CASE WHEN o.parked THEN coalesce(l.parked_for, '') END AS parked
    FROM live_round l JOIN open_round o ON o.chain = l.chain AND o.n = l.n
    WHERE l.table_id = $1
"""
_HOLDS: Final = "SELECT seat, account, session, amount, bets FROM hold WHERE chain = $1 AND n = $2"
_WAGERS: Final = """
    SELECT w.seat, w.account, w.session, w.stake = 0 AS returned, w.payout, w.bets, (
        SELECT sum(i.stake)::bigint FROM round_input i
        WHERE i.chain = w.chain AND i.n = w.n AND i.seat = w.seat) AS staked,
        a.balance, a.held, a.version
    FROM wager w JOIN account a ON a.id = w.account WHERE w.chain = $1 AND w.n = $2
"""
_ASKED: Final = """
    SELECT session, id FROM request
    WHERE session = ANY ($1) AND chain = $2 AND n = $3 AND verdict = 0
"""
_INPUTS: Final = """
    SELECT step, seat, decision, platform FROM round_input
    WHERE chain = $1 AND n = $2 AND step >= $3 ORDER BY step
"""
_VOID_GOES_ON: Final = "The table was interrupted while the round was being voided."
_ACCEPTED: Final = """
    SELECT seat, decision, stake, platform FROM round_input
    WHERE chain = $1 AND n = $2 AND step < $3 ORDER BY step
"""
_ACCOUNTS: Final = """
    SELECT seat, account FROM hold WHERE chain = $1 AND n = $2
    UNION SELECT seat, account FROM wager WHERE chain = $1 AND n = $2
"""
_BOARD: Final = """
    SELECT r.chain, r.n, r.client_seeds, r.void_cause, i.decision AS stage FROM round r
    LEFT JOIN round_input i
        ON i.chain = r.chain AND i.n = r.n AND i.step = 0 AND i.seat = -1
    WHERE r.table_id = $1 ORDER BY r.chain DESC, r.n DESC LIMIT $2
"""


async def load_seats(pool: Any, table: LiveTable) -> None:
    """Put everybody on his seat."""
    now = table.house.monotonic()
    for row in await pool.fetch(_SEATS, table.id):
        table.seats[row["seat"]] = Seat(
            row["seat"], row["account"], row["client_seed"], row["chain"], now
        )


async def load_round(pool: Any, table: LiveTable) -> LiveRound | None:
    """Return the open round of a table, replayed; None where there is none."""
    row = await pool.fetchrow(_ROUND, table.id)
    if row is None:
        return None
    chain = table.chain
    assert chain is not None, "the chain of an open round is loaded before it"
    seeds = tuple(zip(row["seats"], unframe_client_seeds(row["client_seeds"]), strict=True))
    round_ = LiveRound(table.rules, row["chain"], row["n"], chain.seeds.seed(row["n"]), seeds)
    round_.step, round_.accepted = row["step"], row["accepted"]
    round_.void_reason, table.parked = row["void_ordered"], row["parked"]
    if table.rules.style is Style.ROLLS:
        await _load_rolls(pool, round_)
    sessions = await _load_held(pool, round_) | await _load_paid(pool, round_)
    for asked in await pool.fetch(_ASKED, list(sessions), row["chain"], row["n"]):
        round_.asked[asked["session"], asked["id"]] = True
    table.phase = Phase.BETTING
    if row["closed"] is not None:
        round_.close()
        table.phase = Phase.CLOSED
    if row["drawn"] is not None:
        round_.derive()
        await _replay(pool, round_)
        # Only seats that are to decide are waited for; what else was drawn is about to be paid.
        waits = table.rules.style is Style.TURNS and round_.void_reason is None
        if waits and round_.state and not round_.state.finished:
            table.phase = Phase.PLAYING
    if table.parked is not None:
        table.phase = Phase.CLOSED  # it takes nothing more, wherever it was
    table.round = round_
    return round_


async def _load_held(pool: Any, round_: LiveRound) -> set[int]:
    """Put on the table what is on hold; returns the sessions that bet it."""
    sessions = set()
    for hold in await pool.fetch(_HOLDS, round_.chain, round_.n):
        placed = round_.at_seat(hold["seat"], hold["account"])
        if placed.bets is None:
            placed.bets = msgspec.msgpack.decode(hold["bets"], type=round_.rules.game.bets_type)
            placed.stake = hold["amount"]
        sessions.add(hold["session"])
    return sessions


async def _load_rolls(pool: Any, round_: LiveRound) -> None:
    """Put on the table what stood and what was bet, from the inputs: a draw changes holds."""
    inputs = await pool.fetch(_ACCEPTED, round_.chain, round_.n, round_.accepted)
    stage, bets, stakes = put_together(round_.rules, inputs)
    round_.stage = stage
    for row in await pool.fetch(_ACCOUNTS, round_.chain, round_.n):
        placed = round_.at_seat(row["seat"], row["account"])
        placed.bets, placed.stake = bets[row["seat"]], stakes[row["seat"]]


async def _load_paid(pool: Any, round_: LiveRound) -> set[int]:
    """Note what is settled already, or was returned; returns the sessions that had bet it."""
    sessions = set()
    for wager in await pool.fetch(_WAGERS, round_.chain, round_.n):
        placed = round_.at_seat(wager["seat"], wager["account"])
        if placed.bets is None:
            bets_type = round_.rules.game.bets_type
            placed.bets = msgspec.msgpack.decode(wager["bets"], type=bets_type)
            placed.stake = wager["staked"]
        placed.paid = wager["payout"]
        placed.balance = Balance(wager["balance"], wager["held"], wager["version"])
        sessions.add(wager["session"])
        if wager["returned"]:
            round_.void_reason = round_.void_reason or _VOID_GOES_ON
    return sessions


async def _replay(pool: Any, round_: LiveRound) -> None:
    for entry in await pool.fetch(_INPUTS, round_.chain, round_.n, round_.accepted):
        round_.take_recorded(entry["seat"], entry["decision"])
    if round_.rising is not None:
        round_.cash_outs = _cashed_out(round_, round_.rising)


def _cashed_out(round_: LiveRound, rising: RisingRound) -> list[CashOut]:
    """Return who has cashed out, by a decision or at his target, in the order they did.

    Only those that are paid: before that nobody is told, and an operator may still void the round.
    """
    out = []
    for index, seat in enumerate(round_.bettors):
        placed = round_.placed[seat]
        # Whoever is paid something without a decision has reached his target.
        at_ms = rising.due_ms(index) if placed.at_ms is None else placed.at_ms
        if placed.paid and at_ms is not None:
            out.append(CashOut(seat, at_ms, placed.paid))
    return sorted(out, key=lambda one: one.at_ms)


async def load_board(pool: Any, table: LiveTable, seeds_of: Any) -> None:
    """Put the latest rounds on the board; each is derived from its seed."""
    for row in await pool.fetch(_BOARD, table.id, BOARD):
        wire_id = f"{row['chain']}-{row['n']}"
        if row["void_cause"] is not None:
            table.board.append(BoardEntry(wire_id, "void", voided=True))
            continue
        if table.rules.style is Style.TURNS:
            continue  # the cards depend on every decision; the board begins anew
        seeds = await seeds_of(row["chain"])
        if seeds is None:
            return
        round_ = LiveRound(
            table.rules,
            row["chain"],
            row["n"],
            seeds.seed(row["n"]),
            tuple(enumerate(unframe_client_seeds(row["client_seeds"]))),
        )
        stage = None if row["stage"] is None else read_stage(row["stage"])
        summary = table.rules.summary(table.rules.draw((), round_.draws, stage))
        table.board.append(BoardEntry(wire_id, summary[:64]))


async def resume_round(
    pool: Any, table: LiveTable, round_: LiveRound, *, restored: bool = False
) -> None:
    """Let an open round go on.

    One from a backup that was restored is void: it may have ended after the backup, so that its
    seed is known to whoever could bet or decide now. One that was being voided stays void, whatever
    its draw would have been. A parked one waits for an operator, whoever takes its table.
    """
    if table.parked is not None:
        log.error("a live round is parked", table=table.id, round=round_.wire_id,
                  reason=table.parked)  # fmt: skip
        return
    if round_.void_reason is not None:
        table.go_on_voiding()
        return
    if restored and table.void("The record was restored from a backup."):
        return
    row = await pool.fetchrow(_ROUND, table.id)
    if row is None:
        return
    if row["closed"] is None:
        table.go_on_betting()
    elif row["drawn"] is None:
        table.go_on_closed()
    elif table.rules.style is not Style.RISING:
        table.go_on_drawn()
    else:
        _crash(table, round_, row["ticked_ms"])


def _crash(table: LiveTable, round_: LiveRound, ticked_ms: int) -> None:
    """End a rising round whose owner is gone, by the rule above."""
    rising = round_.rising
    assert rising is not None, "a rising round that was drawn has been derived"
    paid = any(placed.paid is not None for placed in round_.placed.values())
    if ticked_ms < EARLIEST:
        if not paid:
            table.void("The table was interrupted before the multiplier had risen.")
            return
        if rising.crash_ms <= EARLIEST:
            table.cash_out_all([], 0, b"")  # nobody could cash out: who was paid lost to the crash
            return
        ticked_ms = EARLIEST
    at_ms = min(ticked_ms, curve.LONGEST, rising.crash_ms - 1)
    waiting = [
        seat
        for index, seat in enumerate(round_.bettors)
        if round_.placed[seat].paid is None
        and round_.placed[seat].at_ms is None
        and not _reached(rising.due_ms(index), at_ms)
    ]
    log.warning("a rising round was interrupted", seats=len(waiting), at_ms=at_ms)
    table.cash_out_all(waiting, at_ms, _encode(CashOutDecision(CASH_OUT, at_ms)))


def _reached(due_ms: int | None, at_ms: int) -> bool:
    return due_ms is not None and due_ms <= at_ms
