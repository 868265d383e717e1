"""Tests of `server.catalogue.plugins`."""

from __future__ import annotations

from pathlib import Path

import pytest

from games.catalogue import standard
from games.game import AnyGame
from server.catalogue.plugins import load_plugins
from tests.server.catalogue.plugin import GOOD, install, put_on_path


def loaded(
    monkeypatch: pytest.MonkeyPatch, folder: Path, **codes: str
) -> tuple[list[AnyGame], list[str]]:
    """Install plug-ins and load them."""
    for package, code in codes.items():
        install(folder, package, code)
    put_on_path(monkeypatch, folder, *codes)
    return load_plugins(standard().versions())


def test_a_plug_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its games are taken."""
    games, broken = loaded(monkeypatch, tmp_path, hf_good=GOOD)

    assert [(game.name, game.version) for game in games] == [("plug-wheel", 1)]
    assert broken == []


def test_a_broken_one_stops_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each that does not work is one line with its name, the reason and where; others are taken."""
    games, broken = loaded(
        monkeypatch,
        tmp_path,
        hf_good=GOOD,
        hf_missing="import no_such_module_anywhere\n",
        hf_raises="def games():\n    raise SystemError('lost\\nits way')\n",
        hf_nothing="def games():\n    return [object()]\n",
        hf_callable="games = 5\n",
        hf_exits="import sys\n\nsys.exit(3)\n",
    )

    assert [game.name for game in games] == ["plug-wheel"]
    assert [line.partition(" is left out: ")[0] for line in broken] == [
        f"plug-in {name} ({name}:games)"
        for name in ("hf_callable", "hf_exits", "hf_missing", "hf_nothing", "hf_raises")
    ]
    assert broken[1].endswith(f"SystemExit: 3 ({tmp_path}/hf_exits.py:3)")
    assert "ModuleNotFoundError: No module named 'no_such_module_anywhere' (" in broken[2]
    assert broken[2].endswith("/hf_missing.py:1)")
    assert broken[3].endswith("it returned object, which is no games.game.Game")
    assert broken[4].endswith(f"SystemError: lost its way ({tmp_path}/hf_raises.py:2)")


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ('name = "plug-wheel"', 'name = "roulette"', "a game named 'roulette' comes from Croupier"),
        ('name = "plug-wheel"', 'name = "Plug Wheel"', "'Plug Wheel' is not a name"),
        ('name = "plug-wheel"', 'name = "plug-wheel"\n    version = 0', "is not a number from 1"),
        ("ab" * 32, "short", "the digest of plug-wheel is not 64 hex digits"),
        ("game=self.name, ", 'game="other", ', "is that of another game"),
        ("game=self.name, ", "game=self.name, stakes=(), ", "offers no stake"),
        ("game=self.name, ", "game=self.name, stakes=(0, 10), ", "a stake out of bounds"),
        ("game=self.name, ", "game=self.name, stakes=(2**53,), ", "a stake out of bounds"),
        ("game=self.name, ", "game=self.name, stakes=('10',), ", "Expected `int`, got `str`"),
        ("game=self.name, ", "game=self.name, title=None, ", "Expected `str`, got `null`"),
        ('name = "plug-wheel"', 'name = "plug-wheel"\n    bets_type = dict', "are no structs"),
        (
            'name = "plug-wheel"',
            'name = "plug-wheel"\n    kind = games.game.RoundKind.DECISIONS',
            "are no structs",
        ),
        (
            "super().__init__()",
            "super().__init__()\n        self.maximum_payout_factor = 0",
            "maximum_payout_factor of plug-wheel is 0",
        ),
        ("[Wheel()]", "[Wheel(), Wheel()]", "plug-wheel version 1 comes twice"),
    ],
)
def test_games_that_cannot_be_served(
    old: str, new: str, reason: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the server would stumble over later is found at once."""
    assert old in GOOD
    games, broken = loaded(
        monkeypatch, tmp_path, hf_odd="import games.game\n" + GOOD.replace(old, new)
    )

    assert games == []
    (line,) = broken
    assert reason in line


def test_two_of_one_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first by name keeps its game; the second is told whose it is."""
    games, broken = loaded(monkeypatch, tmp_path, hf_one=GOOD, hf_two=GOOD)

    assert len(games) == 1
    (line,) = broken
    assert "plug-in hf_two" in line
    assert "comes from plug-in hf_one" in line
