"""What is seen of one reel."""

from __future__ import annotations

from games.slots import columns
from games.slots.lines import LineRules
from games.slots.reels import Reels
from tests.games.slots.machines import machine


def test_labels_add_up_to_what_the_window_shows() -> None:
    """Scatters, coins and bonus symbols are counted apart, on any number of reels."""
    owner = machine("small_features")
    prepared = Reels(owner, owner.reels, LineRules(owner))
    for _, spin in prepared.each():
        flat = [symbol for column in spin.window for symbol in column]

        assert columns.coins_of(spin.label) == flat.count("c")
        assert columns.bonus_symbols_of(spin.label) == flat.count("p")
        assert columns.scatters_of(spin.label) == 0
        assert columns.held_of(spin.label) == 0


def test_features_count_in_paid_spins_only() -> None:
    """In a free game a coin is a symbol without a meaning."""
    owner = machine("small_features")
    tables = columns.columns_of(owner, owner.reels, free=True)

    assert {column.label for table in tables for column in table} == {0}


def test_a_held_wild_covers_its_cells() -> None:
    """What stops behind it is neither seen nor counted, and it stays held."""
    owner = machine("small_sticky", ('expands = "free_games"\n', ""))
    assert owner.free_games is not None
    held = 1 << 2 | 1 << 1  # reel 2, upper row; reel 1, lower row
    tables = columns.columns_of(owner, owner.free_games.reels, free=True, held=held)

    for column in tables[0]:
        assert column.window[1] == "w"
        assert columns.held_of(column.label) & 2
    for column in tables[1]:
        assert column.window[0] == "w"
        assert columns.held_of(column.label) & 4
        assert columns.scatters_of(column.label) == column.window.count("s")
    assert all(columns.held_of(column.label) == 0 for column in tables[2])
    assert columns.cells_of(held) == (1, 2)


def test_an_expanded_wild_is_held_on_all_its_reel() -> None:
    """A reel that a wild fills counts as held in every row; the scatter under it still counts."""
    owner = machine("small_sticky")
    assert owner.free_games is not None
    table = columns.columns_of(owner, owner.free_games.reels, free=True)[1]
    seen = next(column for column in table if column.window == ("w", "s"))

    assert columns.held_of(seen.label) == 0b1100
    assert columns.scatters_of(seen.label) == 1
    assert columns.is_filled(owner, seen)
    assert not columns.is_filled(owner, next(c for c in table if c.window == ("s", "a")))


def test_stacks_are_laid_out() -> None:
    """`a*2` on a strip is a twice."""
    assert machine("small_ways").reels.strips[2] == ("a", "a", "b", "c", "w")
