"""What no round of a machine can exceed: draws, payout and length of the view."""

from __future__ import annotations

import heapq
import itertools
from typing import Final

import msgspec

from games.slots.events import FreeGamesWon, LineWin, Reveal, ScatterWin, SlotView, Total
from games.slots.lines import LineRules
from games.slots.machine import Machine, ReelSet
from games.slots.reels import Column, columns_of
from protocol.messages.common import MAXIMUM_INTEGER

_SEARCH_WORK: Final = 2_000_000
"""Line states looked at for the highest spin, at most 0.5 s. Beyond it the bound is less tight."""


def maximum_draws(machine: Machine) -> int:
    """Return how many values a round with the full number of free games draws."""
    free_games = machine.free_games.cap if machine.free_games else 0
    return machine.reel_count * (1 + free_games)


def maximum_payout_factor(machine: Machine, rules: LineRules) -> int:
    """Return how many times the total stake no payout exceeds.

    The highest paid spin, followed by the highest free game as often as the cap allows, all with
    the multiplier. No round comes to more, whether or not one can come to as much.
    """
    highest = highest_spin(machine, machine.reels, rules)
    if machine.free_games is not None:
        games = machine.free_games
        free = highest
        if games.reels != machine.reels:
            free = highest_spin(machine, games.reels, rules)
        highest += games.cap * games.multiplier * free
    return -(-highest // len(machine.lines))


def highest_spin(machine: Machine, reels: ReelSet, rules: LineRules) -> int:
    """Return a number of line bets that no spin exceeds; the exact maximum where it is found soon.

    Best first: what is expanded next is the window with the highest that its lines, each taken for
    itself, can still come to. So the first full window taken out is the maximum, and at any earlier
    moment the one on top is a bound.
    """
    columns = [sorted(set(table)) for table in columns_of(machine, reels)]
    most_scatters = [max(len(column.scatters) for column in reel) for reel in columns]
    still = [sum(most_scatters[reel:]) for reel in range(len(columns) + 1)]
    tie = itertools.count()  # keeps the heap from comparing states
    start = (rules.start,) * len(machine.lines)
    heap = [(-_reach(machine, rules, start, still[0]), next(tie), 0, start, 0)]
    for _ in range(_SEARCH_WORK // (len(machine.lines) * max(map(len, columns)))):
        bound, _, reel, states, scatters = heap[0]
        if reel == len(columns):
            return -bound
        heapq.heappop(heap)
        for column in columns[reel]:
            after = _advance(machine, rules, states, column, reel)
            count = scatters + len(column.scatters)
            reach = _reach(machine, rules, after, count + still[reel + 1])
            heapq.heappush(heap, (-reach, next(tie), reel + 1, after, count))
    return -heap[0][0]


def _advance(
    machine: Machine, rules: LineRules, states: tuple[int, ...], column: Column, reel: int
) -> tuple[int, ...]:
    symbols = column.symbols
    return tuple(
        [
            rules.step[state][symbols[line[reel]]]
            for state, line in zip(states, machine.lines, strict=True)
        ]
    )


def _reach(machine: Machine, rules: LineRules, states: tuple[int, ...], scatters: int) -> int:
    best = rules.best
    return sum([best[state] for state in states]) + machine.scatter_pay(scatters)


def maximum_reply_bytes(machine: Machine) -> int:
    """Return a length in MessagePack that no view exceeds.

    Every line wins in every spin, the scatter as well, and every number is as long as it can be.
    """
    size = _encoded_size
    window = range(machine.reel_count * machine.rows)
    cells = tuple(window)
    symbol = max([*machine.symbols, *(pay.name for pay in machine.pays)], key=len)
    column = (max(machine.symbols, key=len),) * machine.rows
    stops = (MAXIMUM_INTEGER,) * machine.reel_count
    spin = size(Reveal(stops, (column,) * machine.reel_count, MAXIMUM_INTEGER))
    line = cells[: machine.reel_count]
    spin += len(machine.lines) * size(
        LineWin(len(machine.lines), symbol, machine.reel_count, MAXIMUM_INTEGER, line)
    )
    spins = 1
    if machine.scatter is not None:
        spin += size(ScatterWin(symbol, len(cells), MAXIMUM_INTEGER, cells))
    if machine.free_games is not None:
        cap = machine.free_games.cap
        spin += size(FreeGamesWon(cap, cap, machine.free_games.multiplier, cells))
        spins += cap
    summary = f"999 line wins, 999 scatters, 999 {machine.words['free_games']}"
    summary = max(summary, machine.words["no_win"], key=lambda text: len(text.encode()))
    frame = size(SlotView((Total(MAXIMUM_INTEGER),), MAXIMUM_INTEGER, summary))
    return frame + 4 + spins * spin  # 4: the longest array header above the one already counted


def _encoded_size(value: msgspec.Struct) -> int:
    return len(msgspec.msgpack.encode(value))
