"""Machine files with mistakes: one line that names file, key and what is wrong."""

from __future__ import annotations

import pytest

from games.slots.machine import MachineError, read_machine
from tests.games.slots.machines import text

MISTAKES = [
    ("rows = 2", "rows = 2.5", "rows: Expected `int | array`, got `float`"),
    ("rows = 2", "rows = 0", "rows: a reel has 1 to 10 rows"),
    ("rows = 2", "", "the file: Object missing required field `rows`"),
    ("rows = 2", "rows = 2\ncolour = 3", "colour: no such key"),
    ("rows = 2", "rows = [", "the file: not TOML"),
    ('name = "tiny"', 'name = "Tiny!"', "name: 'Tiny!' is not a name"),
    ("version = 3", "version = 0", "version: Expected `int` >= 1"),
    ('title = "Tiny"', 'title = ""', "title: Expected `str` of length >= 1"),
    ("line_bets = [1, 3]", "line_bets = []", "line_bets: at least one"),
    ("line_bets = [1, 3]", "line_bets = [3, 1]", "line_bets: not ascending"),
    ("line_bets = [1, 3]", "line_bets = [1, 1]", "line_bets: not ascending"),
    ("line_bets = [1, 3]", "line_bets = [0, 1]", "line_bets: a line bet is from 1"),
    ("line_bets = [1, 3]", "line_bets = [1.5]", "line_bets[1]: Expected `int`"),
    ("a x b s x w", "a x b s x q", "strips[1]: 'q' is not among the symbols"),
    ('"a x b s x w", ', "", "lines[1]: 3 rows for 2 reels: [0, 0, 0]"),
    ("b x a s x", "b", "strips[2]: 1 stops; a strip has 2 to 256"),
    ("b x a s x", "b " * 257, "strips[2]: 257 stops; a strip has 2 to 256"),
    ("[1, 2, 1, 1, 1]", "[1, 2, 1, 1]", "weights[2]: 4 weights for 5 stops"),
    ("[1, 2, 1, 1, 1]", "[1, 2, 0, 1, 1]", "weights[2]: a weight is at least 1"),
    ("[1, 2, 1, 1, 1], ", "", "weights: 2 lists for 3 reels"),
    ("lines = [[0, 0, 0]", "lines = [[0, 0, 2]", "lines[1]: a row is from 0 to 1"),
    ("lines = [[0, 0, 0]", "lines = [[0, 0, -1]", "lines[1]: a row is from 0 to 1"),
    ("lines = [[0, 0, 0]", "lines = [[0, 0]", "lines[1]: 2 rows for 3 reels"),
    ("lines = [[0, 0, 0]", "lines = [[1, 1, 1]", "lines[2]: the same as an earlier line"),
    ('a = "Apple"', 'a = "Apple"\nz = "Zebra"', "symbols.z: on no strip"),
    ('a = "Apple"', 'a = "Apple"\n"A B" = "No"', "symbols.A B: not a name"),
    ("b = { 3 = 4 }", "c = { 3 = 4 }", "pays.c: 'c' is not among the symbols"),
    ("b = { 3 = 4 }", "b = { 4 = 4 }", "pays.b.4: a count is a whole number from 1 to 3"),
    ("b = { 3 = 4 }", "b = { three = 4 }", "pays.b.three: a count is"),
    ("b = { 3 = 4 }", "b = { 3 = 4.5 }", "pays.b.3: 4.5 is not a whole number"),
    ("b = { 3 = 4 }", "b = { 3 = true }", "pays.b.3: True is not a whole number"),
    ("b = { 3 = 4 }", "b = { 3 = -1 }", "pays.b.3: -1 is not a whole number"),
    ("b = { 3 = 4 }", "b = 4", "pays.b: Expected `object`, got `int`"),
    ("b = { 3 = 4 }", "s = { 3 = 4 }", "pays.s: the scatter does not pay on lines"),
    ("a = { 2 = 1, 3 = 7 }", "a = { 2 = 8, 3 = 7 }", "pays.a.3: 7 is less than a lower count"),
    ('symbols = ["a", "b"]', 'symbols = ["a", "s"]', "groups.fruit.symbols: the scatter"),
    ('symbols = ["a", "b"]', 'symbols = ["y"]', "groups.fruit.symbols: 'y' is not among"),
    ('title = "Any fruit"', "title = 7", "groups.fruit.title: Expected `str`, got `int`"),
    ('symbols = ["a", "b"]', 'symbols = ["a", 1]', "groups.fruit.symbols[2]: Expected `str`"),
    ('b = "Berry"', "b = 1", "symbols.b: Expected `str`, got `int`"),
    ("[groups.fruit]", "[groups.a]", "groups.a: a symbol has the same name"),
    ('symbol = "w"', 'symbol = "s"', "scatter.symbol: 's' is the wild"),
    ('symbol = "w"', 'symbol = "y"', "wild.symbol: 'y' is not among the symbols"),
    ('does_not_replace = ["b"]', 'does_not_replace = ["y"]', "wild.does_not_replace: 'y'"),
    ('symbol = "s"', 'symbol = "y"', "scatter.symbol: 'y' is not among the symbols"),
    ("pays = { 3 = 5 }", "pays = { 7 = 5 }", "scatter.pays.7: a count is a whole number from 1"),
    ("awards = { 3 = 1 }\n", "awards = {}\n", "free_games.awards: no count wins free games"),
    ("awards = { 3 = 1 }\n", "awards = { 3 = 9 }\n", "free_games.cap: 2 is less than the highest"),
    ("cap = 2", "cap = 251", "free_games.cap: Expected `int` <= 250"),
    ("multiplier = 3", "multiplier = 0", "free_games.multiplier: Expected `int` >= 1"),
    ('"b x s s x x"', '"b x s s y"', "free_games.strips[3]: 'y' is not among the symbols"),
    (', "b x s s x x"', "", "free_games.strips: 2 strips for 3 reels"),
    ("cap = 2", "cap = 2\nweights = [[1]]", "free_games.weights: 1 lists for 3 reels"),
    ("[free_games]", '[words]\nlose = "x"\n[free_games]', "words.lose: not one of"),
]


