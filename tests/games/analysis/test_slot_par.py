"""The tables of a slot's PAR sheet."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

from games.analysis.par_table import ParTable
from games.analysis.slot_par import percent, tables
from games.slots.machine import Machine, read_machine
from tests.games.slots.machines import shipped

MACHINES = Path(__file__).parents[1] / "slots" / "machines"
CLASSIC = read_machine((MACHINES / "classic_sevens.toml").read_bytes(), "classic_sevens.toml")


def table(title: str, machine: Machine = CLASSIC) -> ParTable:
    """Return the table whose title begins so."""
    (found,) = [each for each in tables(machine) if each.title.startswith(title)]
    return found


def test_every_row_is_as_wide_as_its_headings() -> None:
    """A table can be printed as it is."""
    for machine in (CLASSIC, shipped().machine):
        for each in tables(machine):
            assert {len(row) for row in each.rows} == {len(each.columns)}, each.title


def test_symbols_are_counted_by_weight() -> None:
    """The published weights of the sheet, and 64 stops a reel."""
    rows = {name: cells for name, *cells in table("Symbols").rows}

    assert rows["Seven"] == ["2", "2", "2"]
    assert rows["Blank"] == ["28", "31", "31"]
    assert rows["Total"] == ["64", "64", "64"]


def test_strips_show_every_stop() -> None:
    """One row a stop, with its weight where it has one."""
    strips = table("Strips")

    assert len(strips.rows) == 6
    assert strips.rows[0] == ("0", "Seven (2)", "Seven (2)", "Seven (2)")
    assert len(table("Strips", shipped().machine).rows) == 42


def test_combinations_add_up_to_the_return() -> None:
    """The hits of the published sheet: 61,810 of 262,144, which pay 247,536."""
    cells = table("Line 1")
    ways = [int(row[2].replace(",", "")) for row in cells.rows]
    pays = [int(row[1].replace(",", "")) for row in cells.rows]

    assert cells.title.endswith("cycle 262,144")
    assert sum(ways) == 61_810
    assert sum(a * b for a, b in zip(ways, pays, strict=True)) == 247_536


def test_parts_of_the_return() -> None:
    """The parts add up to the total, and their shares to all of it."""
    rows = {row[0]: row[1:] for row in table("Where the return", shipped().machine).rows}

    assert rows["Total"] == ("95.410970 %", "100.00 %")
    parts = [Fraction(rows[name][0].rstrip(" %")) for name in ("Lines", "Scatters", "Free games")]
    assert abs(sum(parts) - Fraction("95.410970")) < Fraction(2, 10**6)


def test_free_games() -> None:
    """A machine with free games says how often they come and how long they last."""
    rows = {row[0]: row[1] for row in table("Free games", shipped().machine).rows}

    assert rows["Spins for one start"] == "69.90"
    assert not [each for each in tables(CLASSIC) if each.title == "Free games"]


def test_percent() -> None:
    """A share as per cent."""
    assert percent(Fraction(36, 37), 4) == "97.2973 %"
