"""Rounds of slot machines at the edges of what the rules allow, on draws that are laid down.

They go where no seed leads: free games up to the cap, a screen that coins fill at once, and what a
player cannot decide.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import Any, Final

from games.slots.engine import Slot
from games.slots.lines import LineRules
from games.slots.model import Machine, ReelSet
from games.slots.reels import Reels
from tests.protocol.schema.fair_laws import shipped

__all__ = ["slot_edges"]

Case = tuple[str, Any, Sequence[str], Sequence[int]]
"""The game, its bets, the decisions, and the values of the draws."""

_PICKED: Final = ("pick-12", "pick-3", "pick-1", "pick-2")
_REST: Final = ("pick-2", "pick-3", "pick-4", "collect")
_UNDECIDED: Final = (
    (),
    ("pick-1",),
    ("pick-1", *_REST[:3]),
    ("collect",),
    ("pick-1", "collect"),
    ("gamble-red", "pick-1", *_REST),
    *((f"pick-{place}", *_REST) for place in ("0", "01", "02", "13", "", "1.0", "2", "1 ")),
)
"""Decisions in a pick bonus that are not allowed, or that do not end it."""
_GAMBLES: Final = (
    (),
    ("collect",),
    ("Collect",),
    ("collect", "collect"),
    *((action, "collect") for action in ("pick-5", "gamble-green", "gamble-", "gamble", "roll")),
    ("gamble-black",),
    ("gamble-black", "collect"),
    ("gamble-black", "gamble-red"),
    *(("gamble-red",) * count for count in range(1, 7)),
    *((*("gamble-red",) * count, "collect") for count in range(1, 7)),
)
"""What is decided once a gamble is on offer and every draw is red."""


def slot_edges() -> Iterator[Case]:
    """Yield the cases."""
    yield from _stakes("copper-bell", "tidewater", "market-day")
    yield from _decisions(_machine("market-day"))
    for name in ("slot", "tidewater", "winter-crown"):
        yield _most_free_games(_machine(name))
    yield from _hold_and_respin(_machine("ember-hoard"))
    yield _most_cascades(_machine("dandelion-clock"))


def _machine(name: str) -> Machine:
    game = shipped(name)
    assert isinstance(game, Slot)
    return game.machine


def _stakes(*names: str) -> Iterator[Case]:
    """Yield every bet level and stakes beside them; a gamble is offered on draws of 0."""
    for name in names:
        machine = _machine(name)
        stakes = machine.stakes
        decisions = ("collect",) if machine.gamble else ()
        for stake in (*stakes, 0, -stakes[0], stakes[0] - 1, 3 * stakes[0], 2 * stakes[-1]):
            yield name, {"stake": stake}, decisions, (0,)
        for bets in ({}, {"stake": str(stakes[0])}, {"stake": None}, {"stake": 1.5}):
            yield name, bets, decisions, (0,)


def _decisions(machine: Machine) -> Iterator[Case]:
    """Yield decisions in the pick bonus and the gamble, those that are allowed and others."""
    rules = machine.pick
    assert rules is not None
    bets = {"stake": machine.stakes[0]}
    start = _stops(machine.reels, rules.symbol)
    for decisions in _UNDECIDED:
        yield machine.name, bets, decisions, (*start, 0)
    winning = _winning_stops(machine, rules.symbol)
    for decisions in (("gamble-red",), ("gamble-red", "collect"), ("collect",)):
        yield machine.name, bets, decisions, (*winning, 0)
    for decisions in _GAMBLES:
        yield machine.name, bets, (*_PICKED, *decisions), (*start, 0)
    last = rules.places - 1
    for decisions in (("pick-7",), ("pick-7", "collect"), ("pick-7", "pick-8")):
        yield machine.name, bets, decisions, (*start, last, 0)
        yield machine.name, bets, ("pick-4", *decisions), (*start, 0, last - 1, 0)


def _most_free_games(machine: Machine) -> Case:
    """Return a round whose every window shows a scatter on each reel."""
    games = machine.free_games
    assert games is not None
    free = _stops(games.reels, machine.scatter_symbol)
    values = _stops(machine.reels, machine.scatter_symbol) + free * games.cap
    return machine.name, {"stake": machine.stakes[-1]}, (), values


def _hold_and_respin(machine: Machine) -> Iterator[Case]:
    """Yield one that is full at once, one that fills, one without a coin, and one that crawls."""
    rules = machine.respins
    assert rules is not None
    bets = {"stake": machine.stakes[1]}
    coin, none = 0, rules.chance[0]
    worth = tuple(range(0, rules.weight, rules.weight // machine.cells))
    full = _stacks(machine, rules.symbol, reels=machine.reel_count)
    yield machine.name, bets, (), (*full, *worth[: machine.cells])
    half = _stacks(machine, rules.symbol, reels=2)
    yield machine.name, bets, (), (*half, *worth[:6], coin)
    yield machine.name, bets, (), (*half, *worth[:6], none)
    crawl: list[int] = []
    for empty in range(machine.cells - 6, 0, -1):
        crawl += (
            [none] * empty * (rules.respins - 1) + [none] * (empty - 1) + [coin, rules.weight - 1]
        )
    yield machine.name, bets, (), (*half, *worth[:6], *crawl)


def _stacks(machine: Machine, symbol: str, *, reels: int) -> tuple[int, ...]:
    """Return stops with that symbol on every row of so many reels, and on no row of the others."""
    stops = []
    for number, (strip, rows) in enumerate(
        zip(machine.reels.strips, machine.reel_rows, strict=True)
    ):
        wanted = rows if number < reels else 0
        around = strip * 2
        stops.append(
            next(
                stop
                for stop in range(len(strip))
                if around[stop : stop + rows].count(symbol) == wanted
            )
        )
    return tuple(stops)


def _most_cascades(machine: Machine) -> Case:
    """Return a round with the longest chain of cascades that any stops begin."""
    reels = Reels(machine, machine.reels, LineRules(machine))
    longest = max((spin for _, spin in reels.each()), key=lambda spin: len(spin.cascades))
    return machine.name, {"stake": machine.stakes[0]}, (), longest.stops


def _stops(reels: ReelSet, symbol: str) -> tuple[int, ...]:
    """Return stops with that symbol in every top row."""
    return tuple(strip.index(symbol) for strip in reels.strips)


def _winning_stops(machine: Machine, symbol: str) -> tuple[int, ...]:
    """Return stops with that symbol on every reel, some row of it, and a win beside it."""
    reels = Reels(machine, machine.reels, LineRules(machine))
    seen = [
        [(strip.index(symbol) - row) % len(strip) for row in range(rows)]
        for strip, rows in zip(machine.reels.strips, machine.reel_rows, strict=True)
    ]
    return next(stops for stops in itertools.product(*seen) if reels.at(stops).amount)
