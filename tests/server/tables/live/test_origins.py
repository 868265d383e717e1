"""Tests of `server.tables.live.origins`: what config.toml says of a table, and whether it may."""

from __future__ import annotations

import pytest

from games.catalogue import standard
from server.config import Live, LiveTableSettings
from server.tables.live.origins import OnRecord, configured_tables, configured_terms, is_listed
from server.tables.live.samples import sample_tables
from server.tables.live.terms import TableRefused, Terms

CATALOGUE = standard()
TABLES = (
    LiveTableSettings(title="Wheel", game="roulette", minimum="0.50", seats=6),
    LiveTableSettings(title="Shoe", game="blackjack", seats=7),
)
TERMS = Terms(50, 10_000, 6, 15_000, 15_000, 5_000, 60_000)
WHEEL = OnRecord("Wheel", "roulette", "EUR", 2, TERMS, "operator:mara")


def test_what_config_toml_says() -> None:
    """A table gets the terms that stand there, and what is different is told for the record."""
    changed = WHEEL._replace(terms=TERMS._replace(minimum=100, draw_ms=0))
    terms, text = configured_terms(TABLES, changed, CATALOGUE)
    assert (terms, text) == (TERMS, "minimum 1.00 to 0.50, draw_ms 0 to as usual")
    assert configured_terms(TABLES, WHEEL, CATALOGUE) == (TERMS, "no value is different")


@pytest.mark.parametrize(
    "other", [{"title": "Wheel 2"}, {"game": "baccarat"}, {"currency": "JPY", "exponent": 0}]
)
def test_only_a_table_that_is_listed(other: dict[str, object]) -> None:
    """One of another title, game or currency is refused: it is no table of the settings."""
    table = WHEEL._replace(**other)  # type: ignore[arg-type]
    assert is_listed(TABLES, WHEEL)
    assert not is_listed(TABLES, table)
    with pytest.raises(TableRefused) as refused:
        configured_terms(TABLES, table, CATALOGUE)
    assert (refused.value.code, refused.value.field) == ("not_configured", "title")


def test_only_a_table_of_operators() -> None:
    """One that nobody has changed has nothing to be given back."""
    with pytest.raises(TableRefused) as refused:
        configured_terms(TABLES, WHEEL._replace(origin="config"), CATALOGUE)
    assert refused.value.code == "not_changed"


def test_samples_count_as_configured() -> None:
    """Where the settings name no table the samples are meant, unless they are switched off."""
    assert configured_tables(Live()) == sample_tables()
    assert configured_tables(Live(tables=TABLES)) == TABLES
    assert configured_tables(Live(sample_tables=False)) == ()
