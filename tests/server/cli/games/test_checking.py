"""`croupier game check`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from server.cli.main import run
from tests.server.catalogue.plugin import GOOD, install, put_on_path
from tests.server.cli.games.running import CLASSIC, alone, changed, printed, read, refused


def test_a_good_file(capsys: pytest.CaptureFixture[str]) -> None:
    """A good file is told with its return, for people and for programs."""
    (checked,) = read(capsys, "check", str(CLASSIC))

    assert checked["ok"] is True
    assert (checked["game"], checked["version"]) == ("classic-sevens", 1)
    assert checked["return"].startswith("0.94427")
    assert checked["standard_deviation"].startswith("6.6640")
    assert f"{CLASSIC}: classic-sevens version 1 is good: return 94.42" in printed(
        capsys, "check", str(CLASSIC)
    )


def test_a_plug_in_that_draws_too_much(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A game is checked by its name: rounds are played, and a bound that is broken is told."""
    alone(monkeypatch, tmp_path)
    install(tmp_path, "hf_bounds", GOOD)
    put_on_path(monkeypatch, tmp_path, "hf_bounds")
    (checked,) = read(capsys, "check", "plug-wheel")
    assert checked["sampled"]["rounds"] == 2_000
    assert (checked["sampled"]["draws"], checked["sampled"]["maximum_draws"]) == (1, 1)
    told = printed(capsys, "check", "plug-wheel")
    assert told.startswith("plug-wheel: plug-wheel version 1 is good: return 97.297297 %, draws in")
    assert told.endswith("draws in 2,000 rounds at most 1, declared 1\n")

    greedy = "    def open(self, seats, draws):\n        draws = draws.copy()\n"
    greedy += "        draws.below(2)\n        return super().open(seats, draws)\n\n"
    code = GOOD.replace("    def describe", f"{greedy}    def describe")
    (tmp_path / "hf_bounds.py").write_text(code, encoding="utf-8")
    put_on_path(monkeypatch, tmp_path, "hf_bounds")
    told = refused(capsys, "check", "plug-wheel", code=1)
    assert told == (
        "croupier: plug-wheel version 1: a round of it made 2 draws, but its maximum_draws is 1;"
        " declare the most that any round can need\n"
    )


def test_a_game_that_is_not_there(capsys: pytest.CaptureFixture[str]) -> None:
    """A name that no game has is told with what may have been meant."""
    assert "did you mean roulette" in refused(capsys, "check", "roulete")


BAD = {
    "missing symbol": (("bar = { 3 = 20 }", "barr = { 3 = 20 }"), "barr = { 3 = 20 }", "barr"),
    "unknown key": (("rows = 1", "rows = 1\nrowz = 1"), "rowz", "no such key"),
    "negative pay": (("bar = { 3 = 20 }", "bar = { 3 = -20 }"), "bar = { 3 = -20 }", "-20"),
    "overflowing pay": (
        ("bar = { 3 = 20 }", "bar = { 3 = 99999999999 }"),
        "bar = { 3 = 99999999999 }",
        "99999999999",
    ),
    "return above 100 %": (("bar = { 3 = 20 }", "bar = { 3 = 900 }"), "[pays]", "above 100 %"),
    "return below the minimum": (
        ("cherry = { 1 = 2, 2 = 5, 3 = 20 }", "cherry = { 3 = 20 }"),
        "[pays]",
        "below games.minimum_return (85.0000 %)",
    ),
    "no TOML": (("rows = 1", "rows = = 1"), "rows = = 1", "not TOML"),
}


@pytest.mark.parametrize("case", BAD)
def test_a_bad_file(
    case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is wrong is one line that begins with the file and the line to look at."""
    alone(monkeypatch, tmp_path)
    change, place, reason = BAD[case]
    wrong = changed(tmp_path / "wrong.toml", change)
    lines = wrong.read_text(encoding="utf-8").splitlines()
    number = next((n for n, line in enumerate(lines, 1) if line.startswith(place)), None)

    told = refused(capsys, "check", "wrong.toml", code=1)

    assert told.startswith(f"croupier: wrong.toml:{number}: ")
    assert reason in told


def test_an_empty_strip(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A strip without stops is refused by its place."""
    text = CLASSIC.read_text(encoding="utf-8")
    start = text.index("strips")
    end = text.index("]", start)
    empty = tmp_path / "empty.toml"
    empty.write_text(text[:start] + 'strips = ["", "seven", "seven"' + text[end:], encoding="utf-8")
    number = text[:start].count("\n") + 1

    assert f"empty.toml:{number}: strips" in refused(capsys, "check", str(empty), code=1)


def test_several_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every file is looked at; each bad one is a line, and one that is not there ends with 2."""
    alone(monkeypatch, tmp_path)
    changed(tmp_path / "good.toml")
    changed(tmp_path / "bad.toml", ("rows = 1", "rows = 0"))

    assert run(["game", "check", "bad.toml", "good.toml"]) == 1
    told = capsys.readouterr()
    assert told.out.startswith("good.toml: classic-sevens version 1 is good")
    assert told.err.startswith("croupier: bad.toml:")

    assert run(["game", "check", "bad.toml", "none.toml", "good.toml", "--json"]) == 2
    told = capsys.readouterr()
    found = json.loads(told.out)
    assert [each["ok"] for each in found] == [False, False, True]
    assert found[0]["line"] is not None
    assert found[0]["reason"].startswith("rows: ")
    assert len(told.err.splitlines()) == 2


def test_the_minimum_is_configured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The least return is a setting, as a share or per cent."""
    changed(tmp_path / "good.toml")
    for setting in ("0.95", "95 %"):
        alone(monkeypatch, tmp_path, CROUPIER_GAMES_MINIMUM_RETURN=setting)
        told = refused(capsys, "check", "good.toml", code=1)
        assert "94.4275 %, below games.minimum_return (95.0000 %)" in told
