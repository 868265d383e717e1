"""The highest award of a round and its exact probability (GLI-19 4.7.3, standards B3).

For each label the highest spin is searched for best first: what is expanded next is the partial
window with the highest that it can still come to, so all windows that share the maximum are taken
out before any other, and their ways are counted. Free games are a walk over games awarded and wilds
held in which each step takes the best class. A search that would take too long gives up, and
nothing is claimed.
"""

from __future__ import annotations

import heapq
import itertools
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Final, NamedTuple

from games.analysis import slot_features
from games.analysis.slot_cycle import cycle_of
from games.slots.columns import Column, bonus_symbols_of, coins_of, columns_of, held_of, scatters_of
from games.slots.lines import LineRules
from games.slots.model import FreeGames, Machine, ReelSet
from games.slots.windows import WaysRules

_STEPS: Final = 20_000
"""Partial windows expanded for one label before the search gives up."""

State = tuple[int, ...]


class Highest(NamedTuple):
    """The most that something pays, and how often."""

    amount: int
    """Line bets."""
    ways: int
    """Out of the cycle (or a power of it)."""


class _Lines:
    """What lines can still come to: a state for each line."""

    def __init__(self, machine: Machine, columns: Sequence[Sequence[Column]]) -> None:
        self._machine = machine
        self._rules = LineRules(machine)
        self.start: State = (self._rules.start,) * len(machine.lines)
        # The most of a state when `reel` reels are still to come, with the symbols they have.
        states = range(len(self._rules.step))
        best = [result.amount if result else 0 for result in self._rules.result]
        self._best = [best]
        for reel in reversed(columns):
            seen = {symbol for column in reel for symbol in column.symbols}
            best = [
                max(best[self._rules.step[state][symbol]] for symbol in seen) for state in states
            ]
            self._best.insert(0, best)

    def step(self, state: State, reel: int, column: Column) -> State:
        step = self._rules.step
        pairs = zip(state, self._machine.lines, strict=True)
        return tuple([step[one][column.symbols[line[reel]]] for one, line in pairs])

    def reach(self, state: State, reel: int) -> int:
        best = self._best[reel]
        return sum([best[one] for one in state])


class _Ways:
    """What ways can still come to: what is paid, then the ways of each row still alive."""

    def __init__(self, machine: Machine, columns: Sequence[Sequence[Column]]) -> None:
        self._rules = WaysRules(machine)
        self._amounts = [pay.amounts for pay in machine.pays]
        self.start: State = (0, *[1] * len(machine.pays))
        rows = range(len(machine.pays))
        most = [
            [
                max(self._rules.rows(reel, column.symbols).get(row, (0, ()))[0] for column in table)
                for row in rows
            ]
            for reel, table in enumerate(columns)
        ]
        self._best: list[list[int]] = []
        """The most that one way of a row pays from a reel on."""
        for reel in range(len(columns) + 1):
            best = []
            for row in rows:
                highest, product = self._amounts[row][reel], 1
                for later in range(reel, len(columns)):
                    product *= most[later][row]
                    highest = max(highest, product * self._amounts[row][later + 1])
                best.append(highest)
            self._best.append(best)

    def step(self, state: State, reel: int, column: Column) -> State:
        cells = self._rules.rows(reel, column.symbols)
        paid, *alive = state
        for row, ways in enumerate(alive):
            if row in cells:
                alive[row] = ways * cells[row][0]
            else:
                paid += ways * self._amounts[row][reel]
                alive[row] = 0
        return (paid, *alive)

    def reach(self, state: State, reel: int) -> int:
        return state[0] + sum(
            [ways * best for ways, best in zip(state[1:], self._best[reel], strict=True)]
        )


def highest_spins(
    machine: Machine, reels: ReelSet, *, free: bool = False, held: int = 0
) -> dict[int, Highest] | None:
    """Return the highest spin of each label, scatter pay included, or None if it takes too long.

    `held` says in which cells wilds of earlier free games are held.
    """
    tables = columns_of(machine, reels, free=free, held=held)
    columns = [Counter(table) for table in tables]
    after: list[set[int]] = [{0}]
    """The labels that the last reels can add, from none of them to all."""
    for table in reversed(columns):
        after.insert(0, {more + column.label for column in table for more in after[0]})
    judge: _Lines | _Ways = (_Ways if machine.ways else _Lines)(machine, [list(t) for t in columns])
    found = {}
    for label in sorted(after[0]):
        highest = _search(judge, columns, after, label)
        if highest is None:
            return None
        pay = machine.scatter_pay(scatters_of(label))
        found[label] = Highest(highest.amount + pay, highest.ways)
    return found


