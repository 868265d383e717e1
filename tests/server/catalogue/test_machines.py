"""Tests of `server.catalogue.machines`."""

from __future__ import annotations

import os
from fractions import Fraction
from pathlib import Path

import pytest

from games.roulette import EuropeanRoulette
from server.catalogue import machines
from server.catalogue.machines import (
    MachineRefused,
    Place,
    machine_files,
    place_of,
    read_file,
    refuse_returns,
)
from tests.server.cli.games.running import CLASSIC, changed


def test_a_place_reads_as_editors_write_it() -> None:
    """File and line with a colon, or the file alone."""
    assert str(Place("x.toml", 7)) == "x.toml:7"
    assert str(Place("x.toml", None)) == "x.toml"


def test_the_line_that_an_error_names(tmp_path: Path) -> None:
    """A refused file is told with line, key and reason."""
    path = changed(tmp_path / "x.toml", ("rows = 1", "rows = 99"))
    line = CLASSIC.read_text(encoding="utf-8").splitlines().index("rows = 1") + 1

    with pytest.raises(MachineRefused) as caught:
        read_file(path)
    assert str(caught.value).startswith(f"{path}:{line}: rows: ")
    assert caught.value.place == Place(str(path), line)


def test_no_file_can_break_the_reader(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the rules raise over a file becomes a refusal of it."""

    def fail(data: bytes, source: str) -> None:
        raise OverflowError("too much")

    monkeypatch.setattr(machines, "read_machine", fail)
    with pytest.raises(MachineRefused, match="cannot be used: OverflowError: too much"):
        read_file(changed(tmp_path / "x.toml"))


def test_only_regular_files_are_read(tmp_path: Path) -> None:
    """A pipe, which would be waited for for ever, is refused at once, behind a link too."""
    os.mkfifo(tmp_path / "pipe.toml")
    (tmp_path / "link.toml").symlink_to("pipe.toml")
    (tmp_path / "folder.toml").mkdir()

    for name in ("pipe", "link"):
        with pytest.raises(MachineRefused, match="cannot be read: not a regular file") as caught:
            read_file(tmp_path / f"{name}.toml")
        assert not caught.value.readable
    with pytest.raises(MachineRefused, match="cannot be read: Is a directory"):
        read_file(tmp_path / "folder.toml")


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
