"""Slot machines made at random, so that features meet that meet in no machine that ships."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Final

from games.slots.engine import Slot
from games.slots.locating import MachineError
from games.slots.machine import read_machine

__all__ = ["made_machine"]

_PAYING: Final = ("a", "b", "c", "d")


def made_machine(number: int) -> Slot:
    """Return the machine of that number, the same one every time.

    A number stands for a seed. What contradicts itself is made anew from the same stream.
    """
    random = Random(f"machine {number}")
    while True:
        name = f"made-{number}"
        try:
            return Slot(read_machine(_file(name, random).encode(), name))
        except MachineError:
            continue


def _file(name: str, random: Random) -> str:
    """Return a machine file, which may contradict itself."""
    rows = [random.randint(1, 3) for _ in range(random.randint(3, 4))]
    wilds = ["v", "w"][: random.choice((0, 1, 1, 2))]
    scatter, respins, pick = (random.random() < share for share in (0.7, 0.4, 0.4))
    special = ["s"] * scatter + ["o"] * respins + ["p"] * pick
    symbols = [*_PAYING, *wilds, *special]
    ways = random.random() < 0.4
    first = [*_PAYING, *special] if ways else symbols
    cascades = random.random() < 0.35
    tables = [
        *_lines_or_ways(random, rows, ways=ways),
        "[symbols]",
        *(f'{symbol} = "{symbol}"' for symbol in symbols),
        "[pays]",
        *(f"{symbol} = {_pays(random, len(rows))}" for symbol in _PAYING),
        *(_groups(random, len(rows)) if not ways and random.random() < 0.4 else ()),
        *(line for wild in wilds for line in _wild(random, wild, expands=not cascades)),
        *(_scatter(random) if scatter else ()),
    ]
    if scatter and random.random() < 0.8:
        tables += _free_games(random, sticky=not cascades)
        if random.random() < 0.6:
            tables += _reels(random, rows, symbols, first)
    tables += [
        *(_cascades(random) if cascades else ()),
        *(_respins(random) if respins else ()),
        *(_pick(random) if pick else ()),
        *(_gamble(random) if random.random() < 0.4 else ()),
    ]
    return "\n".join(
        (
            f'name = "{name}"',
            "version = 1",
            'title = "Made at random"',
            'help = "For tests."',
            f"rows = {rows}",
            f"line_bets = {random.choice(([1], [1, 3], [2, 5, 40]))}",
            *_reels(random, rows, symbols, first),
            *tables,
        )
    )


def _reels(
    random: Random, rows: Sequence[int], symbols: Sequence[str], first: Sequence[str]
) -> list[str]:
    """Return strips on which features are not rare, and sometimes weights.

    `first` are the symbols of the first reel, where ways allow no wild.
    """
    strips = [
        random.choices(symbols if reel else first, k=random.randint(max(4, seen), 8))
        for reel, seen in enumerate(rows)
    ]
    lines = [f"strips = {[' '.join(strip) for strip in strips]}"]
    if random.random() < 0.4:
        lines.append(f"weights = {[[random.randint(1, 4) for _ in strip] for strip in strips]}")
    return lines


def _lines_or_ways(random: Random, rows: Sequence[int], *, ways: bool) -> list[str]:
    if ways:
        return ["[ways]", f"stake = {random.randint(1, 8)}"]
    lines = {tuple(random.randrange(seen) for seen in rows) for _ in range(random.randint(1, 6))}
    return [f"lines = {[list(line) for line in sorted(lines)]}"]


def _pays(random: Random, reels: int) -> str:
    amounts = sorted(random.randint(1, 30) for _ in range(reels))
    least = random.choice((2, 2, 3))
    counts = [f"{count} = {amounts[count - 1]}" for count in range(least, reels + 1)]
    return "{ " + ", ".join(counts) + " }"


def _groups(random: Random, reels: int) -> list[str]:
    symbols = random.sample(_PAYING, random.randint(2, 3))
    return [
        "[groups.any]",
        'title = "Any"',
        f"symbols = {symbols}",
        f"pays = {_pays(random, reels)}",
    ]


def _wild(random: Random, symbol: str, *, expands: bool) -> list[str]:
    lines = ["[[wild]]", f'symbol = "{symbol}"', f"multiplier = {random.choice((1, 1, 2, 3))}"]
    key = random.choice(("", "replaces", "does_not_replace"))
    if key:
        lines.append(f"{key} = {random.sample(_PAYING, random.randint(1, 3))}")
    if expands:
        lines.append(f'expands = "{random.choice(("never", "always", "free_games"))}"')
    return lines


def _scatter(random: Random) -> list[str]:
    lines = ["[scatter]", 'symbol = "s"']
    if random.random() < 0.7:
        lines.append(f"pays = {{ 2 = {random.randint(1, 3)}, 3 = {random.randint(4, 9)} }}")
    return lines


def _free_games(random: Random, *, sticky: bool) -> list[str]:
    lines = ["[free_games]", f"awards = {{ 2 = {random.randint(1, 3)}, 3 = 4 }}"]
    lines += [f"cap = {random.randint(4, 9)}", f"multiplier = {random.choice((1, 2, 5))}"]
    if random.random() < 0.6:
        lines.append(random.choice(("retrigger_awards = { 1 = 1 }", "retrigger_awards = {}")))
    if sticky and random.random() < 0.7:
        lines.append("sticky_wilds = true")
    return lines


def _cascades(random: Random) -> list[str]:
    multipliers = sorted(random.randint(1, 9) for _ in range(random.randint(1, 4)))
    return ["[cascades]", f"multipliers = {multipliers}", f"most = {random.randint(1, 4)}"]


def _respins(random: Random) -> list[str]:
    return [
        "[respins]",
        'symbol = "o"',
        f"trigger = {random.randint(1, 3)}",
        f"respins = {random.randint(1, 3)}",
        f"chance = [{random.randint(1, 3)}, {random.randint(4, 6)}]",
        f"full = {random.choice((0, 25))}",
        "values = { 1 = 6, 5 = 2, 40 = 1 }",
    ]


def _pick(random: Random) -> list[str]:
    return [
        "[pick]",
        'symbol = "p"',
        f"trigger = {random.randint(1, 2)}",
        f"prizes = {[random.randint(1, 9) for _ in range(random.randint(2, 5))]}",
        f"picks = {random.randint(1, 3)}",
        f"stops = {random.randint(1, 2)}",
    ]


def _gamble(random: Random) -> list[str]:
    return ["[gamble]", f"steps = {random.randint(1, 3)}", f"maximum = {random.randint(10, 200)}"]
