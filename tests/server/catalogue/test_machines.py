"""Tests of `server.catalogue.machines`."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from games.roulette import EuropeanRoulette
from games.slots import machine
from server.catalogue import machines
from server.catalogue.machines import (
    MachineRefused,
    Place,
    line_of,
    machine_files,
    place_of,
    read_file,
    refuse_returns,
)
from tests.server.cli.games.running import CLASSIC, changed

TOML = b'''
name = "x"
help = """
version = 9
"""
version = 3
strips = [
    "a b",
]

[pays]
bar = { 3 = 20 }

[pays.seven]
3 = 5

[groups."any_bar"]
title = "Any"
'''


@pytest.mark.parametrize(
    ("key", "line"),
    [
        ("version", 6),
        ("strips[2]", 7),
        ("pays", 11),
        ("pays.bar.3", 12),
        ("pays.seven.3", 15),
        ("pays.other", 11),
        ("groups.any_bar.title", 18),
        ("nothing", None),
        ("the file", None),
    ],
)
def test_the_line_of_a_key(key: str, line: int | None) -> None:
    """The longest part of a key that the file has is found, text in quotes aside."""
    assert line_of(TOML, key) == line


def test_a_place_reads_as_editors_write_it() -> None:
    """File and line with a colon, or the file alone."""
    assert str(Place("x.toml", 7)) == "x.toml:7"
    assert str(Place("x.toml", None)) == "x.toml"


def test_the_line_that_an_error_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A line that the reader itself knows is taken over, whether the text tells it or not."""
    path = changed(tmp_path / "x.toml")

    class Lined(machine.MachineError):
        line = 12

    for told in (f"{path}:12: rows: wrong", f"{path}: rows: wrong"):

        def fail(data: bytes, source: str, told: str = told) -> None:
            raise Lined(told)

        monkeypatch.setattr(machines, "read_machine", fail)
        with pytest.raises(MachineRefused) as caught:
            read_file(path)
        assert str(caught.value) == f"{path}:12: rows: wrong"


def test_no_file_can_break_the_reader(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the rules raise over a file becomes a refusal of it."""

    def fail(data: bytes, source: str) -> None:
        raise OverflowError("too much")

    monkeypatch.setattr(machines, "read_machine", fail)
    with pytest.raises(MachineRefused, match="cannot be used: OverflowError: too much"):
        read_file(changed(tmp_path / "x.toml"))


def test_files_of_a_folder(tmp_path: Path) -> None:
    """Machine files by name, nothing else; a folder that is none is refused."""
    for name in ("b.toml", "a.toml", "notes.md"):
        (tmp_path / name).write_text("")

    assert [path.name for path in machine_files(tmp_path)] == ["a.toml", "b.toml"]
    with pytest.raises(MachineRefused, match="the folder cannot be read: No such file"):
        machine_files(tmp_path / "none")


def test_returns_within_bounds(tmp_path: Path) -> None:
    """A return below the minimum or above 100 % is refused at its pay table, its bets' too."""
    game = read_file(CLASSIC)
    pays = CLASSIC.read_text(encoding="utf-8").splitlines().index("[pays]") + 1

    refuse_returns(game, Fraction(94, 100))
    with pytest.raises(MachineRefused, match="below games.minimum_return") as caught:
        refuse_returns(game, Fraction(95, 100))
    assert caught.value.place == Place(str(CLASSIC), pays)
    with pytest.raises(MachineRefused, match="the return of high is 100.0100 %, above 100 %"):
        refuse_returns(game, Fraction(0), [("high", Fraction(10_001, 10_000))])
    generous = read_file(changed(tmp_path / "x.toml", ("bar = { 3 = 20 }", "bar = { 3 = 900 }")))
    with pytest.raises(MachineRefused, match="players would win"):
        refuse_returns(generous, Fraction(0))


def test_places_of_other_games() -> None:
    """A game without a file is named by its class."""
    assert str(place_of(EuropeanRoulette(), "version")) == "games.roulette.game.EuropeanRoulette"
