"""Machine files whose tables contradict each other."""

from __future__ import annotations

import pytest

from games.slots.machine import MachineError, read_machine
from games.slots.tables import MAXIMUM_CASCADE_CYCLE
from tests.games.slots.machines import text

MISTAKES = [
    (
        "small_ways",
        "c = { 3 = 9 }",
        "c = { 3 = 9 }\ns2 = { 3 = 1 }",
        "s2 = ",
        "pays.s2: 's2' is not among the symbols",
    ),
    (
        "small_ways",
        '"a b s a c"',
        '"a a s a c"',
        "b = ",
        "pays.b: can never be paid: reel 1 has no",
    ),
    (
        "small_ways",
        "b = { 3 = 4 }",
        "b = { 3 = 0 }",
        "b = ",
        "pays.b: can never be paid: it has no",
    ),
    (
        "small_ways",
        "[ways]",
        "lines = [[0, 0, 0]]\n[ways]",
        "[ways]",
        "ways: a machine pays lines or",
    ),
    (
        "small_ways",
        "[ways]\nstake = 4",
        "",
        "# Ways",
        "lines: a machine has 1 to 200 lines, or [ways]",
    ),
    ("small_ways", "stake = 4", "stake = 0", "stake = 0", "ways.stake: Expected `int` >= 1"),
    (
        "small_ways",
        "rows = [2, 3, 2]",
        "rows = [2, 3]",
        "rows = [2, 3]",
        "rows: 2 numbers for 3 reels",
    ),
    (
        "small_ways",
        "rows = [2, 3, 2]",
        "rows = [2, 3, 11]",
        "rows = [2, 3, 11]",
        "rows: a reel has 1 to 10 rows",
    ),
    (
        "small_ways",
        "[pays]",
        '[groups.ab]\ntitle = "x"\nsymbols = ["a"]\npays = { 3 = 1 }\n[pays]',
        "[groups.ab]",
        "groups: a group pays on lines only",
    ),
    (
        "small_ways",
        '"a b s a c"',
        '"a b s a w"',
        'strips = ["a b s a w", "b w a v c s", "a*2 b c w"]',
        "strips[1]: with ways there is no wild on",
    ),
    (
        "small_ways",
        '"a b a"',
        '"a b w"',
        'strips = ["a b w", "w a b s", "b a w"]',
        "free_games.strips[1]: with ways there is no wild",
    ),
    (
        "small_ways",
        'symbol = "v"',
        'symbol = "w"',
        'symbol = "w"',
        "wild[2].symbol: 'w' is a wild already",
    ),
    (
        "small_ways",
        'replaces = ["b"]',
        'replaces = ["b"]\ndoes_not_replace = ["a"]',
        'replaces = ["b"]',
        "wild[2].replaces: only one of replaces and does_not_replace",
    ),
    (
        "small_ways",
        'replaces = ["b"]',
        'replaces = ["q"]',
        'replaces = ["q"]',
        "wild[2].replaces: 'q' is not",
    ),
    (
        "small_ways",
        "multiplier = 3",
        "multiplier = 101",
        "multiplier = 101",
        "wild[2].multiplier: Expected",
    ),
    (
        "small_ways",
        'symbol = "s"',
        'symbol = "w"',
        'symbol = "w"',
        "scatter.symbol: 'w' is the wild",
    ),
    (
        "small_ways",
        "a*2",
        "a*0",
        'strips = ["a b s a c", "b w a v c s", "a*0 b c w"]',
        "strips[3]: 'a*0' is not among the symbols",
    ),
    (
        "small_sticky",
        '"free_games"',
        '"often"',
        'expands = "often"',
        "wild.expands: Invalid enum value 'often'",
    ),
    (
        "small_sticky",
        'strips = ["a b w", "w s a", "b s a"]',
        'strips = ["a b x", "x s a", "b s a"]',
        "sticky_wilds = true",
        "free_games.sticky_wilds: wilds could stay in 0 places",
    ),
    (
        "small_sticky",
        '[wild]\nsymbol = "w"\nmultiplier = 2\nexpands = "free_games"',
        '[[wild]]\nsymbol = "w"\n[[wild]]\nsymbol = "x"',
        "sticky_wilds = true",
        "free_games.sticky_wilds: exactly one wild can be sticky, and there are 2",
    ),
    (
        "small_cascades",
        "multiplier = 2",
        'multiplier = 2\nexpands = "always"',
        'expands = "always"',
        "wild.expands: a wild does not expand where symbols cascade",
    ),
    (
        "small_cascades",
        "cap = 2",
        "cap = 2\nsticky_wilds = true",
        "sticky_wilds = true",
        "free_games.sticky_wilds: a wild does not stay where symbols cascade",
    ),
    (
        "small_cascades",
        "[1, 3]",
        "[]",
        "multipliers = []",
        "cascades.multipliers: Expected `array` of length >=",
    ),
    ("small_cascades", "most = 3", "most = 51", "most = 51", "cascades.most: Expected `int` <= 50"),
    (
        "small_features",
        "trigger = 2\nrespins",
        "trigger = 5\nrespins",
        "trigger = 5",
        "respins.trigger: the w",
    ),
    (
        "small_features",
        "chance = [1, 2]",
        "chance = [2, 2]",
        "chance = [2, 2]",
        "respins.chance: a chance is belo",
    ),
    (
        "small_features",
        "chance = [1, 2]",
        "chance = [1]",
        "chance = [1]",
        "respins.chance: Expected `array` of",
    ),
    (
        "small_features",
        "1 = 2\n",
        "0 = 2\n",
        "0 = 2",
        "respins.values.0: a value is a whole number",
    ),
    ("small_features", "1 = 2\n", "1 = 0\n", "1 = 0", "respins.values.1: a weight is at least 1"),
    (
        "small_features",
        "1 = 2\n4 = 1",
        "",
        "[respins.values]",
        "respins.values: the weights add up to 1",
    ),
    ("small_features", "full = 7", "full = -1", "full = -1", "respins.full: Expected `int` >= 0"),
    (
        "small_features",
        "trigger = 2\nprizes",
        "trigger = 5\nprizes",
        "trigger = 5",
        "pick.trigger: the window",
    ),
    (
        "small_features",
        "picks = 2",
        "picks = 5",
        "picks = 5",
        "pick.picks: more than there are places",
    ),
    (
        "small_features",
        "[1, 3, 3]",
        "[1]",
        "prizes = [1]",
        "pick.prizes: Expected `array` of length >= 2",
    ),
    (
        "small_features",
        "[1, 3, 3]",
        "[1, 0]",
        "prizes = [1, 0]",
        "pick.prizes[2]: Expected `int` >= 1",
    ),
    (
        "small_features",
        'symbol = "p"',
        'symbol = "c"',
        'symbol = "c"',
        "pick.symbol: 'c' is the coin",
    ),
    (
        "small_features",
        'symbol = "c"',
        'symbol = "a"',
        "a = { 2 = 1, 3 = 5 }",
        "pays.a: the coin does not pay on lin",
    ),
    ("small_features", "steps = 2", "steps = 0", "steps = 0", "gamble.steps: Expected `int` >= 1"),
    ("small_features", "maximum = 12", "limit = 12", "limit = 12", "gamble.limit: no such key"),
    (
        "small_features",
        "maximum = 12",
        "",
        "[gamble]",
        "gamble: Object missing required field `maximum`",
    ),
    (
        "small_features",
        "[gamble]",
        "[words]\nlose = 'x'\n[gamble]",
        "lose = 'x'",
        "words.lose: not one of coi",
    ),
]