def _search(
    judge: _Lines | _Ways,
    columns: Sequence[Mapping[Column, int]],
    after: Sequence[set[int]],
    label: int,
) -> Highest | None:
    tie = itertools.count()
    # States that are the same are expanded once, with all their ways.
    first = (judge.start, 0, 0)
    ways: dict[tuple[State, int, int], int] = {first: 1}
    heap = [(-judge.reach(judge.start, 0), 0, next(tie), first)]
    best: Highest | None = None
    for _ in range(_STEPS):
        if not heap or (best is not None and -heap[0][0] < best.amount):
            return best
        bound, _, _, key = heapq.heappop(heap)
        state, reel, seen = key
        count = ways.pop(key)
        if reel == len(columns):
            best = Highest(-bound, count + (best.ways if best else 0))
            continue
        for column, weight in columns[reel].items():
            more = seen + column.label
            if label - more in after[reel + 1]:
                then = (judge.step(state, reel, column), reel + 1, more)
                if then not in ways:
                    ways[then] = 0
                    # Fewer reels first, so that all ways into a state are known when it is taken.
                    entry = (-judge.reach(then[0], reel + 1), reel + 1, next(tie), then)
                    heapq.heappush(heap, entry)
                ways[then] += count * weight
    return None


def highest_free_games(
    rules: FreeGames, spins: Mapping[int, Mapping[int, Highest]], cycle: int
) -> dict[int, tuple[int, Fraction]]:
    """Return (line bets, probability) of the best run of free games by the number awarded.

    `spins` are those of a free game by the set of cells where wilds are held, then by label.
    """
    later = {(rules.cap, held): Highest(0, 1) for held in spins}
    scale = 1
    for played in range(rules.cap - 1, -1, -1):
        now = {(played, held): Highest(0, scale * cycle) for held in spins}
        for awarded in range(played + 1, rules.cap + 1):
            for held, labels in spins.items():
                totals: dict[int, int] = defaultdict(int)
                for label, spin in labels.items():
                    more = rules.retrigger_awards[scatters_of(label)]
                    then = later[min(rules.cap, awarded + more), held_of(label)]
                    totals[rules.multiplier * spin.amount + then.amount] += spin.ways * then.ways
                amount = max(totals)
                now[awarded, held] = Highest(amount, totals[amount])
        scale *= cycle
        later = now
    return {
        awarded: (best.amount, Fraction(best.ways, scale))
        for (awarded, held), best in later.items()
        if not held
    }


def highest_award(machine: Machine) -> tuple[Fraction, Fraction] | None:
    """Return (highest payout of a round per unit staked, its probability), wins collected.

    None where it is not known, as the search takes too long.
    """
    games = machine.free_games
    spins = _spins(machine)
    best_games = {0: (0, Fraction(1))}
    if games is not None:
        free = _free_spins(machine, games)
        if free is None:
            return None
        best_games |= highest_free_games(games, free, games.reels.cycle)
    if spins is None:
        return None
    chances: dict[int, Fraction] = defaultdict(Fraction)
    for label, spin in spins.items():
        award = games.awards[scatters_of(label)] if games else 0
        amount, chance = best_games[award]
        more, more_chance = _best_features(machine, label)
        total = spin.amount + amount + more * machine.units
        chances[total] += Fraction(spin.ways, machine.reels.cycle) * chance * more_chance
    highest = max(chances)
    return Fraction(highest, machine.units), chances[highest]


def _free_spins(machine: Machine, games: FreeGames) -> Mapping[int, Mapping[int, Highest]] | None:
    """Return the highest free games by the set of cells where wilds are held, then by label."""
    found: dict[int, Mapping[int, Highest]] = {}
    waiting = {0}
    while waiting:
        held = waiting.pop()
        spins = (
            highest_spins(machine, games.reels, free=True, held=held)
            if machine.cascades is None
            else _spins(machine, free=True)
        )
        if spins is None:
            return None
        found[held] = spins
        waiting |= {held_of(label) for label in spins} - found.keys()
    return found


def _spins(machine: Machine, *, free: bool = False) -> Mapping[int, Highest] | None:
    if machine.cascades is None:
        return highest_spins(machine, machine.reels)
    found: dict[int, Highest] = {}
    for (label, amount), ways in cycle_of(machine.source, free=free).law.items():
        if label not in found or amount > found[label].amount:
            found[label] = Highest(amount, ways)
    return found


def _best_features(machine: Machine, label: int) -> tuple[int, Fraction]:
    """Return (total stakes, probability) of the best that features can bring to a label."""
    amount, chance = 0, Fraction(1)
    respins, pick = machine.respins, machine.pick
    if respins is not None and coins_of(label) >= respins.trigger:
        top = max(value for value, _ in respins.values)
        weight = sum(weight for value, weight in respins.values if value == top)
        full = slot_features.coin_counts(respins, machine.cells, coins_of(label))[machine.cells]
        amount += top * machine.cells + respins.full
        chance *= full * Fraction(weight, respins.weight) ** machine.cells
    if pick is not None and bonus_symbols_of(label) >= pick.trigger:
        law = slot_features.pick_law(pick)
        amount += max(law)
        chance *= law[max(law)]
    return amount, chance
