"""`croupier game table`."""

from __future__ import annotations

from pathlib import Path

import pytest

from games.roulette import EuropeanRoulette
from server.cli.games import returns
from server.cli.games.returns import BEGIN, END, between, replaced, rows_of
from tests.server.cli.games.running import printed, refused


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the table hold one game: all of them may take minutes."""
    monkeypatch.setattr(returns, "standard", lambda: [EuropeanRoulette()])


def test_rows() -> None:
    """Bets of equal figures are one row; the first tells the game."""
    rows = rows_of(EuropeanRoulette())

    assert rows[0] == (
        "| European roulette (`roulette` 1) | straight (37 bets) | 97.2973 % | 2.7027 % | 5.8378"
        " | 9.6324 |"
    )
    assert len(rows) == 7
    assert rows[1].startswith("|  | split")


def test_the_table_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    """As Markdown, with headings."""
    lines = printed(capsys, "table").splitlines()

    assert lines[0].startswith("| Game | Bet | Return |")
    assert len(lines) == 9


def test_the_table_is_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Only what stands between the markers changes."""
    page = tmp_path / "games.md"
    page.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n", encoding="utf-8")

    assert printed(capsys, "table", "--write", str(page)) == ""
    text = page.read_text(encoding="utf-8")
    assert text.startswith(f"before\n{BEGIN}\n| Game |")
    assert text.endswith(f"|\n{END}\nafter\n")
    assert between(text) == printed(capsys, "table")


def test_pages_without_a_place(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A page without the markers, or none at all, is refused and left as it is."""
    page = tmp_path / "games.md"
    page.write_text("no markers\n", encoding="utf-8")

    assert "needs one line <!-- returns" in refused(capsys, "table", "--write", str(page))
    assert page.read_text(encoding="utf-8") == "no markers\n"
    assert "cannot be read" in refused(capsys, "table", "--write", str(tmp_path / "none.md"))
    with pytest.raises(ValueError, match="before"):
        replaced(f"{END}\n{BEGIN}\n", "x")
