"""Tests of `server.config.live_tables`: a wrong table of the settings is named, and how."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from server.config import ConfigError, load
from server.config.live_tables import wrong_table, wrong_value

GOOD = {"title": "A", "game": "roulette"}


@pytest.mark.parametrize(
    ("said", "field", "reason"),
    [
        ({"game": "roulette"}, "title", "it is missing"),
        ({"title": "A"}, "game", "it is missing"),
        ({**GOOD, "titel": "B"}, "titel", "did you mean title?"),
        ({**GOOD, "title": "x" * 65}, "title", "1 to 64 characters"),
        ({**GOOD, "seats": 501}, "seats", "from 1 to 500"),
        ({**GOOD, "seats": True}, "seats", "from 1 to 500"),
        ({**GOOD, "minimum": 0.5}, "minimum", "as a string"),
        ({**GOOD, "maximum": "1,5"}, "maximum", "as a string"),
        ({**GOOD, "currency": "eur"}, "currency", "three capital letters"),
        ({**GOOD, "result_ms": 0}, "result_ms", "from 1 to 86400000"),
        ({**GOOD, "seat_hold_ms": 86_400_001}, "seat_hold_ms", "from 1 to 86400000"),
        ({**GOOD, "draw_ms": -1}, "draw_ms", "from 0 to 600000"),
    ],
)
def test_wrong_values(said: dict[str, Any], field: str, reason: str) -> None:
    """The first wrong value is named, with what was expected."""
    wrong = wrong_value(said)
    assert wrong is not None
    assert wrong.field == field
    assert reason in wrong.reason


def test_right_values() -> None:
    """What is right is let pass."""
    assert (
        wrong_value({**GOOD, "seats": 500, "minimum": "0.5", "betting_ms": 1, "draw_ms": 0}) is None
    )
    assert wrong_table([GOOD]) == wrong_table("no list") == wrong_table([7]) == ""


def test_a_file_that_is_wrong(tmp_path: Path) -> None:
    """A start is refused with the table's title, or number, and the field."""
    file = tmp_path / "config.toml"
    for table, told in (
        ('{ title = "A", game = "roulette", seats = 0 }', "live.tables: 'A': seats: expected"),
        ('{ game = "roulette" }', "live.tables: table 1: title: it is missing"),
        ("7", "live.tables: expected a list of tables"),
    ):
        file.write_text(f"[live]\ntables = [{table}]\n")
        with pytest.raises(ConfigError) as refused:
            load(file, environment={})
        assert told in str(refused.value)
