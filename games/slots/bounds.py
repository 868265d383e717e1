"""What no round of a machine can exceed: draws, payout and length of the view."""

from __future__ import annotations

import heapq
import itertools
from typing import Final

import msgspec

from games.analysis.slot_cycle import cycle_of
from games.game import Option
from games.slots import decisions, events
from games.slots.columns import Column, columns_of
from games.slots.lines import LineRules
from games.slots.model import Machine, ReelSet
from games.slots.windows import WaysRules
from protocol.messages.common import MAXIMUM_INTEGER

_SEARCH_WORK: Final = 2_000_000
"""Line states looked at for the highest spin, at most 0.5 s. Beyond it the bound is less tight."""


def maximum_draws(machine: Machine) -> int:
    """Return how many values the longest round draws."""
    free_games = machine.free_games.cap if machine.free_games else 0
    draws = machine.reel_count * (1 + free_games)
    if machine.respins is not None:
        empty = machine.cells - machine.respins.trigger
        draws += machine.cells + empty * _most_respins(machine)
    if machine.pick is not None:
        draws += machine.pick.picks
    if machine.gamble is not None:
        draws += machine.gamble.steps
    return draws


def _most_respins(machine: Machine) -> int:
    """Return the most respins of a round: each but the last few brings one coin, as late as can."""
    rules = machine.respins
    if rules is None:
        return 0
    return rules.respins * (machine.cells - rules.trigger + 1)


