"""On which line a key stands."""

from __future__ import annotations

import pytest

from games.slots.locating import Locator, MachineError, path_of
from tests.games.slots.machines import all_shipped

TEXT = '''# a comment with = and [brackets]
name = "a # b"   # rest
rows = [3,
  4, # four
  5]
"quoted key" = 'x'

strips = [
    """
    a b   "quoted"
    c d
    """,
    "e f",
]

[pays]
a = { 2 = 1, 3 = 7 }
b.3 = 4

[[wild]]
symbol = "a"
[[wild]]
symbol = "b"

[groups.fruit]
pays = { 3 = 2,  4 = 5 }
'''


@pytest.mark.parametrize(
    ("key", "line"),
    [
        ("name", 2),
        ("rows", 3),
        ("rows[1]", 3),
        ("rows[2]", 4),
        ("rows[3]", 5),
        ("quoted key", 6),
        ("strips", 8),
        ("strips[1]", 9),
        ("strips[2]", 13),
        ("pays", 16),
        ("pays.a", 17),
        ("pays.a.3", 17),
        ("pays.b", 18),
        ("pays.b.3", 18),
        ("wild[1].symbol", 21),
        ("wild[2]", 22),
        ("wild[2].symbol", 23),
        ("groups.fruit.pays.4", 26),
        # What is not there is told at what stands around it.
        ("pays.c", 16),
        ("wild[2].multiplier", 22),
        ("nothing", 1),
        ("the file", 1),
    ],
)
def test_lines_of_keys(key: str, line: int) -> None:
    """Tables, keys, items of lists and keys of inline tables are found, comments passed over."""
    assert Locator(TEXT).line(path_of(key)) == line


def test_a_word_is_found_below_its_key() -> None:
    """Within a text of several lines the line of a whole word is told."""
    locator = Locator(TEXT)

    assert locator.line_of_word(("strips", 1), "d") == 11
    assert locator.line_of_word(("strips", 1), "quoted") == 10
    assert locator.line_of_word(("strips", 2), "zzz") == 13


@pytest.mark.parametrize("text", ["", "x", "[", "a = [1, 2", "a = { b", "= 1", "a = \x00"])
def test_any_text_is_survived(text: str) -> None:
    """What is not understood is left out."""
    assert Locator("first = 1\n" + text).line(("first",)) == 1


def test_every_key_of_the_machines_is_found() -> None:
    """In real files each table, pay and strip has a line of its own that holds its name."""
    for game in all_shipped().values():
        source = game.machine.source.decode()
        locator = Locator(source)
        lines = source.split("\n")
        for symbol in game.machine.symbols:
            line = locator.line(("symbols", symbol))
            assert lines[line - 1].startswith(f"{symbol} = "), (game.name, symbol)
        assert lines[locator.line(("pays",)) - 1] == "[pays]"


def test_the_error_has_its_parts() -> None:
    """A program reads file, line, key and reason; a person reads one line."""
    error = MachineError.at(TEXT.encode(), "mine.toml", "pays.b.3", "too much")

    assert (error.origin, error.line, error.key, error.reason) == (
        "mine.toml",
        18,
        "pays.b.3",
        "too much",
    )
    assert str(error) == "mine.toml:18: pays.b.3: too much"
