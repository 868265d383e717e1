"""`croupier game strategy`."""

from __future__ import annotations

from typing import Any

import pytest

from games.blackjack import Blackjack
from games.game import StrategyTable
from server.cli.games import strategies
from tests.server.cli.games.running import printed, read, refused

TABLE = StrategyTable(
    "Hard hands", ("2", "A"), (("16", ("S", "H")), ("17", ("S", "S"))), "S: stand"
)


class Told(Blackjack):
    """A game with one table."""

    def strategy_table(self) -> tuple[StrategyTable, ...]:
        """Return it."""
        return (TABLE,)


@pytest.fixture(autouse=True)
def told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the command find that game."""
    monkeypatch.setattr(strategies, "find", lambda *_: Told())


def test_tables_are_printed(capsys: pytest.CaptureFixture[str]) -> None:
    """Each table has its headings, rows and note."""
    text = printed(capsys, "strategy", "blackjack")

    for word in ("Hard hands", "16", "17", "S: stand"):
        assert word in text


def test_tables_for_programs(capsys: pytest.CaptureFixture[str]) -> None:
    """The tables come as the game states them."""
    found: Any = read(capsys, "strategy", "blackjack")

    assert found["game"] == "blackjack"
    assert found["tables"] == [
        {
            "title": "Hard hands",
            "columns": ["2", "A"],
            "rows": [["16", ["S", "H"]], ["17", ["S", "S"]]],
            "note": "S: stand",
        }
    ]


def test_headings() -> None:
    """The rows' names get an empty heading unless the table names them too."""
    named = StrategyTable("t", ("Hand", "2", "A"), TABLE.rows)

    assert strategies.headings_of(TABLE) == ("", "2", "A")
    assert strategies.headings_of(named) == ("Hand", "2", "A")


def test_a_game_without_decisions(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where there is no strategy the command says so and ends with 1."""
    monkeypatch.undo()

    assert refused(capsys, "strategy", "slot", code=1) == "croupier: slot has no strategy table\n"
