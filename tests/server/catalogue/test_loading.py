"""Tests of `server.catalogue.loading`."""

from __future__ import annotations

import pickle
from functools import partial
from pathlib import Path

import pytest

from games.catalogue import standard
from server.catalogue import load_catalogue, load_games
from server.catalogue.loading import read_folders
from server.config import Games
from tests.server.catalogue.plugin import GOOD, install, put_on_path
from tests.server.cli.games.running import changed


def folders(*paths: Path) -> Games:
    """Return settings with these machine folders."""
    return Games(machine_folders=tuple(map(str, paths)))


def test_without_settings() -> None:
    """The games that ship, and nothing to tell."""
    loaded = load_catalogue(Games())

    names = [game.name for game in loaded.catalogue]
    assert names == [game.name for game in standard()]
    assert loaded.lines == ()


def test_machines_and_plug_ins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files of every folder and games of plug-ins stand beside those that ship."""
    install(tmp_path / "site", "hf_plug", GOOD)
    put_on_path(monkeypatch, tmp_path / "site", "hf_plug")
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    changed(tmp_path / "a" / "one.toml")
    changed(tmp_path / "b" / "two.toml", ("version = 1", "version = 2"))
    games = folders(tmp_path / "a", tmp_path / "b")

    loaded = load_catalogue(games)
    current = loaded.catalogue.current("classic-sevens")
    assert current is not None
    assert current.version == 2
    assert loaded.catalogue.version("classic-sevens", 1) is not None
    assert loaded.catalogue.current("plug-wheel") is not None
    assert loaded.lines == ()
    without = Games(machine_folders=games.machine_folders, plugins=False)
    assert load_games(without).current("plug-wheel") is None


def test_a_new_version_of_a_machine_that_ships(tmp_path: Path) -> None:
    """A file may follow a machine of the package; its old version stays."""
    changed(tmp_path / "slot.toml", ('"classic-sevens"', '"slot"'), ("version = 1", "version = 9"))
    catalogue = load_games(folders(tmp_path))

    current = catalogue.current("slot")
    assert current is not None
    assert current.version == 9
    assert catalogue.version("slot", 1) is not None


def test_what_is_wrong_is_left_out(tmp_path: Path) -> None:
    """A bad file, a foreign name and a folder that is none are refusals; the good file is taken."""
    changed(tmp_path / "bad.toml", ("rows = 1", "rows = 0"))
    changed(tmp_path / "foreign.toml", ('"classic-sevens"', '"roulette"'))
    changed(tmp_path / "good.toml")
    changed(tmp_path / "low.toml", ("version = 1", "version = 3"), ("1 = 2, 2 = 5, ", ""))
    loaded = load_catalogue(folders(tmp_path, tmp_path / "none"))

    assert loaded.catalogue.current("classic-sevens") is not None
    assert [
        str(refusal).removeprefix(f"{tmp_path}/").partition(": ")[0] for refusal in loaded.refused
    ] == ["none", "bad.toml:6", "foreign.toml:3", "low.toml:30"]
    assert "is the name of another game (European roulette)" in loaded.lines[2]
    assert "below games.minimum_return" in loaded.lines[3]


def test_one_version_in_two_files(tmp_path: Path) -> None:
    """A version stands for one set of rules: a second file is refused and names the first."""
    changed(tmp_path / "a.toml")
    changed(tmp_path / "b.toml", ("seven = { 3 = 1000 }", "seven = { 3 = 1001 }"))
    changed(tmp_path / "c.toml")
    loaded = load_catalogue(folders(tmp_path))

    first, second = map(str, loaded.refused)
    assert first == (
        f"{tmp_path}/b.toml:4: classic-sevens version 1 has other rules than in"
        f" {tmp_path}/a.toml:4; give changed rules a new version number, in a file of their own"
    )
    assert second == (
        f"{tmp_path}/c.toml:4: classic-sevens version 1 is in {tmp_path}/a.toml:4 as well"
    )


def test_a_running_server_refuses_what_a_start_refuses(tmp_path: Path) -> None:
    """Files are read anew as at a start: a copy, or other rules in the file that was read."""
    one = changed(tmp_path / "a.toml")
    games = folders(tmp_path)
    known = load_catalogue(games).catalogue
    changed(tmp_path / "c.toml")
    copied = read_folders(games, known)
    (tmp_path / "c.toml").unlink()
    changed(one, ("seven = { 3 = 1000 }", "seven = { 3 = 1001 }"))
    edited = read_folders(games, known)

    assert copied[0] == edited[0] == []
    assert str(copied[1][0]).endswith(f"version 1 is in {one}:4 as well")
    assert "has other rules than when this file was read first; give" in str(edited[1][0])


def test_disabled_games(tmp_path: Path) -> None:
    """A disabled game takes no new rounds and can still be replayed."""
    loaded = load_catalogue(Games(disabled=("roulette", "rulette")))

    assert loaded.catalogue.current("roulette") is None
    assert loaded.catalogue.version("roulette", 1) is not None
    assert loaded.warnings == ("games.disabled names 'rulette', which is no game of this program",)


def test_another_process_gets_the_same(tmp_path: Path) -> None:
    """What builds the catalogue travels to a worker process."""
    changed(tmp_path / "one.toml")
    load = pickle.loads(pickle.dumps(partial(load_games, folders(tmp_path))))

    assert load().current("classic-sevens") is not None


def test_games_that_the_house_would_lose_at() -> None:
    """Without `games.player_advantage` a game above 100 % takes no new rounds and still replays."""
    loaded = load_catalogue(Games(player_advantage=False))

    assert loaded.catalogue.current("deuces-wild") is None
    assert loaded.catalogue.version("deuces-wild", 1) is not None
    assert loaded.catalogue.current("deuces-wild-16-10-4") is not None
    assert [line for line in loaded.warnings if line.startswith("deuces-wild ")] == [
        "deuces-wild is not offered: it returns 100.7620 % at best play (games.player_advantage)"
    ]
