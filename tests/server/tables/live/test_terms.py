"""Tests of `server.tables.live.terms`: what a live table may be, whoever says it."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from games.catalogue import standard
from games.chips import MAXIMUM_BETS, Chip, Chips
from games.keno import MAXIMUM_PICKS, ticket
from games.live import live_rules
from protocol.messages.common import MAXIMUM_INTEGER
from protocol.messages.live import PlacedBets, SeatSeed
from server.cluster.bus import MAXIMUM_MESSAGE_BYTES
from server.config import LiveTableSettings
from server.tables.live.settings import TableState
from server.tables.live.terms import (
    TableRefused,
    Terms,
    amount_text,
    changes_of,
    live_games,
    read_table,
    said_of,
    terms_of,
    text_of,
    usual_table,
)

CATALOGUE = standard()
EXPONENTS = {"EUR": 2, "JPY": 0, "BHD": 3}
TERMS = Terms(50, 50_000, 7, 15_000, 15_000, 5_000, 60_000)


def terms(**said: Any) -> Terms:
    """Return what a roulette table takes of which this is said."""
    return terms_of(read_table({"title": "A", "game": "roulette", **said}), CATALOGUE, EXPONENTS)


def test_amounts_are_of_the_currency() -> None:
    """Limits are in major units, counted in the smallest unit that the currency has."""
    assert terms(minimum="0.50", maximum="500.00")[:2] == (50, 50_000)
    assert terms(currency="JPY", minimum="10", maximum="500.00")[:2] == (10, 500)
    assert terms(currency="BHD", minimum="0.125", maximum="1")[:2] == (125, 1_000)
    assert [amount_text(5, exponent) for exponent in (0, 2, 3)] == ["5", "0.05", "0.005"]


def test_the_maximum_is_what_can_be_paid() -> None:
    """No limit is so high that a payout would be no exact number on the wire."""
    game = CATALOGUE.current("crash")
    assert game is not None
    most = terms(game="crash", maximum="999999999999").maximum
    assert 0 < most * game.maximum_payout_factor <= MAXIMUM_INTEGER
    with pytest.raises(TableRefused, match="minimum: at most"):
        terms(game="crash", minimum="999999999999", maximum="999999999999")


@pytest.mark.parametrize(
    ("said", "code", "field"),
    [
        ({"game": "slot"}, "unknown_game", "game"),
        ({"game": "blackjack", "seats": 8}, "too_many_seats", "seats"),
        ({"currency": "EUX"}, "unknown_currency", "currency"),
        ({"currency": "JPY", "minimum": "0.5"}, "wrong_limits", "minimum"),
        ({"minimum": "0.00"}, "wrong_limits", "minimum"),
        ({"minimum": "2", "maximum": "1.99"}, "wrong_limits", "maximum"),
        ({"title": "A\tB"}, "invalid_table", "title"),
    ],
)
def test_what_cannot_be(said: dict[str, Any], code: str, field: str) -> None:
    """Each refusal has a code, the field, and the title before a person's line."""
    with pytest.raises(TableRefused) as refused:
        terms(**said)
    assert (refused.value.code, refused.value.field) == (code, field)
    assert str(refused.value).startswith(f"{said.get('title', 'A')}: {field}: ")


def test_settings_are_checked_alike() -> None:
    """What the settings' own types let through is refused all the same: a clock of two days."""
    table = LiveTableSettings(title="A", game="roulette", betting_ms=172_800_000)
    with pytest.raises(TableRefused, match="A: betting_ms: at most 86400000"):
        terms_of(table, CATALOGUE, EXPONENTS)


def test_usual_tables_can_be_made() -> None:
    """What a form begins with is never refused, in any currency; every style is offered."""
    games = live_games(CATALOGUE)
    for rules in games:
        for currency, exponent in EXPONENTS.items():
            table = usual_table(rules, currency, exponent)
            assert terms_of(table, CATALOGUE, EXPONENTS).minimum == 10
    names = {rules.game.name for rules in games}
    assert {"roulette", "baccarat", "blackjack", "crash", "craps"} <= names
    assert all(live_rules(game) is None for game in CATALOGUE if game.name not in names)


def test_what_is_different() -> None:
    """A record tells what was and what is; a table said again is the same."""
    said = said_of("A", "roulette", "EUR", TERMS, 2)
    assert terms_of(read_table(said), CATALOGUE, EXPONENTS) == TERMS
    after = TERMS._replace(minimum=100, seats=6)
    assert changes_of(TERMS, after, 2) == "minimum 0.50 to 1.00, seats 7 to 6"
    assert changes_of(TERMS, TERMS, 2) == ""
    quick = TERMS._replace(draw_ms=0)
    assert changes_of(TERMS, quick, 2) == "draw_ms as usual to 0"
    assert (
        terms_of(read_table(said_of("A", "roulette", "EUR", quick, 2)), CATALOGUE, EXPONENTS)
        == quick
    )
    text = text_of(read_table(said), TableState.CLOSED)
    assert text.startswith("roulette, EUR 0.50 to 500.00, seats 7, betting_ms 15000")
    assert text.endswith(", closed")


def test_what_all_seats_of_a_table_have_fits_one_message() -> None:
    """However many bet all they can, other nodes are told where they stand and what it came to."""
    for rules in live_games(standard()):
        game = rules.game
        results = rules.most_seats * (game.maximum_reply_bytes + 400)
        assert results < MAXIMUM_MESSAGE_BYTES, game.name
        if not game.name.startswith("keno"):
            continue
        # Of all games its tickets have the longest names.
        highest = int(game.name.split("-")[1])
        longest = ticket(range(highest - MAXIMUM_PICKS + 1, highest + 1))
        stake = MAXIMUM_INTEGER // game.maximum_payout_factor // MAXIMUM_BETS
        bets = Chips((Chip(longest, stake),) * MAXIMUM_BETS)
        told = msgspec.Raw(msgspec.msgpack.encode(bets))
        each = PlacedBets(rules.most_seats, stake * MAXIMUM_BETS, told)
        seed = SeatSeed(rules.most_seats, bytes(32))
        stand = [msgspec.msgpack.encode([each, seed])] * rules.most_seats
        assert sum(map(len, stand)) < MAXIMUM_MESSAGE_BYTES