ELSEWHERE = {
    "the file: Object missing required field `rows`": 1,
    "the file: not TOML": 8,
    "lines[1]: 3 rows for 2 reels: [0, 0, 0]": 13,
    "lines[2]: the same as an earlier line": 13,
    "scatter.symbol: 's' is the wild": 36,
    "free_games.cap: 2 is less than the highest": 43,
}
"""Mistakes that show on another line than that of the change."""


def line_of(file: str, old: str, new: str, message: str) -> int:
    """Return the line where the change makes the mistake."""
    if message in ELSEWHERE:
        return ELSEWHERE[message]
    same = 0
    while same < min(len(old), len(new)) and old[same] == new[same]:
        same += 1
    added = "\n" in new[same:] and "\n" not in old
    return file.count("\n", 0, file.index(old)) + 1 + added


@pytest.mark.parametrize(("old", "new", "message"), MISTAKES)
def test_a_mistake_is_told_in_one_line(old: str, new: str, message: str) -> None:
    """The error names the file, the key and what is wrong with it."""
    file = text("tiny")
    assert old in file
    with pytest.raises(MachineError) as error:
        read_machine(file.replace(old, new, 1).encode(), "mine.toml")
    found = error.value

    assert found.origin == "mine.toml"
    assert str(found) == f"mine.toml:{found.line}: {found.key}: {found.reason}"
    assert f"{found.key}: {found.reason}".startswith(message)
    assert "\n" not in str(found)
    assert found.line == line_of(file, old, new, message)


def test_free_games_need_a_scatter() -> None:
    """Nothing else wins them."""
    file = text("tiny").replace('[scatter]\nsymbol = "s"\npays = { 3 = 5 }\n', "")

    with pytest.raises(MachineError, match=r":\d+: free_games: only a scatter can win them"):
        read_machine(file.encode(), "mine.toml")


def test_own_weights_need_own_strips() -> None:
    """Weights of the free games belong to strips of the free games."""
    file = text("tiny").replace(
        'strips = ["s a b x x", "x a s x w", "b x s s x x"]', "weights=[[1]]"
    )

    with pytest.raises(MachineError, match=r":\d+: free_games\.weights: weights without strips"):
        read_machine(file.encode(), "mine.toml")


@pytest.mark.parametrize("strips", ['["a b"]', "[" + '"a b", ' * 11 + "]"])
def test_number_of_reels(strips: str) -> None:
    """A machine has 2 to 10 reels."""
    file = text("tiny").replace('["a x b s x w", "b x a s x", "s a x b w"]', strips)

    with pytest.raises(MachineError, match="strips: a machine has 2 to 10 reels"):
        read_machine(file.encode(), "mine.toml")


def test_a_machine_pays_something() -> None:
    """Without any line pay there is no game."""
    start, end = text("tiny").index("[pays]"), text("tiny").index("[wild]")
    file = text("tiny")[:start] + "[pays]\n" + text("tiny")[end:]

    with pytest.raises(MachineError, match="pays: nothing pays on a line"):
        read_machine(file.encode(), "mine.toml")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"\xff\xfe\x00", "not UTF-8 text"),
        (b"", "Object missing required field"),
        (b"x = " + b"[" * 100_000, "nested too deeply"),
        (b"name = 1\nname = 2", "not TOML"),
    ],
)
def test_any_file_gives_one_line(data: bytes, message: str) -> None:
    """Whatever the file holds, never a traceback."""
    with pytest.raises(MachineError, match=rf"mine\.toml:\d+: the file: {message}"):
        read_machine(data, "mine.toml")