@pytest.mark.parametrize(("name", "old", "new", "line", "message"), MISTAKES)
def test_a_contradiction_is_told_where_it_stands(
    name: str, old: str, new: str, line: str, message: str
) -> None:
    """The error names the line of the key to blame."""
    file = text(name)
    assert file.count(old) == 1
    with pytest.raises(MachineError) as error:
        read_machine(file.replace(old, new).encode(), "mine.toml")

    assert f"{error.value.key}: {error.value.reason}".startswith(message)
    assert file.replace(old, new).split("\n")[error.value.line - 1].startswith(line)


def test_cascades_have_a_small_cycle() -> None:
    """What cannot be counted exactly is refused."""
    long = " ".join(["a", "b"] * 100)
    file = text("small_cascades").replace("a b s a w b", f"{long} w")
    file = file.replace("s a b b a s a", f"{long} s")

    with pytest.raises(MachineError, match="cascades: .* combinations of stops") as error:
        read_machine(file.encode(), "mine.toml")
    assert f"at most {MAXIMUM_CASCADE_CYCLE:,}" in error.value.reason


def test_too_many_sticky_places_are_refused() -> None:
    """Held wilds that do not fill a reel can be in too many sets of cells."""
    file = text("small_sticky").replace("rows = 2", "rows = 3").replace('"b s x a"', '"b s x a w"')
    file = file.replace('expands = "free_games"\n', "").replace('"b s a"', '"b s w"')

    with pytest.raises(MachineError, match="wilds could stay in 9 places"):
        read_machine(file.encode(), "mine.toml")


def test_coins_must_be_able_to_come() -> None:
    """A trigger that is on no strip of the paid spins would be a promise never kept."""
    file = text("small_features").replace('"c a p c", "c p a", "p b c"', '"a b p", "a p", "p b a"')
    file = file.replace("[pick]", "[pick]")

    with pytest.raises(MachineError, match=r"respins\.symbol: 'c' is on no strip"):
        read_machine(file.encode(), "mine.toml")