def maximum_payout_factor(machine: Machine, rules: LineRules) -> int:
    """Return how many times the total stake no payout exceeds.

    The highest paid spin, followed by the highest free game as often as the cap allows, all with
    the multiplier, and the most that each feature can bring. No round comes to more, whether or not
    one can come to as much.
    """
    highest = highest_spin(machine, machine.reels, rules)
    if machine.free_games is not None:
        games = machine.free_games
        free = highest
        differs = any(wild.expands != wild.expands_free for wild in machine.wilds)
        if games.reels != machine.reels or games.sticky or differs:
            free = highest_spin(machine, games.reels, rules, free=True)
        highest += games.cap * games.multiplier * free
    factor = -(-highest // machine.units)
    if machine.respins is not None:
        values = [value for value, _ in machine.respins.values]
        factor += machine.cells * max(values) + machine.respins.full
    if machine.pick is not None:
        factor += sum(sorted(machine.pick.prizes)[-machine.pick.picks :])
    if machine.gamble is not None:
        factor = max(factor, machine.gamble.maximum)
    return factor


def highest_spin(machine: Machine, reels: ReelSet, rules: LineRules, *, free: bool = False) -> int:
    """Return a number of line bets that no spin exceeds."""
    if machine.cascades is not None:
        return cycle_of(machine.source, free=free).highest
    if machine.ways:
        return _highest_ways(machine, reels, free=free)
    if free and machine.free_games is not None and machine.free_games.sticky:
        # Held wilds bring windows that are on no strip.
        return len(machine.lines) * rules.best[rules.start] + machine.scatter_pay(machine.cells)
    return _search(machine, reels, rules, free=free)


def _highest_ways(machine: Machine, reels: ReelSet, *, free: bool) -> int:
    """Return a number of line bets that no window pays by ways, scatter pay included.

    Each row of the pay table is taken for itself with the richest column of every reel but the
    first, where the rows must share a column. A column that wilds of earlier games cover is not on
    the strip; it counts as all wilds.
    """
    ways = WaysRules(machine)
    tables = [set(table) for table in columns_of(machine, reels, free=free)]
    prepared = [
        [ways.rows(reel, column.symbols) for column in table] for reel, table in enumerate(tables)
    ]
    sticky = free and machine.free_games is not None and machine.free_games.sticky
    worth = []
    for row, pay in enumerate(machine.pays):
        highest, product = 0, 1
        for reel, columns in enumerate(prepared):
            most = max(cells[row][0] if row in cells else 0 for cells in columns)
            if sticky and reel:
                most = max(most, machine.reel_rows[reel] * machine.wilds[0].multiplier)
            product *= most if reel else 1
            highest = max(highest, product * pay.amounts[reel + 1])
        worth.append(highest)
    best = max(sum(cells[row][0] * worth[row] for row in cells) for cells in prepared[0])
    return best + machine.scatter_pay(machine.cells)


def _search(machine: Machine, reels: ReelSet, rules: LineRules, *, free: bool) -> int:
    """Return the exact maximum where it is found soon, else a bound.

    Best first: what is expanded next is the window with the highest that its lines, each taken for
    itself, can still come to. So the first full window taken out is the maximum, and at any earlier
    moment the one on top is a bound.
    """
    columns = [sorted(set(table)) for table in columns_of(machine, reels, free=free)]
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

    Every line wins in every spin, the scatter as well, every feature takes as long as it can, and
    every number is as long as it can be.
    """
    size = _encoded_size
    cells = tuple(range(machine.reel_count * machine.rows))
    most = MAXIMUM_INTEGER
    spins = 1
    spin = _spin_bytes(machine, cells)
    shown = spin
    if machine.free_games is not None:
        cap = machine.free_games.cap
        spins += cap
        won = size(events.FreeGamesWon(cap, cap, machine.free_games.multiplier, cells))
        shown += cap * spin + (cap + 1) * won
    if machine.respins is not None:
        coin = events.Coin(most, most)
        shown += size(events.RespinsStarted((coin,) * len(cells), most))
        shown += _most_respins(machine) * size(events.Respin((coin,), most))
        shown += len(cells) * size(coin)
        shown += size(events.RespinsPaid(most, False, most))
    if machine.pick is not None:
        shown += size(events.PickStarted(cells, most, most))
        shown += machine.pick.picks * size(events.Picked(most, most, most))
    if machine.gamble is not None:
        shown += machine.gamble.steps * size(events.Gambled("black", "black", most))
    longest = tuple(
        Option(action, f"{action} {action}", 0) for action in decisions.actions(machine)
    )
    frame = size(
        events.SlotPlayView(
            (events.Total(most), events.GambleOffered(most)),
            most,
            longest,
            "x" * _summary_bytes(machine),
        )
    )
    return frame + 4 + shown  # 4: the longest array header above the one already counted


def _spin_bytes(machine: Machine, cells: tuple[int, ...]) -> int:
    size = _encoded_size
    most = MAXIMUM_INTEGER
    symbol = max([*machine.symbols, *(pay.name for pay in machine.pays)], key=len)
    window = ((symbol,) * machine.rows,) * machine.reel_count
    shown = size(events.Reveal((most,) * machine.reel_count, window, most))
    run = cells[: machine.reel_count]
    if machine.ways:
        win = size(events.WaysWin(symbol, machine.reel_count, most, most, cells))
        wins = min(len(machine.pays), machine.rows) * win  # one row for each cell of reel 1
    else:
        line = events.LineWin(len(machine.lines), symbol, machine.reel_count, most, run, most)
        wins = len(machine.lines) * size(line)
    shown += wins
    if machine.cascades is not None:
        fall = size(events.Cascaded(cells, window, most))
        shown += machine.cascades.most * (fall + wins)
    if machine.scatter is not None:
        shown += size(events.ScatterWin(symbol, len(cells), most, cells))
    if any(wild.expands_free for wild in machine.wilds):
        shown += size(events.WildExpanded(cells))
    if machine.free_games is not None and machine.free_games.sticky:
        shown += size(events.WildsHeld(symbol, cells))
    return shown


def _summary_bytes(machine: Machine) -> int:
    """Return a length in bytes that no summary exceeds."""
    words = machine.words
    parts = ["999 line wins", "99 cascades", "999 scatters", f"999 {words['free_games']}"]
    if machine.respins is not None:
        parts.append(f"{words['respins']} with 999 {words['coin']}")
    if machine.pick is not None:
        prizes = ", ".join(["9" * 8] * machine.pick.picks)
        parts += [f"{words['pick']}: {prizes} times the stake", f"{words['pick']}: open a place"]
    if machine.gamble is not None:
        parts += ["black doubled"] * machine.gamble.steps
        parts.append(f"won {MAXIMUM_INTEGER}, gamble or collect")
    return max(len(", ".join(parts).encode()), len(words["no_win"].encode()))


def _encoded_size(value: msgspec.Struct) -> int:
    return len(msgspec.msgpack.encode(value))
